"""Sales by day, value by value."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from commands.events import OrderPlaced
from projections.fold import fold
from projections.sales_day import sales_day
from readmodels.sales_day import SalesDay
from readmodels.values import BigInt, Currency, Id, MoneySum, Position
from tests.projections.log import MemoryLog, line, order_cancelled, order_confirmed, order_placed


def placed(id: str, at: datetime, *, quantity: int = 1, currency: str = "EUR") -> OrderPlaced:
    order = order_placed(id, line(quantity=quantity, minor=500), currency=currency)
    return replace(order, placed_at=at)


def day(
    day: date,
    currency: str = "EUR",
    *,
    placed: int,
    cancelled: int = 0,
    units: int,
    minor: int,
    position: int,
) -> SalesDay:
    return SalesDay(
        id=Id(f"{day}/{currency}"),
        day=day,
        currency=Currency(currency),
        orders_placed=placed,
        orders_cancelled=cancelled,
        units_sold=BigInt(units),
        revenue=MoneySum(Decimal(minor), currency),
        position=Position(position),
    )


def days(log: MemoryLog) -> list[SalesDay]:
    return sorted(fold(sales_day, log.facts).values(), key=lambda each: each.id)


LAST_OF_JUNE = datetime(2026, 6, 30, 23, 59, 59, 999_000, tzinfo=UTC)
FIRST_OF_JULY = datetime(2026, 7, 1, tzinfo=UTC)


def test_a_day_ends_at_midnight_in_utc() -> None:
    log = MemoryLog(
        placed("ord_1", LAST_OF_JUNE, quantity=2), placed("ord_2", FIRST_OF_JULY, quantity=3)
    )
    assert days(log) == [
        day(date(2026, 6, 30), placed=1, units=2, minor=1000, position=1),
        day(date(2026, 7, 1), placed=1, units=3, minor=1500, position=2),
    ]


def test_each_currency_has_days_of_its_own() -> None:
    log = MemoryLog(
        placed("ord_1", FIRST_OF_JULY),
        placed("ord_2", FIRST_OF_JULY, currency="GBP", quantity=2),
        placed("ord_3", FIRST_OF_JULY),
    )
    assert days(log) == [
        day(date(2026, 7, 1), placed=2, units=2, minor=1000, position=3),
        day(date(2026, 7, 1), "GBP", placed=1, units=2, minor=1000, position=2),
    ]


def test_a_cancellation_takes_back_from_the_day_of_the_placing() -> None:
    first = placed("ord_1", LAST_OF_JUNE, quantity=2)
    log = MemoryLog(first, placed("ord_2", LAST_OF_JUNE), order_confirmed("ord_2"))
    log.record(order_cancelled(first, LAST_OF_JUNE), occurred_at=FIRST_OF_JULY)
    assert days(log) == [
        day(date(2026, 6, 30), placed=2, cancelled=1, units=1, minor=500, position=4)
    ]


def test_a_day_whose_orders_were_all_cancelled_stays() -> None:
    only = placed("ord_1", FIRST_OF_JULY)
    log = MemoryLog(only, order_cancelled(only, FIRST_OF_JULY))
    assert days(log) == [day(date(2026, 7, 1), placed=1, cancelled=1, units=0, minor=0, position=2)]


def test_revenue_stays_exact_beyond_every_machine_number() -> None:
    huge = order_placed("ord_1", *[line(quantity=10**6, minor=10**10)] * 2_000)
    log = MemoryLog(
        replace(huge, placed_at=FIRST_OF_JULY), placed("ord_2", FIRST_OF_JULY, quantity=1)
    )
    (document,) = days(log)
    assert document.revenue == MoneySum(Decimal(2 * 10**19 + 500), "EUR")
    assert document.units_sold == 2 * 10**9 + 1
