"""The timeline of an order over HTTP."""

from __future__ import annotations

import json

from tests.schema.edge import Edge

TIMELINE = """
query($id: ID!, $p: Position) { orderTimeline(orderId: $id, minPosition: $p) {
  position at event actor data } }
"""


def test_a_timeline_tells_what_happened_and_who_did_it(edge: Edge) -> None:
    order = edge.new_order()
    edge.command("confirmOrder", orderId=order)
    shipped = edge.command("shipOrder", orderId=order, carrier="Post", trackingNumber="T-1")
    found = edge.data(TIMELINE, id=order, p=shipped["position"])["orderTimeline"]
    assert [each["event"] for each in found] == ["OrderPlaced", "OrderConfirmed", "OrderShipped"]
    assert {each["actor"] for each in found} == {"anonymous"}
    positions = [int(each["position"]) for each in found]
    assert positions == sorted(positions)
    assert positions[-1] <= int(shipped["position"])
    assert json.loads(found[-1]["data"])["tracking_number"] == "T-1"


def test_what_is_no_order_has_no_timeline(edge: Edge) -> None:
    assert edge.data(TIMELINE, id="ord_unknown")["orderTimeline"] == []
