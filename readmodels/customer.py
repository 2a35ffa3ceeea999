"""Customer pages: one document per customer."""

from datetime import datetime
from typing import Annotated

from readmodels.values import Address, Id, Inner, MoneySum, Position
from readmodels.view import Index, Sort, descending, view


@view(
    "customer",
    indexes=[Index(descending("registered_at", "_id"))],
    sorts={"NEWEST_FIRST": Sort(descending("registered_at"), "The latest registered first.")},
)
class Customer:
    """Who orders, and what came of it."""

    id: Id
    name: Annotated[str, "As it is now."]
    email: Annotated[str, "Theirs alone."]
    address: Annotated[Address | None, "Where they live; an order keeps the one it goes to."]
    order_count: Annotated[int, "Cancelled ones included."]
    open_order_count: Annotated[int, "Placed, and neither delivered nor cancelled."]
    cancelled_order_count: Annotated[int, "Orders that were cancelled."]
    lifetime_value: Annotated[
        tuple[MoneySum, ...],
        "What was spent on orders that were not cancelled, one entry a currency, zero after the"
        " last of them is cancelled.",
    ]
    last_order_at: Annotated[datetime | None, "When they last placed one; cancelled ones included."]
    version: Annotated[int, "Of the customer: give it back as expectedVersion."]
    registered_at: Inner[datetime]
    position: Annotated[Position, "Of the last change that this document shows."] = Position(0)
