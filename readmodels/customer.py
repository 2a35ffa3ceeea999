"""Customer pages: one document per customer."""

from datetime import datetime
from typing import Annotated

from readmodels.values import Address, Id, Inner, MoneySum, Position
from readmodels.view import Index, descending, view


@view(
    "customer",
    indexes=[Index(descending("registered_at", "_id"))],
    sorts={"NEWEST_FIRST": descending("registered_at")},
)
class Customer:
    """Who orders, and what came of it."""

    id: Id
    name: str
    email: str
    address: Address | None
    order_count: Annotated[int, "Cancelled ones included."]
    open_order_count: Annotated[int, "Placed, and neither delivered nor cancelled."]
    cancelled_order_count: int
    lifetime_value: Annotated[
        tuple[MoneySum, ...],
        "What was spent on orders that were not cancelled, one entry a currency, zero after the"
        " last of them is cancelled.",
    ]
    last_order_at: datetime | None
    version: int
    registered_at: Inner[datetime]
    position: Position = Position(0)
