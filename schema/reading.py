"""What the lines of `queries` are made of: a document or a page, as new as asked."""

from collections.abc import Sequence
from enum import Enum
from inspect import Signature
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from readmodels.store import PageRequest
from readmodels.values import Position
from readmodels.view import D, Document, Filter, view_of
from schema.context import ReadingInfo
from schema.types.arguments import arguments_of, parameter
from schema.types.connections import Connection, connection, connection_type
from schema.types.input_types import from_input, input_type
from schema.types.nodes import Node, document_of
from schema.types.output_types import output_type
from schema.types.scalars import refusal

LARGEST_PAGE = 100
MOST_NODES = 100

MinPosition = Annotated[
    Position | None,
    strawberry.argument(
        description="Wait, for a bounded time, until this view has taken in every fact up to that"
        " position; past it, error STALE_READ."
    ),
]


async def caught_up(
    info: ReadingInfo,
    document: type[Document],
    position: Position | None,
    filter: Filter | None = None,
) -> None:
    """Return once the view, or what a filter leaves of it, shows the position, where one is asked
    for."""
    if position:
        among = filter.query() if filter else {}
        await info.context.store.wait(document, position.at, info.context.wait, among)


async def shown(
    info: ReadingInfo, document: type[D], field: str, value: str, position: Position | None
) -> D | None:
    """The document whose field has the value, once it shows the position, where one is asked
    for."""
    at = position.at if position else 0
    return await info.context.store.find_by(document, field, value, at, info.context.wait)


def by_id(document: type[D], description: str) -> Any:
    """A query for the document of an id; null where there is none."""

    async def resolve(
        info: ReadingInfo, id: strawberry.ID, min_position: MinPosition = UNSET
    ) -> D | None:
        return await shown(info, document, "_id", id, min_position)

    return strawberry.field(
        resolver=resolve, graphql_type=output_type(document) | None, description=description
    )


def by_reference(document: type[D], description: str) -> Any:
    """A query for the document that has a reference of the caller's own."""

    async def resolve(
        info: ReadingInfo, reference: str, min_position: MinPosition = UNSET
    ) -> D | None:
        return await shown(info, document, "reference", reference, min_position)

    return strawberry.field(
        resolver=resolve, graphql_type=output_type(document) | None, description=description
    )


def all_of(document: type[D], description: str) -> Any:
    """A query for all documents that a filter leaves, whose fields are its arguments."""
    of_filter = view_of(document).filter
    assert of_filter is not None

    async def resolve(info: ReadingInfo, min_position: Any = UNSET, **given: Any) -> Sequence[D]:
        filter = of_filter(**{name: value for name, value in given.items() if value is not UNSET})
        await caught_up(info, document, min_position)
        return await info.context.store.all(document, filter)

    # Strawberry takes the arguments from the signature.
    resolve.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            parameter("info", ReadingInfo),
            *arguments_of(of_filter),
            parameter("min_position", MinPosition, UNSET),
        ]
    )
    return strawberry.field(
        resolver=resolve,
        graphql_type=list[output_type(document)],  # type: ignore[misc]
        description=description,
    )


def pages_of(document: type[D], name: str, description: str) -> Any:
    """A query for a page of a list, with the filter and the orderings that the view declares."""
    declared = view_of(document)
    assert declared.filter is not None
    of_filter = declared.filter
    sorts = Enum(f"{name}Sort", {sort: sort for sort in declared.sorts})  # type: ignore[misc]
    sort_type: Any = strawberry.enum(sorts, description="The order of the list; ties go by id.")
    filter_type: Any = input_type(of_filter, of_filter.__name__)
    first_sort: Any = next(iter(sorts))

    async def resolve(
        info: ReadingInfo,
        first: _First = UNSET,
        after: _After = UNSET,
        last: _Last = UNSET,
        before: _Before = UNSET,
        filter: filter_type | None = UNSET,
        sort: sort_type | None = first_sort,
        min_position: MinPosition = UNSET,
    ) -> Connection[D]:
        _check_size(_given(first), _given(last))
        request = PageRequest(
            first=_given(first),
            after=_given(after),
            last=_given(last),
            before=_given(before),
            filter=from_input(of_filter, filter) if filter else None,
            sort=sort.value if sort else None,
        )
        await caught_up(info, document, min_position, request.filter)
        return connection(await info.context.store.page(document, request))

    return strawberry.field(
        resolver=resolve, graphql_type=connection_type(document, name), description=description
    )


_First = Annotated[
    int | None,
    strawberry.argument(description="How many from the start, 1 to 100; without `last`, 20."),
]
_After = Annotated[
    str | None, strawberry.argument(description="Only what comes after this cursor.")
]
_Last = Annotated[
    int | None,
    strawberry.argument(description="How many from the end, 1 to 100; not with `first`."),
]
_Before = Annotated[
    str | None, strawberry.argument(description="Only what comes before this cursor.")
]


def _given(value: Any) -> Any:
    return None if value is UNSET else value


def _check_size(first: int | None, last: int | None) -> None:
    if first is not None and last is not None:
        raise refusal("A page takes its first or its last entries: give one of both, not both.")
    size = last if first is None else first
    if size is not None and not 1 <= size <= LARGEST_PAGE:
        raise refusal(f"A page has 1 to {LARGEST_PAGE} entries; this asks for {size}.")


async def _node(info: ReadingInfo, id: strawberry.ID, min_position: MinPosition = UNSET) -> Any:
    document = document_of(id)
    if document is None:
        return None
    return await shown(info, document, "_id", id, min_position)


async def _nodes(
    info: ReadingInfo, ids: list[strawberry.ID], min_position: MinPosition = UNSET
) -> Sequence[Any]:
    if len(ids) > MOST_NODES:
        raise refusal(f"At most {MOST_NODES} ids are possible; these are {len(ids)}.")
    by_document: dict[type[Any], list[str]] = {}
    for id in ids:
        if document := document_of(id):
            by_document.setdefault(document, []).append(id)
    found: dict[str, Any] = {}
    for document, of_kind in by_document.items():
        at = min_position.at if min_position else 0
        found |= await info.context.store.get_many(document, of_kind, at, info.context.wait)
    return [found.get(id) for id in ids]


def any_node(description: str) -> Any:
    """A query for whatever has an id."""
    return strawberry.field(resolver=_node, graphql_type=Node | None, description=description)


def any_nodes(description: str) -> Any:
    """A query for whatever has one of the ids, in their order, null where there is nothing."""
    return strawberry.field(
        resolver=_nodes, graphql_type=list[Node | None], description=description
    )
