"""The documents that a view's worker holds in memory, and what it has made of them."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from commands.events import Event, Recorded
from commands.supervision import Pace
from projections.rules import Rules
from projections.shown import at_position, begun
from readmodels.store import Changes
from readmodels.view import D, Document

D_co = TypeVar("D_co", bound=Document, covariant=True)


class Source(Protocol[D_co]):
    """The documents of a view as they are stored."""

    async def load(self, ids: Iterable[str]) -> Mapping[str, D_co]: ...

    async def load_parts(self, ids: Iterable[str]) -> Mapping[str, Any]: ...

    async def ranks(self, summary: str, without: Iterable[str]) -> tuple[int | None, int | None]:
        """The least and the greatest rank among a document's parts but those of the given ids."""
        ...


@dataclass(slots=True)
class _Held(Generic[D]):
    """A document, or that there is none, and the one that is stored, if any."""

    document: D | None
    stored: D | None
    changed_at: int | None = None


class WorkingSet(Generic[D]):
    """A cache that only its owner writes behind: true for as long as the owner's checkpoint holds.

    Facts are folded into it; `changes` then says what to write, `written` that it was. Between the
    two nothing is dropped; afterwards the documents used longest ago are, beyond the capacity.
    """

    def __init__(self, rules: Rules[D], capacity: int) -> None:
        self._rules = rules
        self._capacity = capacity
        self._held: OrderedDict[str, _Held[D]] = OrderedDict()
        self._changed: set[str] = set()

    def missing(self, facts: Iterable[Recorded[Event]]) -> set[str]:
        """The keys that the facts concern and that have yet to be loaded."""
        missing = set()
        for fact in facts:
            for key in self._rules.keys(fact):
                if key in self._held or key in missing:
                    continue
                if self._rules.begins(fact.event):
                    self._held[key] = _Held(None, stored=None)
                else:
                    missing.add(key)
        return missing

    async def fetch(
        self, keys: Iterable[str], load: Callable[[Iterable[str]], Awaitable[Mapping[str, D]]]
    ) -> None:
        """Load those of the keys that are not held; where nothing is found, there is no
        document."""
        missing = [key for key in keys if key not in self._held]
        if missing:
            found = await load(missing)
            for key in missing:
                self._held[key] = _Held(found.get(key), stored=found.get(key))

    async def take_in(self, facts: Sequence[Recorded[Event]], source: Source[D]) -> None:
        """Raises RuleFailed; what the facts before it made stands then."""
        await self.fetch(self.missing(facts), source.load)
        pace = Pace()
        for fact in facts:
            for key in self._rules.keys(fact):
                await pace.keep()
                before = self._held[key].document
                after = self._rules.apply(key, before, fact)
                if after is not before:
                    self.put(key, after, fact.position)
                self._held.move_to_end(key)

    def document(self, key: str) -> D | None:
        """Of a key that is held."""
        self._held.move_to_end(key)
        return self._held[key].document

    def put(self, key: str, document: D | None, position: int) -> None:
        """What the fact at a position has made of a document that is held."""
        held = self._held[key]
        if held.document is None and document is not None:
            document = begun(document, position)
        held.document = document
        held.changed_at = position
        self._changed.add(key)

    def amend(self, document: D) -> None:
        """Put another document in the place of one that is held changed."""
        self._held[document.id].document = document

    def replace(self, documents: Iterable[D]) -> None:
        """Take in what has been written of them past this set."""
        for document in documents:
            if held := self._held.get(document.id):
                held.document = held.stored = document

    def changed(self) -> Iterator[D]:
        """The documents that are not written yet as they are."""
        for key in self._changed:
            if (document := self._held[key].document) is not None:
                yield document

    def outdated(self) -> Sequence[str]:
        """The keys of the documents that are stored as they no longer are."""
        return [key for key in self._changed if self._held[key].stored is not None]

    @property
    def changed_count(self) -> int:
        return len(self._changed)

    async def changes(self) -> Changes:
        """What the facts since the last writing have made of the stored documents."""
        changes, pace = Changes(), Pace()
        for key in sorted(self._changed):
            await pace.keep()
            held = self._held[key]
            if held.document is None:
                if held.stored is not None:
                    changes.delete(key)
                continue
            assert held.changed_at is not None
            if held.document.position.at != held.changed_at:
                held.document = at_position(held.document, held.changed_at)
            if held.stored is None:
                changes.insert(held.document)
            else:
                changes.change(held.stored, held.document)
        return changes

    def written(self) -> None:
        for key in self._changed:
            held = self._held[key]
            held.stored = held.document
        self._changed.clear()
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
