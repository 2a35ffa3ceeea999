"""How facts become the documents of one view: a set of pure rules, found by the fact's type."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from commands.events import Event, Recorded
from readmodels.view import D, Index, View, ascending, view_of

E = TypeVar("E", bound=Event)

Keys = Callable[[Recorded[E]], Collection[str]]


class RuleFailed(Exception):
    """A rule raised: nothing of this fact is shown, and the view stops before it."""

    def __init__(self, view: str, fact: Recorded[Event], key: str, cause: Exception) -> None:
        self.view = view
        self.position = fact.position
        self.event = type(fact.event).__name__
        self.key = key
        super().__init__(
            f"The rule of {view} for {self.event} at position {self.position} failed for the"
            f" document {key}: {type(cause).__name__}: {cause}"
        )


@dataclass(frozen=True, slots=True)
class Rule(Generic[D]):
    """Which documents a fact concerns, and what each becomes: None deletes it, the very document
    that came in leaves it as it is. The rule that `begins` a document finds none."""

    begins: bool
    keys: Callable[[Recorded[Any]], Collection[str]]
    apply: Callable[[D | None, Recorded[Any]], D | None]


@dataclass(frozen=True, slots=True)
class FanOutRule(Generic[D]):
    """Which facts of a type concern all documents whose `field` holds the fact's key, and what each
    of those becomes."""

    field: str
    when: Callable[[Any], bool]
    apply: Callable[[D, Recorded[Any]], D]


def _own_key(fact: Recorded[Event]) -> Collection[str]:
    return (fact.event.key,)


class Projection(Generic[D]):
    """The rules of one view.

    Raise `revision` whenever they would make other documents of the same facts than before: the
    view is then rebuilt at the next start.
    """

    def __init__(self, document: type[D], *, revision: int) -> None:
        self.view: View[D] = view_of(document)
        self.revision = revision
        self._rules: dict[type[Event], Rule[D]] = {}
        self._fan_outs: dict[type[Event], FanOutRule[D]] = {}

    @property
    def name(self) -> str:
        return self.view.name

    def starts_with(
        self, event: type[E], *, keys: Keys[E] = _own_key
    ) -> Callable[[Callable[[Recorded[E]], D]], Callable[[Recorded[E]], D]]:
        """The rule for a fact that brings a document into being: its own, or the one that `keys`
        names."""

        def register(rule: Callable[[Recorded[E]], D]) -> Callable[[Recorded[E]], D]:
            def begin(document: D | None, fact: Recorded[E]) -> D:
                if document is not None:
                    raise ValueError("there is such a document already")
                return rule(fact)

            self._add(event, Rule(True, keys, begin))
            return rule

        return register

    def on(
        self,
        event: type[E],
        *,
        keys: Keys[E] = _own_key,
        blank: Callable[[Recorded[E]], D] | None = None,
    ) -> Callable[[Callable[[D, Recorded[E]], D | None]], Callable[[D, Recorded[E]], D | None]]:
        """The rule for a fact that changes documents: its own, or those that `keys` names. Where
        there may be none yet, `blank` makes the one that the rule then changes."""

        def register(
            rule: Callable[[D, Recorded[E]], D | None],
        ) -> Callable[[D, Recorded[E]], D | None]:
            def change(document: D | None, fact: Recorded[E]) -> D | None:
                if document is None and blank is not None:
                    document = blank(fact)
                if document is None:
                    raise ValueError("there is no such document")
                return rule(document, fact)

            self._add(event, Rule(False, keys, change))
            return rule

        return register

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

    def _add(self, event: type[Event], rule: Rule[D]) -> None:
        if event in self._rules:
            raise TypeError(f"{self.name} has a rule for {event.__name__} already.")
        self._rules[event] = rule

    def keys(self, fact: Recorded[Event]) -> Collection[str]:
        """The documents that a fact concerns."""
        rule = self._rules.get(type(fact.event))
        return rule.keys(fact) if rule else ()

    def begins(self, event: Event) -> bool:
        """Whether a fact brings its document into being, so that there can be none before."""
        rule = self._rules.get(type(event))
        return rule is not None and rule.begins

    def apply(self, key: str, document: D | None, fact: Recorded[Event]) -> D | None:
        """What the document of that key becomes. Raises RuleFailed."""
        try:
            return self._rules[type(fact.event)].apply(document, fact)
        except Exception as cause:
            raise RuleFailed(self.name, fact, key, cause) from cause

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
