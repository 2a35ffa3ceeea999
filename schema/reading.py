"""What the lines of `queries` are made of: a document, as new as asked."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final

import strawberry
from strawberry import UNSET

from readmodels.values import Position
from readmodels.view import D, Document, Filter
from schema.context import ReadingInfo
from schema.types.arguments import checked_by, parameter, taking
from schema.types.nodes import Node, document_of
from schema.types.output_types import output_type
from schema.types.scalars import refusal

MOST_NODES = 100
_READ_TOGETHER = 10

MinPosition = Annotated[
    Position | None,
    strawberry.argument(
        description="Wait, for a bounded time, until this view has taken in every fact up to that"
        " position; past it, error STALE_READ."
    ),
]


MIN_POSITION = parameter("min_position", MinPosition, UNSET)


async def caught_up(
    info: ReadingInfo,
    document: type[Document],
    position: Position | None,
    filter: Filter | None = None,
) -> None:
    """Return once the view, or what a filter leaves of it, shows the position that the field or
    its request asks for, if any."""
    least = info.context.at_least(position or None)
    if least:
        await info.context.store.wait(document, least.at, info.context.wait, filter)


async def shown(
    info: ReadingInfo, document: type[D], field: str, value: str, position: Position | None
) -> D | None:
    """The document whose field has the value, once it shows the position that the field or its
    request asks for, if any."""
    context = info.context
    at, deadline = await _reached(info, document, position)
    async with context.reads:
        key = document, field, value, at
        if key not in context.found:
            context.cost.add_documents(1)
            left = deadline - asyncio.get_running_loop().time()
            found = await context.store.find_by(document, field, value, at, left)
            context.found[key] = found
            context.cost.add_elements(found)
        shown: D | None = context.found[key]
        return shown


async def _reached(
    info: ReadingInfo, document: type[Document], position: Position | None
) -> tuple[int, float]:
    """The place in the log that a document is to show, once the view shows it; and until when, in
    the time of the event loop, the document itself may be waited for."""
    context = info.context
    deadline = asyncio.get_running_loop().time() + context.wait
    least = context.at_least(position or None)
    if least is None:
        return 0, deadline
    await context.store.wait_until_shown(document, least.at, context.wait)
    return least.at, deadline


def by_id(document: type[D], description: str) -> Any:
    """A query for the document of an id; null where there is none."""

    async def resolve(
        info: ReadingInfo,
        id: Annotated[strawberry.ID, strawberry.argument(description="Whose document.")],
        min_position: MinPosition = UNSET,
    ) -> D | None:
        return await shown(info, document, "_id", id, min_position)

    return strawberry.field(
        resolver=resolve, graphql_type=output_type(document) | None, description=description
    )


_EXACTLY: Final = Annotated[str, strawberry.argument(description="Exactly as written.")]


LOOKUPS: Final[list[tuple[type[Any], str]]] = []
"""The fields by which queries look for one document."""


def by_field(document: type[D], field: str, description: str) -> Any:
    """A query for the document that alone has a value in a field, which has an index."""
    LOOKUPS.append((document, field))

    async def resolve(info: ReadingInfo, min_position: Any = UNSET, **given: str) -> D | None:
        return await shown(info, document, field, given[field], min_position)

    return strawberry.field(
        resolver=taking(resolve, parameter(field, _EXACTLY), MIN_POSITION),
        graphql_type=output_type(document) | None,
        description=description,
    )


async def _node(
    info: ReadingInfo,
    id: Annotated[
        strawberry.ID, strawberry.argument(description="Of an order, a product or a customer.")
    ],
) -> Any:
    document = document_of(id)
    if document is None:
        return None
    return await shown(info, document, "_id", id, None)


def _check_count(ids: list[strawberry.ID]) -> None:
    if len(ids) > MOST_NODES:
        raise refusal(f"At most {MOST_NODES} ids are possible at a time; these are more.")


async def _nodes(
    info: ReadingInfo,
    ids: Annotated[
        list[strawberry.ID], strawberry.argument(description=f"At most {MOST_NODES}, of any kind.")
    ],
) -> Sequence[Any]:
    by_document: dict[type[Any], dict[str, None]] = {}
    for id in ids:
        if document := document_of(id):
            by_document.setdefault(document, {})[id] = None
    found: dict[str, Any] = {}
    for document, of_kind in by_document.items():
        found |= await _shown_of(info, document, list(of_kind))
    return [found.get(id) for id in ids]


async def _shown_of(info: ReadingInfo, document: type[D], ids: Sequence[str]) -> dict[str, D]:
    """The documents that there are, some at a time: each may be large."""
    context = info.context
    at, deadline = await _reached(info, document, None)
    keys = {id: (document, "_id", id, at) for id in ids}
    for begin in range(0, len(ids), _READ_TOGETHER):
        async with context.reads:
            unread = [
                id for id in ids[begin : begin + _READ_TOGETHER] if keys[id] not in context.found
            ]
            context.cost.add_documents(len(unread))
            left = deadline - asyncio.get_running_loop().time()
            found = await context.store.get_many(document, unread, at, left) if unread else {}
            for id in unread:
                context.found[keys[id]] = found.get(id)
                context.cost.add_elements(found.get(id))
    return {id: context.found[key] for id, key in keys.items()}


def any_node(description: str) -> Any:
    """A query for whatever has an id."""
    return strawberry.field(resolver=_node, graphql_type=Node | None, description=description)


def any_nodes(description: str) -> Any:
    """A query for whatever has one of the ids, in their order, null where there is nothing."""
    return strawberry.field(
        resolver=_nodes,
        graphql_type=list[Node | None],
        description=description,
        metadata=checked_by(_check_count),
    )
