"""What is wrong with the declaration of a view: paths that lead nowhere, lists without an index."""

from collections.abc import Iterator, Set
from dataclasses import MISSING, fields
from typing import Any

from readmodels.document import has_field
from readmodels.filter import Condition, Conditions, conditions_of
from readmodels.view import Filter, Index, Ordering, Search, View, ascending


def wrong_with_view(view: View[Any]) -> Iterator[str]:
    """In words, each thing that is wrong."""
    try:
        conditions = conditions_of(view.filter) if view.filter else {}
    except TypeError as error:
        yield str(error).rstrip(".")
        conditions = {}
    for what, path in _paths(view, conditions):
        if not has_field(view.document, path):
            yield f"{what} names {path!r}, which is no field of {view.document.__name__}"
    yield from _wrong_with_lists(view, conditions)
    if view.search:
        yield from _wrong_with_search(view, view.search, conditions)


def _paths(view: View[Any], conditions: Conditions) -> Iterator[tuple[str, str]]:
    for index in view.indexes:
        yield from ((f"the index on {_shown(index.fields)}", path) for path, _ in index.fields)
    for name, sort in view.sorts.items():
        yield from ((f"the sort {name}", path) for path, _ in sort.ordering)
    for given, condition in conditions.items():
        named = (condition.path, condition.history)
        yield from ((f"the filter's {given}", path) for path in named if path is not None)
    if view.search:
        yield from (("the search", path) for path in (*view.search.weights, view.search.prefix))


def _wrong_with_lists(view: View[Any], conditions: Conditions) -> Iterator[str]:
    always = _always_given(view.filter, conditions)
    for name, sort in view.sorts.items():
        if not any(_walks(index, sort.ordering, always) for index in view.indexes):
            yield f"the sort {name} has no index on {_shown(sort.ordering)}"
        sorted_by = {path for path, _ in sort.ordering}
        for given, condition in conditions.items():
            if condition.unindexed or condition.path in sorted_by:
                continue
            if not any(_narrows(index, sort.ordering, condition, always) for index in view.indexes):
                yield f"the filter's {given} has no index on {condition.path!r} for the sort {name}"


def _always_given(filter: type[Filter] | None, conditions: Conditions) -> Set[str]:
    """The paths of the conditions that hold of every list: those without a default of None."""
    if filter is None:
        return frozenset()
    return {
        conditions[field.name].path
        for field in fields(filter)
        if field.name in conditions
        and (field.default is not None or field.default_factory is not MISSING)
    }


def _walks(index: Index, ordering: Ordering, given: Set[str]) -> bool:
    """Whether the index, behind fields that are given, has the ordering in either direction."""
    lead = _lead(index, ordering)
    return lead is not None and lead <= given


def _narrows(index: Index, ordering: Ordering, condition: Condition, always: Set[str]) -> bool:
    """The same where the condition is given, of which the index has the field."""
    lead = _lead(index, ordering)
    return lead is not None and condition.path in lead and lead <= {*always, condition.path}


def _lead(index: Index, ordering: Ordering) -> Set[str] | None:
    """The paths before the ordering, and before the id by which ties go, if the index has it."""
    with_id: Ordering = (*ordering, ("_id", ordering[-1][1]))
    for wanted in (with_id, ordering):
        if index.fields[-len(wanted) :] in (wanted, _reversed(wanted)):
            return {path for path, _ in index.fields[: -len(wanted)]}
    return None


def _wrong_with_search(view: View[Any], search: Search, conditions: Conditions) -> Iterator[str]:
    if Index(ascending(search.prefix, "_id")) not in view.indexes:
        yield f"the search has no index on {search.prefix!r} and '_id'"
    if view.filter is None or len(fields(view.filter)) == len(conditions):
        yield "the search has no field of the filter that is marked as the words"


def wrong_with_lookup(view: View[Any], field: str) -> Iterator[str]:
    """The same of a field by whose value one document of the view is looked for."""
    what = f"a query looks for one document by {field!r}"
    if not has_field(view.document, field):
        yield f"{what}, which is no field of {view.document.__name__}"
    elif not any(index.fields[0][0] == field for index in view.indexes):
        yield f"{what}, which has no index"


def _reversed(ordering: Ordering) -> Ordering:
    return tuple((path, -1 if direction > 0 else 1) for path, direction in ordering)


def _shown(ordering: Ordering) -> str:
    return ", ".join(path if direction > 0 else f"-{path}" for path, direction in ordering)
