"""An order from mutation to document, through the real server."""

from __future__ import annotations

from tests.schema.edge import ADDRESS, Edge

PLACE = """
mutation($input: PlaceOrderInput!) { placeOrder(input: $input) {
  position version orderId userErrors { code }
  order {
    id reference customerId customerName itemCount status version position
    items { productId sku productName quantity unitPrice { amount currency } subtotal { amount } }
    total { amount currency } shippingAddress { recipient line1 city postalCode country }
    statusHistory { status note } availableCommands { name allowed reason }
    estimatedDelivery carrier cancellationReason
  } } }
"""


def test_placing_an_order_answers_the_document_that_it_made(edge: Edge) -> None:
    product, customer = edge.new_product(price="12.50"), edge.new_customer()
    placed = edge.data(
        PLACE,
        input={
            "customerId": customer,
            "items": [{"productId": product, "quantity": 3}],
            "shippingAddress": ADDRESS | {"postalCode": "T12"},
            "reference": "R-1",
        },
    )["placeOrder"]
    order = placed["order"]
    sku = edge.data(
        "query($id: ID!, $at: Position) { product(id: $id, minPosition: $at) { sku } }",
        id=product,
        at=placed["position"],
    )["product"]["sku"]
    assert placed["userErrors"] == []
    assert placed["version"] == 1
    assert order["id"] == placed["orderId"]
    # The order's own fact is followed by that of the stock, which its document does not show.
    assert int(order["position"]) == int(placed["position"]) - 1
    assert order["items"] == [
        {
            "productId": product,
            "sku": sku,
            "productName": "Lamp",
            "quantity": 3,
            "unitPrice": {"amount": "12.50", "currency": "EUR"},
            "subtotal": {"amount": "37.50"},
        }
    ]
    assert order["total"] == {"amount": "37.50", "currency": "EUR"}
    assert order["shippingAddress"] == {
        "recipient": None,
        "line1": "1 Quay",
        "city": "Cork",
        "postalCode": "T12",
        "country": "IE",
    }
    assert (order["reference"], order["customerId"], order["itemCount"]) == ("R-1", customer, 1)
    assert order["statusHistory"] == [{"status": "PENDING", "note": None}]
    assert [each["name"] for each in order["availableCommands"] if each["allowed"]] == [
        "confirmOrder",
        "cancelOrder",
        "changeShippingAddress",
    ]


def test_an_order_goes_its_whole_way(edge: Edge) -> None:
    order = edge.new_order()
    edge.command("confirmOrder", orderId=order, expectedVersion=1)
    edge.command(
        "shipOrder",
        orderId=order,
        carrier="Post",
        trackingNumber="T-1",
        estimatedDelivery="2030-01-02T03:04:05+01:00",
    )
    delivered = edge.command("deliverOrder", orderId=order)
    shown = edge.data(
        "query($id: ID!, $at: Position) { order(id: $id, minPosition: $at) {"
        " status version carrier trackingNumber estimatedDelivery statusHistory { status } } }",
        id=order,
        at=delivered["position"],
    )["order"]
    assert shown == {
        "status": "DELIVERED",
        "version": 4,
        "carrier": "Post",
        "trackingNumber": "T-1",
        "estimatedDelivery": "2030-01-02T02:04:05.000Z",
        "statusHistory": [
            {"status": status} for status in ("PENDING", "CONFIRMED", "SHIPPED", "DELIVERED")
        ],
    }


