"""Order lists: one small document per order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from readmodels.filter import AtLeast, Before, Equals, OneOf
from readmodels.order import OrderStatus
from readmodels.values import Id, Inner, MoneySum, Position
from readmodels.view import Index, ascending, descending, view


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders to list; what is left out does not narrow."""

    customer_id: Annotated[Id | None, Equals("customer_id", constant=True)] = None
    status: Annotated[
        list[OrderStatus] | None, "Any of these.", OneOf("status", history="statuses")
    ] = None
    placed_from: Annotated[
        datetime | None, "The first instant, included.", AtLeast("placed_at", constant=True)
    ] = None
    placed_before: Annotated[
        datetime | None, "The end, not included.", Before("placed_at", constant=True)
    ] = None


@dataclass(frozen=True, slots=True)
class StatusSince:
    """A status that an order took on with the fact at a position."""

    status: OrderStatus
    position: int


@view(
    "order_list_item",
    indexes=[
        Index(descending("placed_at", "_id")),
        Index((*ascending("customer_id"), *descending("placed_at", "_id"))),
        Index((*ascending("status"), *descending("placed_at", "_id"))),
        Index((*ascending("customer_id", "status"), *descending("placed_at", "_id"))),
        Index(ascending("customer_id", "_id")),
        Index(ascending("position.at", "_id")),
    ],
    sorts={"PLACED_AT_DESC": descending("placed_at"), "PLACED_AT_ASC": ascending("placed_at")},
    filter=OrderFilter,
)
class OrderListItem:
    """One row of an order list. Not a Node: the order of that id is."""

    id: Id
    reference: str | None
    customer_id: Id
    customer_name: str
    customer_email: str
    item_count: Annotated[int, "The number of lines."]
    total: MoneySum
    status: OrderStatus
    placed_at: datetime
    updated_at: datetime
    version: int
    statuses: Inner[tuple[StatusSince, ...]]
    position: Position = Position(0)
