"""What the lines of `queries` are made of: a document, as new as asked."""

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
    at = _at_least(info, position)
    return await info.context.store.find_by(document, field, value, at, info.context.wait)


def _at_least(info: ReadingInfo, position: Position | None) -> int:
    least = info.context.at_least(position or None)
    return least.at if least else 0


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


def by_field(document: type[D], field: str, description: str) -> Any:
    """A query for the document that alone has a value in a field, which has an index."""

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
    by_document: dict[type[Any], list[str]] = {}
    for id in ids:
        if document := document_of(id):
            by_document.setdefault(document, []).append(id)
    found: dict[str, Any] = {}
    for document, of_kind in by_document.items():
        at = _at_least(info, None)
        found |= await info.context.store.get_many(document, of_kind, at, info.context.wait)
    return [found.get(id) for id in ids]


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
