"""How facts become the documents of a view that sums up many parts."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from typing import Generic

from commands.events import Event, Recorded
from projections.projection import Projection
from projections.rules import RuleFailed, Rules
from readmodels.view import D, P


@dataclass(frozen=True, slots=True)
class PartChange(Generic[P]):
    """What a fact has made of a part: it came, changed, or went."""

    fact: Recorded[Event]
    before: P | None
    after: P | None

    def counts(self) -> Iterator[tuple[str, P, int]]:
        """In which documents a part is counted in (1) or out (-1); in first, so that a document
        does not go for a moment."""
        if self.after is not None:
            yield self.after.summary, self.after, 1
        if self.before is not None:
            yield self.before.summary, self.before, -1

    def reranked(self) -> set[str]:
        """The documents whose least and greatest rank may be others now."""
        sides = (self.before, self.after)
        before, after = ((part.summary, part.rank) if part else None for part in sides)
        return set() if before == after else {part.summary for part in sides if part}


class Summary(Projection[D], Generic[D, P]):
    """The rules of a view whose documents sum up parts.

    Parts are inner documents, kept beside those that the view shows and never shown themselves:
    facts make them by the rules of `parts`. Each counts in the document that its `summary` names,
    by the rule of `counts`; the least and the greatest `rank` among a document's parts come from an
    index on them, and are shown by the rule of `ranks`.
    """

    def __init__(self, document: type[D], *, revision: int) -> None:
        super().__init__(document, revision=revision)
        if self.view.part is None:
            raise TypeError(f"The view {self.name} has no parts.")
        self.parts: Rules[P] = Rules(f"{self.name}'s parts")
        self._count: Callable[[D | None, P, int], D | None]
        self._rank: Callable[[D, int | None, int | None], D]

    @property
    def handled(self) -> Set[type[Event]]:
        return super().handled | self.parts.handled

    @property
    def ignored(self) -> Set[type[Event]]:
        return super().ignored | self.parts.ignored

    def counts(
        self, rule: Callable[[D | None, P, int], D | None]
    ) -> Callable[[D | None, P, int], D | None]:
        """The rule that counts a part in (1) or out (-1). It makes the document of its first part,
        and None of that of its last."""
        self._count = rule
        return rule

    def ranks(
        self, rule: Callable[[D, int | None, int | None], D]
    ) -> Callable[[D, int | None, int | None], D]:
        """The rule that shows the least and the greatest rank; None where no part has any."""
        self._rank = rule
        return rule

    def counted(
        self, key: str, document: D | None, part: P, sign: int, fact: Recorded[Event]
    ) -> D | None:
        """What the document of that key becomes. Raises RuleFailed."""
        try:
            return self._count(document, part, sign)
        except Exception as cause:
            raise RuleFailed(self.name, fact, key, cause) from cause

    def ranked(self, document: D, least: int | None, greatest: int | None) -> D:
        return self._rank(document, least, greatest)
