"""Order lists: one small document per order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from readmodels.filter import AtLeast, Before, Equals, OneOf
from readmodels.order import OrderStatus
from readmodels.values import Id, Inner, MoneySum, Position
from readmodels.view import Index, Sort, ascending, descending, view


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders to list; what is left out does not narrow."""

    customer_id: Annotated[
        Id | None, "Only this customer's.", Equals("customer_id", constant=True)
    ] = None
    status: Annotated[
        list[OrderStatus] | None, "Any of these.", OneOf("status", history="statuses")
    ] = None
    placed_from: Annotated[
        datetime | None, "The first instant, included.", AtLeast("placed_at", constant=True)
    ] = None
    placed_before: Annotated[
        datetime | None, "The end, not included.", Before("placed_at", constant=True)
    ] = None

    def __post_init__(self) -> None:
        # A caller may repeat values at length; a follower keeps them and is asked for each change.
        if self.status is not None:
            object.__setattr__(self, "status", list(dict.fromkeys(self.status)))


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
    sorts={
        "PLACED_AT_DESC": Sort(descending("placed_at"), "The newest first."),
        "PLACED_AT_ASC": Sort(ascending("placed_at"), "The oldest first."),
    },
    filter=OrderFilter,
)
class OrderListItem:
    """One row of an order list. Not a Node: the order of that id is."""

    id: Annotated[Id, "The order's."]
    reference: Annotated[str | None, "The caller's own number for the order, unique where given."]
    customer_id: Annotated[Id, "Who ordered."]
    customer_name: Annotated[str, "As it is now: a rename reaches it."]
    customer_email: Annotated[str, "As it is now: a change reaches it."]
    item_count: Annotated[int, "The number of lines."]
    total: Annotated[MoneySum, "Of all lines."]
    status: Annotated[OrderStatus, "How far it has come."]
    placed_at: Annotated[datetime, "When it was placed."]
    updated_at: Annotated[
        datetime, "Of the order's own last fact; a customer's rename does not move it."
    ]
    version: Annotated[int, "Of the order itself: give it back as expectedVersion."]
    statuses: Inner[tuple[StatusSince, ...]]
    position: Annotated[
        Position,
        "Of the last change that this document shows. It never goes back; a rename that reaches it"
        " moves it.",
    ] = Position(0)
