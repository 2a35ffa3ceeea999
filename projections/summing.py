"""A view that sums up parts, folded from nothing."""

from collections.abc import Iterable, Mapping
from typing import Generic

from commands.events import Event, Recorded
from projections.shown import at_position, begun
from projections.summary import PartChange, Summary
from readmodels.view import D, P


class SummaryFolding(Generic[D, P]):
    """A fold that can go on."""

    def __init__(self, summary: Summary[D, P]) -> None:
        self._summary = summary
        self._documents: dict[str, D] = {}
        self._reranked: set[str] = set()
        self.parts: dict[str, P] = {}

    def take_in(
        self, facts: Iterable[Recorded[Event]], withheld: Mapping[int, str] | None = None
    ) -> None:
        """Nothing of this view fans out, to be withheld. Raises RuleFailed."""
        for fact in facts:
            for key in self._summary.parts.keys(fact):
                before = self.parts.get(key)
                after = self._summary.parts.apply(key, before, fact)
                if after is not before:
                    _put(self.parts, key, after, fact.position)
                    self._sum_up(PartChange(fact, before, after))

    def _sum_up(self, change: PartChange[P]) -> None:
        for key, part, sign in change.counts():
            before = self._documents.get(key)
            after = self._summary.counted(key, before, part, sign, change.fact)
            _put(self._documents, key, after, change.fact.position)
        self._reranked |= change.reranked()

    @property
    def documents(self) -> dict[str, D]:
        """As they are after all facts that were taken in."""
        ranks: dict[str, list[int]] = {key: [] for key in self._reranked & self._documents.keys()}
        for part in self.parts.values():
            if part.rank is not None and part.summary in ranks:
                ranks[part.summary].append(part.rank)
        for key, every in ranks.items():
            least, greatest = (min(every), max(every)) if every else (None, None)
            self._documents[key] = self._summary.ranked(self._documents[key], least, greatest)
        self._reranked.clear()
        return self._documents


def _put(documents: dict[str, D], key: str, document: D | None, position: int) -> None:
    if document is None:
        documents.pop(key, None)
    elif key in documents:
        documents[key] = at_position(document, position)
    else:
        documents[key] = begun(document, position)
