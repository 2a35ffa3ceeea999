"""What has happened to an order: one document per recorded fact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from readmodels.filter import Equals
from readmodels.values import Id, Inner, Position
from readmodels.view import Index, Sort, ascending, view


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOrder:
    """Whose facts to list."""

    order_id: Annotated[Id, "Whose facts.", Equals("order_id")]


@view(
    "order_timeline",
    indexes=[Index(ascending("order_id", "version"))],
    sorts={"OLDEST_FIRST": Sort(ascending("version"), "As they were recorded.")},
    filter=OfOrder,
)
class TimelineEntry:
    """One recorded fact about an order, for audit: oldest first."""

    id: Inner[Id]
    order_id: Inner[Id]
    version: Annotated[int, "Of the order with this fact."]
    at: Annotated[datetime, "When it happened."]
    event: Annotated[str, "The fact's name, such as OrderShipped."]
    actor: Annotated[str | None, "Who brought it about."]
    data: Annotated[
        str,
        "All that the fact says, as JSON; what of it is about a person, such as names and"
        " addresses, under `personal`. Money is in minor units.",
    ]
    position: Annotated[Position, "Where the fact stands in the log."] = Position(0)
