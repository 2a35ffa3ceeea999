"""Sales by day over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.schema.edge import Edge

SALES = """
query($from: Date!, $to: Date!, $currency: CurrencyCode, $p: Position) {
  sales(from: $from, to: $to, currency: $currency, minPosition: $p) {
    day currency ordersPlaced ordersCancelled unitsSold revenue { amount currency }
  } }
"""


def test_sales_of_today_grow_and_shrink_with_orders(edge: Edge) -> None:
    # A currency of this test's own: others sell on the same day.
    product = edge.new_product("1.250", currency="KWD")
    items = [{"productId": product, "quantity": 4}]
    today = datetime.now(UTC).date().isoformat()
    first = edge.new_order(items=items)
    edge.new_order(items=items)
    cancelled = edge.command("cancelOrder", orderId=first, reason="No")
    tomorrow = datetime.now(UTC).date().isoformat()
    found = edge.data(
        SALES, **{"from": today, "to": tomorrow}, currency="KWD", p=cancelled["position"]
    )["sales"]
    assert sum(each["ordersPlaced"] for each in found) == 2
    assert sum(each["ordersCancelled"] for each in found) == 1
    assert [each["revenue"] for each in found if each["unitsSold"] != "0"] == [
        {"amount": "5.000", "currency": "KWD"}
    ]
    everything = edge.data(SALES, **{"from": today, "to": tomorrow})["sales"]
    assert [(each["day"], each["currency"]) for each in everything] == sorted(
        (each["day"], each["currency"]) for each in everything
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [("2024-01-01", "2024-12-31"), ("2026-05-05", "2026-05-05"), ("2026-05-05", "2026-05-04")],
)
def test_up_to_366_days_are_answered(edge: Edge, first: str, last: str) -> None:
    assert edge.data(SALES, **{"from": first, "to": last})["sales"] == []


def test_more_than_366_days_are_refused(edge: Edge) -> None:
    answer = edge.post(SALES, {"from": "2024-01-01", "to": "2025-01-01"}).json()
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == "At most 366 days are possible; these are 367."
