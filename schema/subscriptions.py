"""What can be watched: one line a view."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from readmodels.order import Order
from readmodels.values import Position
from readmodels.view import D
from schema.context import ReadingInfo
from schema.types.output_types import output_type


def changes_of(document: type[D], description: str) -> Any:
    """A subscription to the document of an id."""

    async def subscribe(
        info: ReadingInfo, id: strawberry.ID, after: After = UNSET
    ) -> AsyncGenerator[D, None]:
        changes = info.context.store.changes(document, id, after or None)
        async with aclosing(changes) as following:
            async for changed in following:
                yield changed

    return strawberry.subscription(
        resolver=subscribe, graphql_type=output_type(document), description=description
    )


After = Annotated[
    Position | None,
    strawberry.argument(description="Begin with what changed since this position."),
]


@strawberry.type(description="Follows documents as they change.")
class Subscription:
    order_changed = changes_of(
        Order,
        "Begins with the order as it is now (with `after`, only if it changed since) and goes on"
        " with each newer state, in order, none twice, the last always; states that a slow client"
        " outran are skipped. An id with no order yet is waited for.",
    )