def test_what_is_listed_is_paged_both_ways_by_cursors(edge: Edge) -> None:
    customer, product = edge.new_customer(), edge.new_product(stock=100)
    placed = [
        edge.command(
            "placeOrder",
            customerId=customer,
            items=[{"productId": product, "quantity": 1}],
            shippingAddress=ADDRESS,
        )
        for _ in range(5)
    ]
    newest_first = [each["orderId"] for each in reversed(placed)]
    page = (
        "query($c: ID!, $first: Int, $after: String, $last: Int, $before: String, $at: Position) {"
        " orders(first: $first, after: $after, last: $last, before: $before,"
        " filter: {customerId: $c}, minPosition: $at) { nodes { id } edges { cursor node { id } }"
        " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } position } }"
    )
    at = placed[-1]["position"]
    first = edge.data(page, c=customer, first=2, at=at)["orders"]
    assert [each["id"] for each in first["nodes"]] == newest_first[:2]
    assert [each["node"]["id"] for each in first["edges"]] == newest_first[:2]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": first["edges"][0]["cursor"],
        "endCursor": first["edges"][1]["cursor"],
    }
    assert int(first["position"]) >= int(at)
    end = first["pageInfo"]["endCursor"]
    rest = edge.data(page, c=customer, first=100, after=end)["orders"]
    assert [each["id"] for each in rest["nodes"]] == newest_first[2:]
    assert rest["pageInfo"]["hasNextPage"] is False
    last = edge.data(page, c=customer, last=1, before=end)["orders"]
    assert [each["id"] for each in last["nodes"]] == newest_first[:1]
    everything = edge.data(page, c=customer)["orders"]
    assert [each["id"] for each in everything["nodes"]] == newest_first


def test_an_empty_list_has_no_cursors(edge: Edge) -> None:
    shown = edge.data(
        '{ orders(filter: {customerId: "cus_none"}) { nodes { id } pageInfo {'
        " hasNextPage hasPreviousPage startCursor endCursor } } }"
    )["orders"]
    assert shown == {
        "nodes": [],
        "pageInfo": {
            "hasNextPage": False,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }


def test_the_catalogue_is_filtered_and_sorted(edge: Edge) -> None:
    edge.new_product(name="zebra", category="Sorted", price="1.00", stock=0)
    edge.new_product(name="Apple", category="Sorted", price="3.00")
    made = edge.command(
        "registerProduct",
        sku="last-of-sorted",
        name="mango",
        category="Sorted",
        price={"amount": "2", "currency": "EUR"},
        initialStock=1,
    )
    query = (
        "query($sort: ProductSort, $inStock: Boolean, $at: Position) { products(sort: $sort,"
        ' minPosition: $at, filter: {category: "Sorted", inStock: $inStock}) { nodes { name } } }'
    )

    def names(**variables: object) -> list[str]:
        shown = edge.data(query, at=made["position"], **variables)["products"]
        return [each["name"] for each in shown["nodes"]]

    assert names() == ["Apple", "mango", "zebra"]
    assert names(sort=None) == ["Apple", "mango", "zebra"]
    assert names(sort="PRICE_DESC") == ["Apple", "mango", "zebra"]
    assert names(sort="PRICE_ASC", inStock=True) == ["mango", "Apple"]
    assert names(inStock=False) == ["zebra"]


def test_nodes_are_found_by_id_in_the_order_asked_for(edge: Edge) -> None:
    product, order = edge.new_product(), edge.new_order()
    placed = edge.command("confirmOrder", orderId=order)
    edge.data(
        "query($id: ID!, $at: Position) { order(id: $id, minPosition: $at) { id } }",
        id=order,
        at=placed["position"],
    )
    found = edge.data(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { status } } }",
        ids=[order, "ord_none", "no-prefix", product, "xyz_1"],
    )["nodes"]
    assert found == [
        {"__typename": "Order", "id": order, "status": "CONFIRMED"},
        None,
        None,
        {"__typename": "Product", "id": product},
        None,
    ]
    node = edge.data("query($id: ID!) { node(id: $id) { __typename id } }", id=product)["node"]
    assert node == {"__typename": "Product", "id": product}


def test_an_order_is_found_by_its_reference(edge: Edge) -> None:
    order = edge.new_order(reference="by-reference")
    at = edge.command("confirmOrder", orderId=order)["position"]
    query = (
        "query($reference: String!, $at: Position) {"
        " orderByReference(reference: $reference, minPosition: $at) { id } }"
    )
    assert edge.data(query, reference="by-reference", at=at)["orderByReference"] == {"id": order}
    assert edge.data(query, reference="By-Reference", at=at)["orderByReference"] is None


