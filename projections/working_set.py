"""The documents that a view's worker holds in memory, and what it has made of them."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from commands.events import Event, Recorded
from projections.fold import at_position, begun
from projections.projection import Projection
from readmodels.store import Changes
from readmodels.view import D


@dataclass(slots=True)
class _Held(Generic[D]):
    """A document, or that there is none, and whether there is one in the database."""

    document: D | None
    stored: bool
    changed_at: int | None = None


class WorkingSet(Generic[D]):
    """A cache that only its owner writes behind: true for as long as the owner's checkpoint holds.

    Facts are folded into it; `changes` then says what to write, `written` that it was. Between the
    two nothing is dropped; afterwards the documents used longest ago are, beyond the capacity.
    """

    def __init__(self, projection: Projection[D], capacity: int) -> None:
        self._projection = projection
        self._capacity = capacity
        self._held: OrderedDict[str, _Held[D]] = OrderedDict()
        self._changed: set[str] = set()

    def missing(self, facts: Iterable[Recorded[Event]]) -> set[str]:
        """The keys that the facts concern and that have yet to be loaded."""
        missing = set()
        for fact in facts:
            for key in self._projection.keys(fact):
                if key in self._held or key in missing:
                    continue
                if self._projection.begins(fact.event):
                    self._held[key] = _Held(None, stored=False)
                else:
                    missing.add(key)
        return missing

    def hold(self, keys: Iterable[str], found: Mapping[str, D]) -> None:
        """Take in what was found of the missing keys; of the others there is no document."""
        for key in keys:
            self._held[key] = _Held(found.get(key), stored=key in found)

    def fold(self, facts: Sequence[Recorded[Event]]) -> None:
        """Raises RuleFailed; what the facts before it made stands then."""
        for fact in facts:
            for key in self._projection.keys(fact):
                held = self._held[key]
                before = held.document
                document = self._projection.apply(key, before, fact)
                if document is not before:
                    if before is None and document is not None:
                        document = begun(document, fact.position)
                    held.document = document
                    held.changed_at = fact.position
                    self._changed.add(key)
                self._held.move_to_end(key)

    def replace(self, documents: Iterable[D]) -> None:
        """Take in what has been written of them past this set."""
        for document in documents:
            if held := self._held.get(document.id):
                held.document = document

    @property
    def changed_count(self) -> int:
        return len(self._changed)

    def changes(self) -> Changes:
        """What the facts since the last writing have made of the stored documents."""
        inserted: list[D] = []
        replaced: list[D] = []
        deleted: list[str] = []
        for key in sorted(self._changed):
            held = self._held[key]
            if held.document is None:
                if held.stored:
                    deleted.append(key)
                continue
            assert held.changed_at is not None
            if held.document.position.at != held.changed_at:
                held.document = at_position(held.document, held.changed_at)
            (replaced if held.stored else inserted).append(held.document)
        return Changes(inserted, replaced, deleted)

    def written(self) -> None:
        for key in self._changed:
            held = self._held[key]
            held.stored = held.document is not None
        self._changed.clear()
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
