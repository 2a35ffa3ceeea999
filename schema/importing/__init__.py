"""Replays real orders as commands: `diptych import FORMAT FILE`."""

from schema.importing.run import import_orders

__all__ = ["import_orders"]