def test_a_customer_shows_what_they_spent(edge: Edge) -> None:
    customer = edge.new_customer()
    kept, cancelled = (
        edge.command(
            "placeOrder",
            customerId=customer,
            items=[{"productId": edge.new_product(price="1.25"), "quantity": 2}],
            shippingAddress=ADDRESS,
        )["orderId"]
        for _ in range(2)
    )
    at = edge.command("cancelOrder", orderId=cancelled, reason="Twice")["position"]
    shown = edge.data(
        "query($id: ID!, $at: Position) { customer(id: $id, minPosition: $at) { name orderCount"
        " openOrderCount cancelledOrderCount lifetimeValue { amount currency } } }",
        id=customer,
        at=at,
    )["customer"]
    assert kept != cancelled
    assert shown == {
        "name": "Ada",
        "orderCount": 2,
        "openOrderCount": 1,
        "cancelledOrderCount": 1,
        "lifetimeValue": [{"amount": "2.50", "currency": "EUR"}],
    }


def test_the_same_key_answers_the_first_outcome_again(edge: Edge) -> None:
    order = edge.new_order()
    first = edge.command("confirmOrder", orderId=order, idempotencyKey="again")
    assert edge.command("confirmOrder", orderId=order, idempotencyKey="again") == first
    reused = edge.command("confirmOrder", orderId="ord_other", idempotencyKey="again")
    assert [error["code"] for error in reused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


def test_mutations_of_one_request_are_run_one_after_the_other(edge: Edge) -> None:
    order = edge.new_order()
    done = edge.data(
        """mutation($id: ID!) {
          a: confirmOrder(input: {orderId: $id}) { version userErrors { code } }
          b: confirmOrder(input: {orderId: $id}) { version userErrors { code } }
          c: cancelOrder(input: {orderId: $id, reason: "No"}) { version order { status } }
        }""",
        id=order,
    )
    assert done == {
        "a": {"version": 2, "userErrors": []},
        "b": {"version": None, "userErrors": [{"code": "ORDER_NOT_PENDING"}]},
        "c": {"version": 3, "order": {"status": "CANCELLED"}},
    }


def test_orders_are_narrowed_by_status_and_time(edge: Edge) -> None:
    customer, product = edge.new_customer(), edge.new_product(stock=100)

    def place() -> str:
        items = [{"productId": product, "quantity": 1}]
        placed = edge.command(
            "placeOrder", customerId=customer, items=items, shippingAddress=ADDRESS
        )
        id: str = placed["orderId"]
        return id

    pending, cancelled, confirmed = place(), place(), place()
    edge.command("cancelOrder", orderId=cancelled, reason="No")
    at = edge.command("confirmOrder", orderId=confirmed)["position"]
    query = (
        "query($filter: OrderFilter, $at: Position) { orders(filter: $filter, sort: PLACED_AT_ASC,"
        " minPosition: $at) { nodes { id placedAt } } }"
    )

    def listed(**narrowed: object) -> list[str]:
        given = {"customerId": customer} | narrowed
        nodes = edge.data(query, filter=given, at=at)["orders"]["nodes"]
        return [node["id"] for node in nodes]

    assert listed() == [pending, cancelled, confirmed]
    assert listed(status=None, placedFrom=None) == [pending, cancelled, confirmed]
    assert listed(status=["PENDING", "CONFIRMED"]) == [pending, confirmed]
    assert listed(status=[]) == []
    shown = edge.data(query, filter={"customerId": customer}, at=at)["orders"]["nodes"]
    second = shown[1]["placedAt"]
    assert cancelled in listed(placedFrom=second)
    assert cancelled not in listed(placedBefore=second)
    assert listed(placedFrom="2999-01-01T00:00:00+02:00") == []
    just_above = second.replace("Z", "0001Z")
    assert cancelled in listed(placedBefore=just_above)
    assert cancelled not in listed(placedFrom=just_above)


def test_null_in_an_input_means_its_default(edge: Edge) -> None:
    product = edge.new_product(initialStock=None, description=None)
    query = (
        "query($id: ID!) { product(id: $id) { available description }"
        ' products(filter: {category: "none", includeDiscontinued: null, inStock: null})'
        " { nodes { id } } }"
    )
    edge.data(
        "query($id: ID!, $at: Position) { product(id: $id, minPosition: $at) { id } }",
        id=product,
        at=edge.command("receiveStock", productId=product, quantity=7)["position"],
    )
    assert edge.data(query, id=product) == {
        "product": {"available": 7, "description": None},
        "products": {"nodes": []},
    }
