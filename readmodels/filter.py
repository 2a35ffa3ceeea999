"""What a list can be narrowed to: each field of a filter declares one condition on a field of the
documents.

What MongoDB is asked, whether a document in memory matches or matched at a position of the log, and
which followers of a list a change may concern: all of it follows from that one declaration.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import product
from typing import Annotated, Any, Final, cast, get_args, get_origin, get_type_hints

from commands.marks import Mark
from readmodels.view import Document, Filter


@dataclass(frozen=True, slots=True)
class Condition(Mark, ABC):
    """What the value of a filter's field asks of a document's field, the one at `path`.

    A list can be followed if it is known what each of these fields was at any position: either it
    never changes (`constant`), or the document's field `history` holds what it became, oldest
    first, each entry with the value under the field's own name and with a `position`.

    The view has an index on the field for each of its sorts, unless it is `unindexed`: the list is
    then walked, and what does not match is passed over.
    """

    path: str
    constant: bool = False
    history: str | None = None
    unindexed: bool = False

    @abstractmethod
    def admits(self, given: Any, value: Any) -> bool:
        """Whether a document with the value matches what was given."""

    def values_from(self, document: Any, since: int) -> Iterator[Any]:
        """What the field was at a position and has become from there on; nothing if there was no
        document before."""
        if self.history is None:
            yield getattr(document, self.path)
            return
        entries = getattr(document, self.history)
        for n, entry in enumerate(entries):
            if n == len(entries) - 1 or entries[n + 1].position > since:
                yield getattr(entry, self.path)

    def matched(self, given: Any, document: Any, at: int) -> bool:
        """Whether the document, as it was at a position, matches."""
        if self.history is None:
            return self.admits(given, getattr(document, self.path))
        for entry in reversed(getattr(document, self.history)):
            if entry.position <= at:
                return self.admits(given, getattr(entry, self.path))
        return False


class ValueCondition(Condition):
    """A condition whose matching values can be listed."""

    @abstractmethod
    def values(self, given: Any) -> Collection[Hashable]:
        """The only values that match what was given."""


class Equals(ValueCondition):
    def admits(self, given: Any, value: Any) -> bool:
        return bool(value == given)

    def values(self, given: Any) -> Collection[Hashable]:
        return (given,)


class OneOf(ValueCondition):
    """What is given is a list of values."""

    def admits(self, given: Any, value: Any) -> bool:
        return value in given

    def values(self, given: Any) -> Collection[Hashable]:
        return frozenset(given)


class AtLeast(Condition):
    def admits(self, given: Any, value: Any) -> bool:
        return bool(value >= given)


class AtMost(Condition):
    def admits(self, given: Any, value: Any) -> bool:
        return bool(value <= given)


class Before(Condition):
    def admits(self, given: Any, value: Any) -> bool:
        return bool(value < given)


class FalseUnless(Condition):
    """The field is false, unless true is given: then it may be either."""

    def admits(self, given: Any, value: Any) -> bool:
        return bool(given or not value)


class Words(Mark):
    """Marks the field of a filter that the view's search answers: words to find."""


WORDS: Final = Words()

Conditions = Mapping[str, Condition]


def conditions_of(filter: type[Any]) -> Conditions:
    """The condition of each field of a filter, by the field's name; the words to find have none.
    Raises TypeError for a field that declares nothing."""
    return _conditions_of(cast(Hashable, filter))


@cache
def _conditions_of(filter: Any) -> Conditions:
    hints = get_type_hints(filter, include_extras=True)
    conditions = {}
    for field in fields(filter):
        marks = get_args(hints[field.name]) if get_origin(hints[field.name]) is Annotated else ()
        declared = [mark for mark in marks if isinstance(mark, Condition)]
        if len(declared) == 1:
            conditions[field.name] = declared[0]
        elif declared or WORDS not in marks:
            raise TypeError(f"{filter.__name__}.{field.name} has to declare exactly one condition.")
    return conditions


def given_conditions(filter: Filter) -> list[tuple[Condition, Any]]:
    """The conditions that narrow the list, each with the value that was given."""
    return [
        (condition, given)
        for name, condition in conditions_of(type(filter)).items()
        if (given := getattr(filter, name)) is not None
    ]


def words_of(filter: Filter) -> str | None:
    """The words that are to be found, if the filter has a field for them and it was given."""
    for field in fields(filter):
        if field.name not in conditions_of(type(filter)):
            words: str | None = getattr(filter, field.name)
            return words
    return None


def require_followable(filter: type[Any]) -> None:
    """Raises TypeError where a list with this filter cannot be followed."""
    for name, condition in conditions_of(filter).items():
        if not condition.constant and condition.history is None:
            raise TypeError(
                f"A list narrowed by {filter.__name__}.{name} cannot be followed: {condition.path}"
                " is neither declared constant nor has it a history."
            )


class Predicate:
    """A filter with its values, asked of documents in memory."""

    def __init__(self, filter: Filter) -> None:
        given = given_conditions(filter)
        self._constant = [each for each in given if each[0].constant]
        self._changing = [each for each in given if not each[0].constant]

    def ever_matches(self, document: Document) -> bool:
        """Whether the document matches by all that never changes of it."""
        # Plain loops: this is asked for every follower whom a change concerns.
        for condition, given in self._constant:
            if not condition.admits(given, getattr(document, condition.path)):
                return False
        return True

    def matches(self, document: Document, at: int) -> bool:
        """Whether there was such a document at a position of the log, up to the one that it shows
        now, and it matched."""
        if document.position.since > at or not self.ever_matches(document):
            return False
        for condition, given in self._changing:
            if not condition.matched(given, document, at):
                return False
        return True

    def may_concern(self, readable: object, since: int) -> bool:
        """Whether a change of a document after a position may mean something to the list. Of a
        document that is damaged, `readable` has the fields that can be read: the others rule
        nothing out."""
        return all(
            _may_admit(condition, given, readable, since)
            for condition, given in (*self._constant, *self._changing)
        )


def _may_admit(condition: Condition, given: Any, readable: object, since: int) -> bool:
    try:
        return any(
            condition.admits(given, value) for value in condition.values_from(readable, since)
        )
    except AttributeError:
        return True


Route = tuple[Hashable, ...]
"""One value for each condition that lists its values, in their order, or ANY."""

ANY: Final = object()


def _routing(filter: type[Any]) -> Sequence[ValueCondition]:
    declared = conditions_of(filter).values()
    return [condition for condition in declared if isinstance(condition, ValueCondition)]


def routes_to(filter: Filter) -> Iterable[Route]:
    """The routes of the documents that the filter may match."""
    given = dict(given_conditions(filter))
    return product(
        *(
            condition.values(given[condition]) if condition in given else (ANY,)
            for condition in _routing(type(filter))
        )
    )


def routes_of(filter: type[Any], document: Document, since: int) -> Iterable[Route]:
    """The routes of a document that has changed since a position: those of all that it was from
    there on."""
    return product(
        *({ANY, *condition.values_from(document, since)} for condition in _routing(filter))
    )
