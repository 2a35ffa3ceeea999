"""Statistics of categories, value by value, and against a plain count over any history."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.events import (
    Event,
    OrderCancelled,
    OrderPlaced,
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ProductRegistered,
)
from projections.category_stats import category_stats
from projections.fold import fold, folding
from projections.rules import RuleFailed
from readmodels.category_stats import CategoryStats
from readmodels.values import BigInt, Currency, Id, Money, MoneySum, Position
from tests.projections.histories import histories
from tests.projections.log import (
    MemoryLog,
    line,
    order_cancelled,
    order_placed,
    price_changed,
    product_discontinued,
    product_moved,
    product_registered,
)

LAMP = product_registered("prd_1", 1000)
CANDLE = product_registered("prd_2", 250)
BULB = product_registered("prd_3", 501)


def stats(log: MemoryLog, category: str = "Lamps", currency: str = "EUR") -> CategoryStats:
    return fold(category_stats, log.facts)[f"{category}/{currency}"]


def prices(document: CategoryStats) -> tuple[int, list[int | None]]:
    """The count and the average, least and greatest price."""
    shown = (document.average_price, document.min_price, document.max_price)
    return document.product_count, [each.minor if each else None for each in shown]


def test_a_category_shows_its_products_and_their_sales() -> None:
    placed = order_placed("ord_1", line("prd_1", 2, 900), line("prd_2", 4, 200))
    assert stats(MemoryLog(LAMP, CANDLE, placed)) == CategoryStats(
        id=Id("Lamps/EUR"),
        category="Lamps",
        currency=Currency("EUR"),
        product_count=2,
        average_price=Money(625, "EUR"),
        min_price=Money(250, "EUR"),
        max_price=Money(1000, "EUR"),
        units_sold=BigInt(6),
        revenue=MoneySum(Decimal(2600), "EUR"),
        share_count=2,
        price_sum=1250,
        position=Position(3),
    )


def test_currencies_are_counted_apart() -> None:
    dear = product_registered("prd_2", 9000, currency="GBP")
    log = MemoryLog(LAMP, dear)
    assert prices(stats(log)) == (1, [1000, 1000, 1000])
    assert prices(stats(log, currency="GBP")) == (1, [9000, 9000, 9000])


def sales(document: CategoryStats) -> tuple[int, int]:
    """The units, and what they brought in minor units."""
    return document.units_sold, int(document.revenue.minor)


@pytest.mark.parametrize(
    ("others", "average"),
    [([1], 0), ([3], 2), ([0, 1], 0), ([1, 1], 1), ([5, 0, 1, 4, 0, 0, 0], 1)],
)
def test_the_average_is_rounded_half_to_even(others: list[int], average: int) -> None:
    log = MemoryLog(product_registered("prd_0", 0))
    for n, minor in enumerate(others, start=1):
        log.record(product_registered(f"prd_{n}", minor))
    assert stats(log).average_price == Money(average, "EUR")


def test_the_least_price_follows_the_cheapest_product() -> None:
    log = MemoryLog(LAMP, CANDLE, BULB)
    assert prices(stats(log)) == (3, [584, 250, 1000])
    log.record(price_changed("prd_2", 2000))
    assert prices(stats(log)) == (3, [1167, 501, 2000])
    log.record(price_changed("prd_2", 250), product_moved("prd_2", "Lamps", "Candles"))
    assert prices(stats(log)) == (2, [750, 501, 1000])
    assert prices(stats(log, "Candles")) == (1, [250, 250, 250])
    log.record(product_discontinued("prd_3"))
    assert prices(stats(log)) == (1, [1000, 1000, 1000])


def test_of_two_equal_prices_one_may_go() -> None:
    log = MemoryLog(LAMP, CANDLE, product_registered("prd_9", 250), product_discontinued("prd_2"))
    assert prices(stats(log)) == (2, [625, 250, 1000])


def test_what_is_discontinued_keeps_its_sales_and_has_no_price() -> None:
    placed = order_placed("ord_1", line("prd_1", 3, 900))
    document = stats(MemoryLog(LAMP, placed, product_discontinued("prd_1")))
    assert prices(document) == (0, [None, None, None])
    assert sales(document) == (3, 2700)


def test_a_cancelled_order_is_taken_back_at_its_own_prices() -> None:
    placed = order_placed("ord_1", line("prd_1", 3, 900), line("prd_1", 1, 800))
    log = MemoryLog(LAMP, placed, price_changed("prd_1", 5))
    assert sales(stats(log)) == (4, 3500)
    log.record(order_cancelled(placed))
    assert sales(stats(log)) == (0, 0)


def test_what_a_product_sold_goes_with_it() -> None:
    placed = order_placed("ord_1", line("prd_1", 3, 900))
    log = MemoryLog(LAMP, CANDLE, placed, product_moved("prd_1", "Lamps", "Light"))
    assert sales(stats(log)) == (0, 0)
    moved = stats(log, "Light")
    assert sales(moved) == (3, 2700)
    log.record(order_cancelled(placed))
    assert stats(log, "Light").units_sold == 0


def test_a_category_that_nothing_is_left_in_is_gone() -> None:
    log = MemoryLog(LAMP, product_moved("prd_1", "Lamps", "Light"))
    assert set(fold(category_stats, log.facts)) == {"Light/EUR"}


def test_a_change_of_the_name_alone_moves_nothing() -> None:
    log = MemoryLog(LAMP, product_moved("prd_1", "Lamps", "Lamps"))
    assert stats(log).position == Position(1)


def test_revenue_stays_exact_beyond_every_machine_number() -> None:
    huge = order_placed("ord_1", *[line("prd_1", 10**6, 10**10)] * 2_000)
    log = MemoryLog(LAMP, huge, order_placed("ord_2", line("prd_1", 1, 1)))
    assert stats(log).revenue == MoneySum(Decimal(2 * 10**19 + 1), "EUR")


def test_a_fact_about_no_product_is_a_failure_with_a_name() -> None:
    with pytest.raises(RuleFailed, match="category_stats's parts for PriceChanged at position 1"):
        fold(category_stats, MemoryLog(price_changed("prd_1", 5)).facts)


@dataclass
class Counted:
    """What is known of one product."""

    category: str
    currency: str
    price: int
    on_sale: bool = True
    orders: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


def counted(events: list[Event]) -> dict[str, tuple[Any, ...]]:
    """The statistics as plain sums over all products and orders."""
    products: dict[str, Counted] = {}
    for event in events:
        match event:
            case ProductRegistered():
                products[event.product_id] = Counted(
                    event.category, event.price.currency, event.price.minor
                )
            case ProductChanged():
                products[event.product_id].category = event.category
            case PriceChanged():
                products[event.product_id].price = event.price.minor
            case ProductDiscontinued():
                products[event.product_id].on_sale = False
            case OrderPlaced():
                for each in event.lines:
                    orders = products[each.product_id].orders
                    orders[event.order_id].append((each.quantity, each.unit_price.minor))
            case OrderCancelled():
                for product in products.values():
                    product.orders.pop(event.order_id, None)
    groups = defaultdict(list)
    for product in products.values():
        groups[f"{product.category}/{product.currency}"].append(product)
    return {key: _summed(group) for key, group in groups.items()}


def _summed(group: list[Counted]) -> tuple[Any, ...]:
    prices = [product.price for product in group if product.on_sale]
    lines = [line for product in group for order in product.orders.values() for line in order]
    return (
        len(prices),
        round(Decimal(sum(prices)) / len(prices)) if prices else None,
        min(prices, default=None),
        max(prices, default=None),
        sum(quantity for quantity, _ in lines),
        sum(quantity * price for quantity, price in lines),
    )


@given(log=histories(), split=st.integers(0, 100))
def test_any_history_is_counted_as_plainly_summed(log: MemoryLog, split: int) -> None:
    going = folding(category_stats)
    for facts in (log.facts[:split], log.facts[split:]):
        going.take_in(facts)
        shown = {
            key: (*_flat(prices(document)), document.units_sold, document.revenue.minor)
            for key, document in going.documents.items()
        }
    assert shown == counted([fact.event for fact in log.facts])


def _flat(shown: tuple[int, list[int | None]]) -> tuple[int | None, ...]:
    return (shown[0], *shown[1])
