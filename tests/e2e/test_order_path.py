"""The whole path of an order: commands over HTTP, and the documents that they bring about."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.e2e.server import Api, Json, Log
from tests.e2e.shop import ADDRESS, eur, lines, new_customer, new_order, new_product, unique

ORDER = """
  id reference customerId customerName customerEmail itemCount
  items { productId sku productName quantity
          unitPrice { amount currency } subtotal { amount currency } }
  total { amount currency }
  shippingAddress { recipient line1 line2 city region postalCode country }
  status statusHistory { status changedAt note } placedAt updatedAt
  estimatedDelivery carrier trackingNumber cancellationReason
  availableCommands { name allowed reason } version position
"""
LIST_ITEM = """
  id reference customerId customerName customerEmail itemCount total { amount currency }
  status placedAt updatedAt version position
"""
PRODUCT = """
  id sku name description category price { amount currency } discontinued
  onHand reserved available unitsSold version position
"""
CUSTOMER = """
  id name email address { line1 city country }
  orderCount openOrderCount cancelledOrderCount lifetimeValue { amount currency } lastOrderAt
  version position
"""
COMMANDS = ("confirmOrder", "shipOrder", "deliverOrder", "cancelOrder", "changeShippingAddress")
PARCEL = {"carrier": "Post", "trackingNumber": "T1"}


def allowed(order: Json) -> list[str]:
    return [command["name"] for command in order["availableCommands"] if command["allowed"]]


def order_now(api: Api, id: str, selection: str = ORDER) -> Json:
    order: Json = api.data(f"query Read($id: ID!) {{ order(id: $id) {{ {selection} }} }}", id=id)[
        "order"
    ]
    return order


def product_after(api: Api, id: str, position: str) -> Json:
    product: Json = api.data(
        f"query Read($id: ID!, $p: Position) {{"
        f" product(id: $id, minPosition: $p) {{ {PRODUCT} }} }}",
        id=id,
        p=position,
    )["product"]
    return product


def customer_after(api: Api, id: str, position: str) -> Json:
    customer: Json = api.data(
        f"query Read($id: ID!, $p: Position) {{"
        f" customer(id: $id, minPosition: $p) {{ {CUSTOMER} }} }}",
        id=id,
        p=position,
    )["customer"]
    return customer


def test_an_order_goes_its_whole_way_and_each_document_shows_it(api: Api, log: Log) -> None:
    before = log.head()
    email, sku, other_sku = f"{unique('Ada')}@Example.invalid", unique("L"), unique("B")
    customer = new_customer(api, name="Ada Byron", email=email, address=ADDRESS)
    lamp = new_product(
        api, sku=sku, name="Lamp", description="Warm", category="Lights", price=eur("12.50")
    )
    bulb = new_product(api, sku=other_sku, name="Bulb", price=eur("0.99"), initialStock=5)
    received = api.accepted("receiveStock", productId=lamp.id, quantity=7)
    reference = unique("order")

    payload = api.run(
        "placeOrder",
        f"order {{ {ORDER} }}",
        customerId=customer.id,
        items=lines((lamp, 2), (bulb, 3), (lamp, 1)),
        shippingAddress=ADDRESS | {"recipient": "Ada", "postalCode": "LS1"},
        reference=reference,
    )
    placed = payload["order"]
    placed_at = placed["placedAt"]
    assert payload["userErrors"] == []
    # Order placed, and the stock of two products reserved; the order's own fact comes first.
    assert (received.version, payload["version"]) == (1, 1)
    assert log.head() == before + 1 + 1 + 2 + 1 + 3 == int(payload["position"])
    assert placed == {
        "id": payload["id"],
        "reference": reference,
        "customerId": customer.id,
        "customerName": "Ada Byron",
        "customerEmail": email,
        "itemCount": 2,
        "items": [
            {
                "productId": lamp.id,
                "sku": sku,
                "productName": "Lamp",
                "quantity": 3,
                "unitPrice": eur("12.50"),
                "subtotal": eur("37.50"),
            },
            {
                "productId": bulb.id,
                "sku": other_sku,
                "productName": "Bulb",
                "quantity": 3,
                "unitPrice": eur("0.99"),
                "subtotal": eur("2.97"),
            },
        ],
        "total": eur("40.47"),
        "shippingAddress": {
            "recipient": "Ada",
            "line1": "1 Mill Lane",
            "line2": None,
            "city": "Leeds",
            "region": None,
            "postalCode": "LS1",
            "country": "GB",
        },
        "status": "PENDING",
        "statusHistory": [{"status": "PENDING", "changedAt": placed_at, "note": None}],
        "placedAt": placed_at,
        "updatedAt": placed_at,
        "estimatedDelivery": None,
        "carrier": None,
        "trackingNumber": None,
        "cancellationReason": None,
        "availableCommands": [
            {"name": "confirmOrder", "allowed": True, "reason": None},
            {
                "name": "shipOrder",
                "allowed": False,
                "reason": "The order is PENDING: only a CONFIRMED order can be shipped.",
            },
            {
                "name": "deliverOrder",
                "allowed": False,
                "reason": "The order is PENDING: only a SHIPPED order can be delivered.",
            },
            {"name": "cancelOrder", "allowed": True, "reason": None},
            {"name": "changeShippingAddress", "allowed": True, "reason": None},
        ],
        "version": 1,
        "position": str(int(payload["position"]) - 2),
    }
    assert datetime.fromisoformat(placed_at).utcoffset() == timedelta(0)
    id = payload["id"]

    reserved = product_after(api, lamp.id, payload["position"])
    assert (reserved["onHand"], reserved["reserved"], reserved["available"]) == (7, 3, 4)
    assert reserved["unitsSold"] == "3"

    confirmed = api.run("confirmOrder", f"order {{ {ORDER} }}", orderId=id, expectedVersion=1)
    assert (confirmed["version"], confirmed["order"]["status"]) == (2, "CONFIRMED")
    assert allowed(confirmed["order"]) == [
        "shipOrder",
        "cancelOrder",
        "changeShippingAddress",
    ]
    shipped = api.run(
        "shipOrder",
        f"order {{ {ORDER} }}",
        orderId=id,
        estimatedDelivery="2030-01-02T03:04:05.678+02:00",
        **PARCEL,
    )
    assert allowed(shipped["order"]) == ["deliverOrder"]
    left = product_after(api, lamp.id, shipped["position"])
    assert (left["onHand"], left["reserved"], left["available"]) == (4, 0, 4)

    delivered = api.run("deliverOrder", f"order {{ {ORDER} }}", orderId=id)
    final = delivered["order"]
    times = [change["changedAt"] for change in final["statusHistory"]]
    assert times == sorted(times, key=datetime.fromisoformat)
    assert final == placed | {
        "status": "DELIVERED",
        "statusHistory": [
            {"status": status, "changedAt": at, "note": note}
            for status, at, note in zip(
                ("PENDING", "CONFIRMED", "SHIPPED", "DELIVERED"),
                times,
                (None, None, "Post", None),
                strict=True,
            )
        ],
        "updatedAt": times[-1],
        "estimatedDelivery": "2030-01-02T01:04:05.678Z",
        "carrier": "Post",
        "trackingNumber": "T1",
        "availableCommands": [
            {
                "name": name,
                "allowed": False,
                "reason": f"The order is DELIVERED: {rule}",
            }
            for name, rule in zip(
                COMMANDS,
                (
                    "only a PENDING order can be confirmed.",
                    "only a CONFIRMED order can be shipped.",
                    "only a SHIPPED order can be delivered.",
                    "an order can be cancelled only before it is shipped.",
                    "the shipping address can be changed only before the order is shipped.",
                ),
                strict=True,
            )
        ],
        "version": 4,
        "position": delivered["position"],
    }
    assert order_now(api, id) == final

    by_reference = api.data(
        f"query Read($r: String!) {{ orderByReference(reference: $r) {{ {ORDER} }} }}", r=reference
    )
    assert by_reference["orderByReference"] == final
    listed = api.data(
        f"query Read($c: ID!) {{ orders(filter: {{ customerId: $c }}) {{ nodes {{ {LIST_ITEM} }} }}"
        " }",
        c=customer.id,
    )
    shown = ["id", "reference", "customerId", "customerName", "customerEmail", "itemCount"]
    shown += ["total", "status", "placedAt", "updatedAt", "version", "position"]
    assert listed["orders"]["nodes"] == [{name: final[name] for name in shown}]

    assert product_after(api, lamp.id, delivered["position"]) == {
        "id": lamp.id,
        "sku": sku,
        "name": "Lamp",
        "description": "Warm",
        "category": "Lights",
        "price": eur("12.50"),
        "discontinued": False,
        "onHand": 4,
        "reserved": 0,
        "available": 4,
        "unitsSold": "3",
        "version": 1,
        "position": left["position"],
    }
    assert customer_after(api, customer.id, delivered["position"]) == {
        "id": customer.id,
        "name": "Ada Byron",
        "email": email,
        "address": ADDRESS,
        "orderCount": 1,
        "openOrderCount": 0,
        "cancelledOrderCount": 0,
        "lifetimeValue": [eur("40.47")],
        "lastOrderAt": placed_at,
        "version": 1,
        "position": delivered["position"],
    }


def test_a_cancelled_order_gives_back_its_stock_and_what_was_spent(api: Api) -> None:
    customer, lamp = new_customer(api), new_product(api, initialStock=5)
    order = new_order(api, customerId=customer.id, items=lines((lamp, 4)))
    api.accepted("confirmOrder", orderId=order.id)
    payload = api.run(
        "cancelOrder", f"order {{ {ORDER} }}", orderId=order.id, reason="Two were enough"
    )
    shown = payload["order"]
    assert (shown["status"], shown["version"], allowed(shown)) == ("CANCELLED", 3, [])
    assert shown["cancellationReason"] == "Two were enough"
    assert [(each["status"], each["note"]) for each in shown["statusHistory"]] == [
        ("PENDING", None),
        ("CONFIRMED", None),
        ("CANCELLED", "Two were enough"),
    ]
    product = product_after(api, lamp.id, payload["position"])
    assert (product["onHand"], product["reserved"], product["available"]) == (5, 0, 5)
    assert product["unitsSold"] == "0"
    buyer = customer_after(api, customer.id, payload["position"])
    assert (buyer["orderCount"], buyer["openOrderCount"], buyer["cancelledOrderCount"]) == (1, 0, 1)
    assert buyer["lifetimeValue"] == [eur("0.00")]
    assert buyer["lastOrderAt"] == shown["placedAt"]


def test_a_customers_lifetime_value_has_one_entry_a_currency(api: Api) -> None:
    customer = new_customer(api)
    prices = (eur("1.10"), {"amount": "500", "currency": "JPY"}, eur("2.20"))
    for price in prices:
        product = new_product(api, price=price, initialStock=2)
        last = new_order(api, customerId=customer.id, items=lines((product, 2)))
    buyer = customer_after(api, customer.id, last.position)
    assert buyer["lifetimeValue"] == [eur("6.60"), {"amount": "1000", "currency": "JPY"}]
    assert (buyer["orderCount"], buyer["openOrderCount"]) == (3, 3)


def test_an_order_keeps_the_price_of_its_moment(api: Api) -> None:
    lamp = new_product(api, initialStock=5)
    order = new_order(api, items=lines((lamp, 1)))
    changed = api.accepted("changePrice", productId=lamp.id, price=eur("11.00"), expectedVersion=1)
    assert changed.version == 2
    product = product_after(api, lamp.id, changed.position)
    assert (product["price"], product["version"]) == (eur("11.00"), 2)
    assert order_now(api, order.id)["total"] == eur("10.00")


def test_every_kind_of_id_is_a_node(api: Api) -> None:
    customer, lamp = new_customer(api, name="Grace"), new_product(api, initialStock=5)
    order = new_order(api, customerId=customer.id, items=lines((lamp, 1)))
    product_after(api, lamp.id, order.position)
    customer_after(api, customer.id, order.position)
    found = api.data(
        "query Read($ids: [ID!]!) { nodes(ids: $ids) { __typename id"
        " ... on Customer { name } ... on Product { sku } ... on Order { status } } }",
        ids=[order.id, "ord_nothing", customer.id, lamp.id],
    )
    sku = product_after(api, lamp.id, order.position)["sku"]
    of_order = {"__typename": "Order", "id": order.id, "status": "PENDING"}
    of_customer = {"__typename": "Customer", "id": customer.id, "name": "Grace"}
    of_product = {"__typename": "Product", "id": lamp.id, "sku": sku}
    assert found["nodes"] == [of_order, None, of_customer, of_product]
    for expected in (of_order, of_customer, of_product):
        node = api.data(
            "query Read($id: ID!) { node(id: $id) { __typename id"
            " ... on Customer { name } ... on Product { sku } ... on Order { status } } }",
            id=expected["id"],
        )["node"]
        assert node == expected


def test_a_repeated_key_answers_the_first_outcome_and_records_nothing(api: Api, log: Log) -> None:
    key, customer, lamp = unique("key"), new_customer(api), new_product(api, initialStock=5)
    first = new_order(api, customerId=customer.id, items=lines((lamp, 1)), idempotencyKey=key)
    head = log.head()
    again = new_order(api, customerId=customer.id, items=lines((lamp, 1)), idempotencyKey=key)
    assert again == first
    refused = api.refused(
        "placeOrder",
        customerId=customer.id,
        items=lines((lamp, 2)),
        shippingAddress=ADDRESS,
        idempotencyKey=key,
    )
    assert refused == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert log.head() == head


def test_a_refused_command_leaves_its_key_free(api: Api, log: Log) -> None:
    key, lamp = unique("key"), new_product(api)
    order = {
        "customerId": new_customer(api).id,
        "items": lines((lamp, 1)),
        "shippingAddress": ADDRESS,
        "idempotencyKey": key,
    }
    head = log.head()
    assert api.refused("placeOrder", **order) == [("OUT_OF_STOCK", ["items", "0", "quantity"])]
    assert log.head() == head
    api.accepted("receiveStock", productId=lamp.id, quantity=1)
    assert api.accepted("placeOrder", **order).version == 1


def test_a_read_of_a_position_beyond_the_log_is_stale(api: Api, log: Log) -> None:
    order = new_order(api)
    beyond = str(log.head() + 1_000)
    query = "query Read($id: ID!, $p: Position) { order(id: $id, minPosition: $p) { id } }"
    response = api.answer(query, id=order.id, p=beyond)
    assert response["data"] == {"order": None}
    assert [error["extensions"]["code"] for error in response["errors"]] == ["STALE_READ"]
    assert response["errors"][0]["path"] == ["order"]


def test_an_optional_text_that_is_empty_counts_as_not_given(api: Api) -> None:
    empty = ADDRESS | {"recipient": "", "line2": "", "region": "", "postalCode": ""}
    customer = new_customer(api, address=empty, idempotencyKey="")
    another = new_customer(api, address=empty, idempotencyKey="")
    assert customer.id != another.id
    product = new_product(api, initialStock=9, description="")
    api.accepted("changeProduct", productId=product.id, name="Lantern", description="")
    items = lines((product, 1))
    given = {"customerId": customer.id, "items": items, "shippingAddress": empty, "reference": ""}
    placed = [api.accepted("placeOrder", **given) for _ in range(2)]
    shown = api.data(
        "query($c: ID!, $p: ID!, $o: ID!, $at: Position) {"
        " customer(id: $c, minPosition: $at) { address { recipient line2 region postalCode } }"
        " product(id: $p, minPosition: $at) { description name }"
        " order(id: $o, minPosition: $at) { reference shippingAddress { recipient line2 } } }",
        **{"c": customer.id, "p": product.id, "o": placed[1].id, "at": placed[1].position},
    )
    nowhere = {"recipient": None, "line2": None}
    assert shown == {
        "customer": {"address": nowhere | {"region": None, "postalCode": None}},
        "product": {"description": None, "name": "Lantern"},
        "order": {"reference": None, "shippingAddress": nowhere},
    }
