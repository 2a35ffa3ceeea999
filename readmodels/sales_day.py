"""Sales by day: one document per UTC day and currency."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from readmodels.filter import AtLeast, AtMost, Equals
from readmodels.values import BigInt, Currency, Id, Inner, MoneySum, Position
from readmodels.view import BadFilter, Index, Sort, ascending, view

MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesPeriod:
    """Which days to list."""

    from_: Annotated[date, "The first day.", AtLeast("day")]
    to: Annotated[date, "The last day, included.", AtMost("day")]
    currency: Annotated[Currency | None, "Only the sales in this currency.", Equals("currency")] = (
        None
    )

    def __post_init__(self) -> None:
        days = (self.to - self.from_).days + 1
        if days > MOST_DAYS:
            raise BadFilter(f"At most {MOST_DAYS} days are possible; these are {days}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfSales:
    """Which day, of which currency."""

    day: Annotated[date, "The UTC day."]
    currency: Annotated[Currency, "The sales in this currency."]

    @property
    def id(self) -> Id:
        return Id(f"{self.day}/{self.currency}")


@view(
    "sales_day",
    indexes=[Index(ascending("day", "currency"))],
    sorts={"DAY_ASC": Sort(ascending("day", "currency"), "By day, then currency.")},
    filter=SalesPeriod,
)
class SalesDay:
    """One UTC day of one currency, by when the orders were placed; revenue and units are of those
    that were not cancelled since."""

    id: Inner[Id]
    day: Annotated[date, "The UTC day on which the orders were placed."]
    currency: Annotated[Currency, "Of the orders."]
    orders_placed: Annotated[int, "Cancelled ones included."]
    orders_cancelled: Annotated[int, "Of those placed on this day, whenever they were cancelled."]
    units_sold: Annotated[BigInt, "In the orders that were not cancelled since."]
    revenue: Annotated[MoneySum, "Of the orders that were not cancelled since."]
    position: Annotated[Position, "Of the last change that this document shows."] = Position(0)
