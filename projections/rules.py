"""What facts make of documents: pure rules, found by the fact's type."""

from collections.abc import Callable, Collection, Set
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from commands.events import Event, Recorded
from readmodels.view import D

E = TypeVar("E", bound=Event)

Keys = Callable[[Recorded[E]], Collection[str]]


class RuleFailed(Exception):
    """A rule raised: nothing of this fact is shown, and the view stops before it.

    Its text is for the log: the cause may repeat what the fact says of somebody. `public` tells
    everybody where the view stops, and the kind of failure.
    """

    def __init__(self, view: str, fact: Recorded[Event], key: str | None, cause: Exception) -> None:
        self.view = view
        self.position = fact.position
        self.event = type(fact.event).__name__
        self.key = key
        kind = type(cause).__name__
        rule = f"The rule of {view} for {self.event} at position {self.position} failed"
        self.public = f"{rule} ({kind})."
        document = "" if key is None else f" for the document {key}"
        super().__init__(f"{rule}{document}: {kind}: {cause}")


@dataclass(frozen=True, slots=True)
class Rule(Generic[D]):
    """Which documents a fact concerns, and what each becomes: None deletes it, the very document
    that came in leaves it as it is. The rule that `begins` a document finds none."""

    begins: bool
    keys: Callable[[Recorded[Any]], Collection[str]]
    apply: Callable[[D | None, Recorded[Any]], D | None]


def _own_key(fact: Recorded[Event]) -> Collection[str]:
    return (fact.event.key,)


class Rules(Generic[D]):
    """The rules for documents of one kind, each with a key."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rules: dict[type[Event], Rule[D]] = {}
        self._ignored: set[type[Event]] = set()

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

    def ignores(self, *events: type[Event]) -> None:
        """Say of facts that nothing which is shown follows from them. Of an aggregate of which any
        fact has a rule, every fact has one or is named here."""
        self._ignored.update(events)

    @property
    def handled(self) -> Set[type[Event]]:
        """The facts that have a rule."""
        return self._rules.keys()

    @property
    def ignored(self) -> Set[type[Event]]:
        """The facts of which it was said that they have none."""
        return self._ignored

    def _add(self, event: type[Event], rule: Rule[D]) -> None:
        if event in self._rules:
            raise TypeError(f"{self.name} has a rule for {event.__name__} already.")
        self._rules[event] = rule

    def keys(self, fact: Recorded[Event]) -> Collection[str]:
        """The documents that a fact concerns. Raises RuleFailed."""
        rule = self._rules.get(type(fact.event))
        try:
            return rule.keys(fact) if rule else ()
        except Exception as cause:
            raise RuleFailed(self.name, fact, None, cause) from cause

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
