"""What the lines of `queries` are made of: many documents, as new as asked."""

from collections.abc import Iterator, Sequence
from enum import Enum
from inspect import Parameter
from typing import Any, Final

import strawberry
from strawberry import UNSET

from readmodels.store import PageRequest, check_cursors
from readmodels.view import D, Filter, View, view_of
from schema.context import ReadingInfo
from schema.reading import MIN_POSITION, caught_up
from schema.types.arguments import arguments_of, checked_by, optional, taking
from schema.types.connections import Connection, connection, connection_type
from schema.types.fields import description_of
from schema.types.input_types import input_type
from schema.types.output_types import output_type
from schema.types.scalars import refusal

LARGEST_PAGE: Final = 100


def all_of(document: type[D], description: str) -> Any:
    """A query for all documents that a filter leaves, whose fields are its arguments."""
    of_filter = view_of(document).filter
    assert of_filter is not None

    def narrowed(min_position: Any = UNSET, **given: Any) -> Filter:
        return of_filter(**{name: value for name, value in given.items() if value is not UNSET})

    async def resolve(info: ReadingInfo, min_position: Any = UNSET, **given: Any) -> Sequence[D]:
        await caught_up(info, document, min_position)
        context = info.context
        async with context.reads:
            context.cost.add_documents(0)
            found = await context.store.all(document, narrowed(**given))
            context.cost.add_documents(len(found))
        return found

    return strawberry.field(
        resolver=taking(resolve, *arguments_of(of_filter), MIN_POSITION),
        graphql_type=list[output_type(document)],  # type: ignore[misc]  # made at run time
        description=description,
        metadata=checked_by(narrowed),
    )


def pages_of(document: type[D], name: str, description: str) -> Any:
    """A query for a page of a list, with the filter and the orderings that the view declares."""
    declared = view_of(document)

    def asked(
        filter: Any = None, sort: Any = None, min_position: Any = UNSET, **page: Any
    ) -> PageRequest:
        given = {name: value for name, value in page.items() if value is not UNSET}
        _check_size(given.get("first"), given.get("last"))
        request = PageRequest(**given, filter=filter or None, sort=sort.value if sort else None)
        check_cursors(document, request)
        return request

    async def resolve(info: ReadingInfo, min_position: Any = UNSET, **page: Any) -> Connection[D]:
        request = asked(**page)
        await caught_up(info, document, min_position, request.filter)
        context = info.context
        async with context.reads:
            context.cost.add_documents(request.size)
            return connection(await context.store.page(document, request))

    return strawberry.field(
        resolver=taking(resolve, *_PAGE, *_choices(declared, name), MIN_POSITION),
        graphql_type=connection_type(document, name),
        description=description,
        metadata=checked_by(asked),
    )


def _choices(declared: View[Any], name: str) -> Iterator[Parameter]:
    """The filter, where the view has one, and the sort, where there is more than one."""
    if declared.filter:
        filter_type: Any = input_type(declared.filter, declared.filter.__name__)
        yield optional("filter", filter_type, description_of(declared.filter))
    if len(declared.sorts) > 1:
        values = {
            sort: strawberry.enum_value(sort, description=declared.sorts[sort].description)
            for sort in declared.sorts
        }
        sorts = Enum(f"{name}Sort", values)  # type: ignore[misc]  # made at run time
        sort_type: Any = strawberry.enum(sorts, description="The order of the list; ties go by id.")
        yield optional("sort", sort_type, "Left out, the first of them.", next(iter(sorts)))


_PAGE: Final = (
    optional("first", int, "How many from the start, 1 to 100; without `last`, 20."),
    optional("after", str, "Only what comes after this cursor."),
    optional("last", int, "How many from the end, 1 to 100; not with `first`."),
    optional("before", str, "Only what comes before this cursor."),
)


def _check_size(first: int | None, last: int | None) -> None:
    if first is not None and last is not None:
        raise refusal("A page takes its first or its last entries: give one of both, not both.")
    size = last if first is None else first
    if size is not None and not 1 <= size <= LARGEST_PAGE:
        raise refusal(f"A page has 1 to {LARGEST_PAGE} entries; this asks for {size}.")
