"""An order of many lines is looked through once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from commands.events import CancelledLine, OrderCancelled
from projections.ordered import LinesByProduct


class Counted(tuple[Any, ...]):
    """Lines that count how often they are looked through."""

    looks = 0

    def __iter__(self) -> Any:
        Counted.looks += 1
        return super().__iter__()


def cancelled(count: int) -> OrderCancelled:
    price: Any = None
    lines = Counted(
        CancelledLine(product_id=f"prd_{n % 1_000}", quantity=n, unit_price=price)
        for n in range(count)
    )
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return OrderCancelled(
        order_id="ord_1", customer_id="cus_1", placed_at=at, total=price, reason="none", lines=lines
    )


def test_the_lines_of_an_order_are_looked_through_once_for_all_of_its_products() -> None:
    event, by_product = cancelled(2_000), LinesByProduct()
    Counted.looks = 0
    for product in by_product.of(event):
        number = int(product.removeprefix("prd_"))
        assert [line.quantity for line in by_product.of(event)[product]] == [number, number + 1_000]
    assert Counted.looks == 1


def test_equal_events_are_not_taken_for_one() -> None:
    by_product = LinesByProduct()
    assert list(by_product.of(cancelled(1))) == ["prd_0"]
    assert list(by_product.of(cancelled(2))) == ["prd_0", "prd_1"]
