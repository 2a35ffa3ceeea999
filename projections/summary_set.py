"""The documents that the worker of a view with parts holds in memory, and the parts beside them."""

from collections.abc import Iterable, Sequence
from typing import Any, Generic

from commands.events import Event, Recorded
from commands.supervision import Pace
from projections.projection import Projection
from projections.summary import PartChange, Summary
from projections.working_set import Source, WorkingSet
from readmodels.store import Changes
from readmodels.view import D, P


def working_set(projection: Projection[D], capacity: int) -> "WorkingSet[D] | SummarySet[D, Any]":
    """An empty one for a view."""
    if isinstance(projection, Summary):
        return SummarySet(projection, capacity)
    return WorkingSet(projection, capacity)


class SummarySet(Generic[D, P]):
    """A working set of a view's documents and one of their parts, written together."""

    def __init__(self, summary: Summary[D, P], capacity: int) -> None:
        self._summary = summary
        self._parts: WorkingSet[P] = WorkingSet(summary.parts, capacity)
        self._documents: WorkingSet[D] = WorkingSet(summary, capacity)

    async def take_in(self, facts: Sequence[Recorded[Event]], source: Source[D]) -> None:
        """Raises RuleFailed; what the facts before it made does not stand then."""
        changes = await self._take_in_parts(facts, source)
        counts = [(change.fact, *count) for change in changes for count in change.counts()]
        await self._documents.fetch({key for _, key, _, _ in counts}, source.load)
        pace = Pace()
        for fact, key, part, sign in counts:
            await pace.keep()
            before = self._documents.document(key)
            after = self._summary.counted(key, before, part, sign, fact)
            self._documents.put(key, after, fact.position)
        for key in sorted(set().union(*(change.reranked() for change in changes))):
            await self._rank(key, source)

    async def _take_in_parts(
        self, facts: Iterable[Recorded[Event]], source: Source[D]
    ) -> Sequence[PartChange[P]]:
        await self._parts.fetch(self._parts.missing(facts), source.load_parts)
        changes = []
        pace = Pace()
        for fact in facts:
            for key in self._summary.parts.keys(fact):
                await pace.keep()
                before = self._parts.document(key)
                after = self._summary.parts.apply(key, before, fact)
                if after is not before:
                    self._parts.put(key, after, fact.position)
                    changes.append(PartChange(fact, before, after))
        return changes

    async def _rank(self, key: str, source: Source[D]) -> None:
        """The ranks that are stored, but for the parts that are held changed, and theirs."""
        document = self._documents.document(key)
        if document is None:
            return
        stored = await source.ranks(key, self._parts.outdated())
        held = (part for part in self._parts.changed() if part.summary == key)
        ranks = [rank for rank in (*stored, *(part.rank for part in held)) if rank is not None]
        least, greatest = (min(ranks), max(ranks)) if ranks else (None, None)
        self._documents.amend(self._summary.ranked(document, least, greatest))

    def replace(self, documents: Iterable[D]) -> None:
        """Take in what has been written of them past this set."""
        self._documents.replace(documents)

    @property
    def changed_count(self) -> int:
        return self._documents.changed_count + self._parts.changed_count

    async def changes(self) -> Changes:
        """What the facts since the last writing have made of the stored documents and parts."""
        changes = await self._documents.changes()
        changes.parts = await self._parts.changes()
        return changes

    def written(self) -> None:
        self._documents.written()
        self._parts.written()
