"""A view folded from nothing: what its documents should be."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from commands.events import Event, Recorded
from projections.projection import Projection
from readmodels.values import Position
from readmodels.view import D


def fold(
    projection: Projection[D],
    facts: Iterable[Recorded[Event]],
    documents: dict[str, D] | None = None,
) -> dict[str, D]:
    """The documents by id after the facts, each with the position of the last one that it shows.

    Given documents are taken further, in place; otherwise there are none to begin with.
    """
    documents = {} if documents is None else documents
    for fact in facts:
        for key in projection.keys(fact.event):
            before = documents.get(key)
            after = projection.apply(key, before, fact)
            if after is None:
                documents.pop(key, None)
            elif after is not before:
                documents[key] = at_position(after, fact.position)
    return documents


def at_position(document: D, position: int) -> D:
    """The document, said to show the fact at a position."""
    return cast(D, replace(cast(Any, document), position=Position(position)))
