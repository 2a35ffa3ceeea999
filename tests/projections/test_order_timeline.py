"""The timeline of an order, fact by fact."""

import json

from commands.events import EVENT_TYPES
from commands.events.orders import OrderEvent
from projections.fold import fold
from projections.order_timeline import order_timeline
from readmodels.order_timeline import TimelineEntry
from readmodels.values import Position
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    instant,
    order_cancelled,
    order_confirmed,
    order_placed,
    reserved,
)

PLACED = order_placed()


def entries(log: MemoryLog) -> list[TimelineEntry]:
    return sorted(fold(order_timeline, log.facts).values(), key=lambda each: each.version)


def test_every_fact_of_an_order_is_one_entry_of_its_timeline() -> None:
    log = MemoryLog(customer_registered(), *reserved(PLACED), PLACED, order_confirmed())
    log.record(order_cancelled(PLACED), occurred_at=instant(-5))
    found = entries(log)
    assert [(each.event, each.version) for each in found] == [
        ("OrderPlaced", 1),
        ("OrderConfirmed", 2),
        ("OrderCancelled", 3),
    ]
    assert [each.position for each in found] == [Position(n) for n in (3, 4, 5)]
    assert [each.at for each in found] == [instant(3), instant(4), instant(-5)]
    assert {(each.order_id, each.actor) for each in found} == {("ord_1", "tester")}


def test_an_entry_says_all_that_the_fact_says() -> None:
    (entry,) = entries(MemoryLog(PLACED))
    data = json.loads(entry.data)
    assert data["total"] == {"minor": 2500, "currency": "EUR"}
    assert data["lines"][0]["product_name"] == "Lamp prd_1"
    assert data["personal"]["shipping_address"]["city"] == "Springfield"


def test_no_fact_about_orders_is_left_out() -> None:
    kinds = {kind for kind in EVENT_TYPES.values() if issubclass(kind, OrderEvent)}
    assert {kind for kind in EVENT_TYPES.values() if kind in order_timeline._rules} == kinds
