"""A view folded from nothing: what its documents should be."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Generic

from commands.events import Event, Recorded
from projections.projection import Projection
from projections.shown import at_position, begun, fanned_out
from projections.summary import Summary
from projections.summing import SummaryFolding
from readmodels.view import D


def folding(projection: Projection[D]) -> "Folding[D] | SummaryFolding[D, Any]":
    """A fold of a view that can go on."""
    if isinstance(projection, Summary):
        return SummaryFolding(projection)
    return Folding(projection)


def fold(projection: Projection[D], facts: Iterable[Recorded[Event]]) -> dict[str, D]:
    """The documents by id after the facts, each with what of the log it shows."""
    going = folding(projection)
    going.take_in(facts)
    return going.documents


class Folding(Generic[D]):
    """A fold that can go on: every fact reaches all of its documents at once, which have no
    `parts`."""

    def __init__(self, projection: Projection[D]) -> None:
        self._projection = projection
        self._targets: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.documents: dict[str, D] = {}
        self.parts: dict[str, Any] = {}

    def take_in(
        self, facts: Iterable[Recorded[Event]], withheld: Mapping[int, str] | None = None
    ) -> None:
        """Of the fan-outs whose positions `withheld` has, only the ids up to the one that stands
        there are reached, as while they are on their way. Raises RuleFailed."""
        for fact in facts:
            for key in self._projection.keys(fact):
                self._take_in(key, fact)
            if target := self._projection.fans_out_to(fact.event):
                reached = (withheld or {}).get(fact.position)
                for key in self._targets[target]:
                    if key in self.documents and (reached is None or key <= reached):
                        self.documents[key] = fanned_out(
                            self._projection, self.documents[key], fact
                        )

    def _take_in(self, key: str, fact: Recorded[Event]) -> None:
        before = self.documents.get(key)
        after = self._projection.apply(key, before, fact)
        if after is None:
            self.documents.pop(key, None)
        elif before is None:
            self.documents[key] = begun(after, fact.position)
            for field in self._projection.fan_out_fields:
                self._targets[field, getattr(after, field)].add(key)
        elif after is not before:
            self.documents[key] = at_position(after, fact.position)
