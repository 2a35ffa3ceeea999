"""Runs the projections over the log, exactly once whatever happens."""

from projections.engine.engine import Engine
from projections.feed import Feed

__all__ = ["Engine", "Feed"]
