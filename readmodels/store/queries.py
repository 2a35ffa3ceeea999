"""Filters in MongoDB's terms."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import singledispatch
from typing import Any, Final

from readmodels.filter import (
    AtLeast,
    AtMost,
    Before,
    Condition,
    Equals,
    FalseUnless,
    OneOf,
    given_conditions,
)
from readmodels.view import Filter

Query = Mapping[str, Any]


def query_of(filter: Filter | None) -> Query:
    """What MongoDB is asked for the documents that match."""
    return _query(given_conditions(filter)) if filter else {}


def query_of_constants(filter: Filter) -> Query:
    """The same for the documents that may have matched at some time, by all that never changes of
    them."""
    return _query(each for each in given_conditions(filter) if each[0].constant)


def _query(given: Iterable[tuple[Condition, Any]]) -> Query:
    query: dict[str, Any] = {}
    for condition, value in given:
        asked = _asked(condition, value)
        among = query.get(condition.path)
        # Two bounds of one field are asked together.
        query[condition.path] = {**among, **asked} if isinstance(among, dict) else asked
    return query


@singledispatch
def _asked(condition: Condition, given: Any) -> Any:
    raise TypeError(f"No query is known for {condition}.")


@_asked.register
def _equals(condition: Equals, given: Any) -> Any:
    return _stored(given)


@_asked.register
def _one_of(condition: OneOf, given: Any) -> Any:
    return {"$in": [_stored(value) for value in given]}


@_asked.register
def _at_least(condition: AtLeast, given: Any) -> Any:
    return {"$gte": _stored(given)}


@_asked.register
def _at_most(condition: AtMost, given: Any) -> Any:
    return {"$lte": _stored(given)}


@_asked.register
def _before(condition: Before, given: Any) -> Any:
    return {"$lt": _stored(given)}


@_asked.register
def _false_unless(condition: FalseUnless, given: Any) -> Any:
    # Both values are named where both are wanted: the index can then be walked for each and merged
    # in order, where leaving the field out would cost a sort in memory.
    return {"$in": [False, True]} if given else False


def _stored(value: Any) -> Any:
    """A value as it is kept in documents."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return _whole_milliseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


_LATEST: Final = datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1)


def _whole_milliseconds(at: datetime) -> datetime:
    """MongoDB would cut a bound to the millisecond before it. Documents have whole milliseconds: of
    those, exactly the ones at the bound or later are also at this one or later."""
    return at if at > _LATEST else at + timedelta(microseconds=-at.microsecond % 1_000)
