"""Pages of a list in the shape that GraphQL clients know: edges, cursors, page information."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic

import strawberry

from readmodels.store import Page
from readmodels.values import Position
from readmodels.view import D
from schema.types.output_types import output_type


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether the list goes on after it.")
    has_previous_page: bool = strawberry.field(description="Whether the list begins before it.")
    start_cursor: str | None = strawberry.field(
        description="Of its first entry: give it as `before`. Null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="Of its last entry: give it as `after`. Null on an empty page."
    )


@dataclass(frozen=True, slots=True)
class Edge(Generic[D]):
    cursor: str
    node: D


@dataclass(frozen=True, slots=True)
class Connection(Generic[D]):
    """What a connection's fields are read from."""

    edges: Sequence[Edge[D]]
    nodes: Sequence[D]
    page_info: PageInfo
    position: Position


def connection(page: Page[D]) -> Connection[D]:
    edges = [Edge(cursor, node) for cursor, node in zip(page.cursors, page.nodes, strict=True)]
    ends = (page.cursors[0], page.cursors[-1]) if page.cursors else (None, None)
    return Connection(
        edges=edges,
        nodes=page.nodes,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=ends[0],
            end_cursor=ends[1],
        ),
        position=Position(page.position),
    )


@cache
def connection_type(document: type, name: str) -> Any:
    """The connection type of a list of these documents: `name` with Edge and Connection."""
    node: Any = output_type(document)
    edge: Any = _type(
        f"{name}Edge",
        "One entry of a page.",
        cursor=(str, "Where it stands in the list: a page may go on after it or end before it."),
        node=(node, "What is listed."),
    )
    return _type(
        f"{name}Connection",
        "A page of a list.",
        edges=(list[edge], "The page's entries, each with its cursor."),
        nodes=(list[node], "The same entries without their cursors."),
        page_info=(PageInfo, "Where the page stands in its list."),
        position=(
            Position,
            "Of the view, read before the page: a subscription's safe `after`.",
        ),
    )


def _type(name: str, description: str, **fields: tuple[Any, str]) -> Any:
    declared: dict[str, Any] = {
        "__annotations__": {field: annotation for field, (annotation, _) in fields.items()},
        "__module__": __name__,
    }
    for field, (_, described) in fields.items():
        declared[field] = strawberry.field(description=described)
    return strawberry.type(type(name, (), declared), description=description)
