"""How facts become the documents of one view."""

from collections.abc import Callable, Collection, Set
from dataclasses import dataclass
from typing import Any, Generic

from commands.events import Event, Recorded
from projections.rules import E, RuleFailed, Rules
from readmodels.view import D, Index, View, ascending, view_of


@dataclass(frozen=True, slots=True)
class FanOutRule(Generic[D]):
    """Which facts of a type concern all documents whose `field` holds the fact's key, and what each
    of those becomes."""

    field: str
    when: Callable[[Any], bool]
    apply: Callable[[D, Recorded[Any]], D]


class Projection(Rules[D]):
    """The rules of one view.

    Raise `revision` whenever they would make other documents of the same facts than before: the
    view is then rebuilt at the next start.
    """

    def __init__(self, document: type[D], *, revision: int) -> None:
        self.view: View[D] = view_of(document)
        super().__init__(self.view.name)
        self.revision = revision
        self._fan_outs: dict[type[Event], FanOutRule[D]] = {}

    def fans_out(
        self, event: type[E], *, field: str, when: Callable[[E], bool]
    ) -> Callable[[Callable[[D, Recorded[E]], D]], Callable[[D, Recorded[E]], D]]:
        """The rule for a fact that changes every document whose `field` holds the fact's key.

        There may be a hundred thousand of them, so it reaches them by and by, after later facts
        even: what the rule changes no other rule may read or change, except the one that begins a
        document, whose fact already tells what it was by then. The field itself never changes; the
        view has an index on it and `_id`.
        """
        if Index(ascending(field, "_id")) not in self.view.indexes:
            raise TypeError(f"{self.name} has no index on ({field}, _id).")

        def register(rule: Callable[[D, Recorded[E]], D]) -> Callable[[D, Recorded[E]], D]:
            if event in self._fan_outs:
                raise TypeError(f"{self.name} has a fan-out of {event.__name__} already.")
            self._fan_outs[event] = FanOutRule(field, when, rule)
            return rule

        return register

    @property
    def handled(self) -> Set[type[Event]]:
        return super().handled | self._fan_outs.keys()

    @property
    def fan_out_fields(self) -> Collection[str]:
        """The fields by which documents are found that a fact fans out to."""
        return {rule.field for rule in self._fan_outs.values()}

    def fans_out_to(self, event: Event) -> tuple[str, str] | None:
        """The field and the value of it that the documents have which a fact fans out to."""
        rule = self._fan_outs.get(type(event))
        return (rule.field, event.key) if rule and rule.when(event) else None

    def fan_out(self, document: D, fact: Recorded[Event]) -> D:
        """What one of those documents becomes. Raises RuleFailed."""
        try:
            return self._fan_outs[type(fact.event)].apply(document, fact)
        except Exception as cause:
            raise RuleFailed(self.name, fact, document.id, cause) from cause
