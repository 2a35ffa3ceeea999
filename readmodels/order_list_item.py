"""Order lists: one small document per order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from readmodels.order import OrderStatus
from readmodels.values import Id, Inner, MoneySum, Position
from readmodels.view import Index, ascending, descending, view


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders to list; what is left out does not narrow."""

    customer_id: Id | None = None
    status: Annotated[list[OrderStatus] | None, "Any of these."] = None
    placed_from: Annotated[datetime | None, "The first instant, included."] = None
    placed_before: Annotated[datetime | None, "The end, not included."] = None

    def query(self) -> Mapping[str, Any]:
        query: dict[str, Any] = {}
        if self.customer_id is not None:
            query["customer_id"] = self.customer_id
        if self.status is not None:
            query["status"] = {"$in": [status.value for status in self.status]}
        period = {"$gte": self.placed_from, "$lt": self.placed_before}
        if given := {op: _kept(at) for op, at in period.items() if at is not None}:
            query["placed_at"] = given
        return query

    def concerns(self, order: "OrderListItem") -> bool:
        return (
            self.customer_id in (None, order.customer_id)
            and (self.placed_from is None or order.placed_at >= self.placed_from)
            and (self.placed_before is None or order.placed_at < self.placed_before)
        )

    def selected(self, order: "OrderListItem", at: int) -> bool:
        had = [since.status for since in order.statuses if since.position <= at]
        return (
            bool(had) and self.concerns(order) and (self.status is None or had[-1] in self.status)
        )


_LATEST: Final = datetime.max.replace(tzinfo=UTC) - timedelta(milliseconds=1)


def _kept(at: datetime) -> datetime:
    """A bound in whole milliseconds, of which what is kept has no parts: what is at it or later is
    also at or later than this, while MongoDB would cut the bound."""
    return at if at > _LATEST else at + timedelta(microseconds=-at.microsecond % 1_000)


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
        Index(ascending("position", "_id")),
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
    statuses: Inner[list[StatusSince]]
    position: Position = Position(0)
