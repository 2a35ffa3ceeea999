"""What of the log a document is said to show."""

from dataclasses import replace
from typing import Any, cast

from commands.events import Event, Recorded
from projections.projection import Projection
from readmodels.values import Position
from readmodels.view import D


def begun(document: D, position: int) -> D:
    """A new document, said to show the fact that began it."""
    return _showing(document, Position(position, since=position))


def at_position(document: D, position: int) -> D:
    """The document, said to show the fact at a position."""
    return _showing(document, replace(document.position, at=position))


def fanned_out(projection: Projection[D], document: D, fact: Recorded[Event]) -> D:
    """What a fan-out makes of a document, which may show later facts. Raises RuleFailed."""
    shown = document.position
    if shown.since > fact.position:
        return document
    after = projection.fan_out(document, fact)
    if after is document:
        return document
    at = max(shown.at, fact.position)
    return _showing(after, replace(shown, at=at, revision=shown.revision + 1))


def _showing(document: D, position: Position) -> D:
    return cast(D, replace(cast(Any, document), position=position))
