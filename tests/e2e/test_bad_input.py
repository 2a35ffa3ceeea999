"""Whatever a client sends, it is told what is wrong, and nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.server import Accepted, Api, Json, Log, operation
from tests.e2e.shop import ADDRESS, eur, lines, new_customer, new_order, new_product, unique

Refusals = list[tuple[str, list[str] | None]]


@pytest.fixture(scope="module")
def customer(api: Api) -> Accepted:
    return new_customer(api, email="Taken@example.invalid")


@pytest.fixture(scope="module")
def product(api: Api) -> Accepted:
    return new_product(api, sku="TAKEN", initialStock=10)


@pytest.fixture(scope="module")
def yen(api: Api) -> Accepted:
    return new_product(api, price={"amount": "500", "currency": "JPY"}, initialStock=10)


@pytest.fixture(scope="module")
def order(api: Api, customer: Accepted, product: Accepted) -> Accepted:
    return new_order(
        api, customerId=customer.id, items=lines((product, 1)), reference="TAKEN REFERENCE"
    )


@pytest.fixture(autouse=True)
def nothing_is_recorded(
    log: Log, customer: Accepted, product: Accepted, yen: Accepted, order: Accepted
) -> Iterator[None]:
    head, keys = log.head(), log.rows("SELECT count(*) FROM outcomes")
    yield
    assert log.head() == head
    assert log.rows("SELECT count(*) FROM outcomes") == keys


def invalid(*field: str) -> Refusals:
    return [("INVALID_INPUT", list(field))]


LONG = "x" * 201


@pytest.mark.parametrize(
    ("fields", "refusals"),
    [
        ({"name": ""}, invalid("name")),
        ({"name": " \t"}, invalid("name")),
        ({"name": LONG}, invalid("name")),
        ({"name": "nul \x00"}, invalid("name")),
        ({"email": "nobody"}, invalid("email")),
        ({"email": "@home"}, invalid("email")),
        ({"email": "a@b@c"}, invalid("email")),
        ({"email": f"a@{LONG}"}, invalid("email")),
        ({"email": "tAKEN@EXAMPLE.invalid"}, [("ALREADY_EXISTS", ["email"])]),
        ({"address": ADDRESS | {"city": ""}}, invalid("address", "city")),
        ({"address": ADDRESS | {"postalCode": "9" * 501}}, invalid("address", "postalCode")),
        ({"idempotencyKey": LONG}, invalid("idempotencyKey")),
        ({"idempotencyKey": " "}, invalid("idempotencyKey")),
        ({"email": "a\u200bb@example.invalid"}, invalid("email")),
        ({"address": ADDRESS | {"line2": " "}}, invalid("address", "line2")),
        ({"name": "", "email": "nobody"}, [*invalid("name"), *invalid("email")]),
    ],
)
def test_a_customer_that_cannot_be(api: Api, fields: Json, refusals: Refusals) -> None:
    given = {"name": "Ada", "email": f"{unique('a')}@example.invalid"} | fields
    assert api.refused("registerCustomer", **given) == refusals


@pytest.mark.parametrize(
    ("fields", "refusals"),
    [
        ({"sku": ""}, invalid("sku")),
        ({"sku": LONG}, invalid("sku")),
        ({"sku": "TAKEN"}, [("ALREADY_EXISTS", ["sku"])]),
        ({"name": LONG}, invalid("name")),
        ({"description": "x" * 10_001}, invalid("description")),
        ({"category": ""}, invalid("category")),
        ({"price": eur("-0.01")}, invalid("price", "amount")),
        ({"price": eur("0.001")}, invalid("price", "amount")),
        ({"price": eur("100000000.01")}, invalid("price", "amount")),
        ({"price": eur("9" * 30)}, invalid("price", "amount")),
        ({"price": {"amount": "1.5", "currency": "JPY"}}, invalid("price", "amount")),
        ({"price": {"amount": "1", "currency": "ZZZ"}}, invalid("price", "currency")),
        ({"initialStock": -1}, invalid("initialStock")),
    ],
)
def test_a_product_that_cannot_be(api: Api, fields: Json, refusals: Refusals) -> None:
    given = {"sku": unique("S"), "name": "Lamp", "category": "Lights", "price": eur("1.00")}
    assert api.refused("registerProduct", **(given | fields)) == refusals


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 2**31 - 1, -(2**31)])
def test_a_quantity_that_cannot_be(
    api: Api, customer: Accepted, product: Accepted, quantity: int
) -> None:
    received = api.refused("receiveStock", productId=product.id, quantity=quantity)
    assert received == invalid("quantity")
    ordered = api.refused(
        "placeOrder",
        customerId=customer.id,
        items=lines((product, 1), (product, quantity)),
        shippingAddress=ADDRESS,
    )
    assert ordered == invalid("items", "1", "quantity")


NOBODY = Accepted("cus_00000000000000000000000000", 0, "0")
STRANGE_IDS = ("", " ", "prd_", "ord_x", "\x00", "' OR 1=1 --", "$ne", "x" * 100_000)


def test_an_order_without_lines(api: Api, customer: Accepted) -> None:
    given = {"customerId": customer.id, "shippingAddress": ADDRESS}
    assert api.refused("placeOrder", items=[], **given) == invalid("items")


def test_an_order_of_more_lines_than_there_may_be(
    api: Api, customer: Accepted, product: Accepted
) -> None:
    given = {"customerId": customer.id, "shippingAddress": ADDRESS}
    too_many = lines(*[(product, 1)] * 2_001)
    assert api.refused("placeOrder", items=too_many, **given) == invalid("items")


def test_an_order_of_more_than_is_in_stock(api: Api, customer: Accepted, product: Accepted) -> None:
    given = {"customerId": customer.id, "shippingAddress": ADDRESS}
    items = lines((product, 5), (product, 6))
    out_of_stock = [("OUT_OF_STOCK", ["items", "0", "quantity"])]
    assert api.refused("placeOrder", items=items, **given) == out_of_stock


def test_an_order_in_two_currencies(
    api: Api, customer: Accepted, product: Accepted, yen: Accepted
) -> None:
    given = {"customerId": customer.id, "shippingAddress": ADDRESS}
    mismatch = [("CURRENCY_MISMATCH", ["items", "1", "productId"])]
    assert api.refused("placeOrder", items=lines((product, 1), (yen, 1)), **given) == mismatch


def test_an_order_with_a_reference_that_another_has(
    api: Api, customer: Accepted, product: Accepted
) -> None:
    refused = api.refused(
        "placeOrder",
        customerId=customer.id,
        items=lines((product, 1)),
        shippingAddress=ADDRESS,
        reference="TAKEN REFERENCE",
    )
    assert refused == [("ALREADY_EXISTS", ["reference"])]


def test_a_price_in_another_currency(api: Api, yen: Accepted) -> None:
    refused = api.refused("changePrice", productId=yen.id, price=eur("5.00"))
    assert refused == [("CURRENCY_MISMATCH", ["price", "currency"])]


@pytest.mark.parametrize("id", [NOBODY.id, *STRANGE_IDS], ids=range(len(STRANGE_IDS) + 1))
def test_an_id_that_names_nothing(api: Api, customer: Accepted, product: Accepted, id: str) -> None:
    unknown = Accepted(id, 0, "0")
    order = {"items": lines((product, 1)), "shippingAddress": ADDRESS}
    refused = {
        "customerId": api.refused("placeOrder", **(order | {"customerId": id})),
        "productId": api.refused("receiveStock", productId=id, quantity=1),
        "orderId": api.refused("confirmOrder", orderId=id),
    }
    assert refused == {field: [("NOT_FOUND", [field])] for field in refused}
    of_line = order | {"items": lines((product, 1), (unknown, 1)), "customerId": customer.id}
    assert api.refused("placeOrder", **of_line) == [("NOT_FOUND", ["items", "1", "productId"])]
    found = api.data(
        "query Read($id: ID!, $reference: String!) { node(id: $id) { id } order(id: $id) { id }"
        " product(id: $id) { id } customer(id: $id) { id }"
        " orderByReference(reference: $reference) { id } }",
        id=id,
        reference=id,
    )
    nothing: dict[str, None] = dict.fromkeys(found)
    assert found == nothing


def test_a_command_that_the_orders_status_forbids(api: Api, order: Accepted) -> None:
    parcel = {"carrier": "Post", "trackingNumber": "T"}
    assert api.refused("shipOrder", orderId=order.id, **parcel) == [
        ("ORDER_NOT_CONFIRMED", ["orderId"])
    ]
    assert api.refused("deliverOrder", orderId=order.id) == [("ORDER_NOT_SHIPPED", ["orderId"])]


@pytest.mark.parametrize("version", [0, 2, -1, 2**31 - 1])
def test_a_stale_version(api: Api, order: Accepted, product: Accepted, version: int) -> None:
    conflict = [("CONFLICT", ["expectedVersion"])]
    confirm = {"orderId": order.id, "expectedVersion": version}
    change = {"productId": product.id, "price": eur("5.00"), "expectedVersion": version}
    assert api.refused("confirmOrder", **confirm) == conflict
    assert api.refused("changePrice", **change) == conflict


TAKES_MONEY = {"sku": "S", "name": "N", "category": "C"}
TAKES_ITEMS = {"customerId": NOBODY.id, "shippingAddress": ADDRESS}


@pytest.mark.parametrize(
    ("command", "input"),
    [
        ("registerProduct", TAKES_MONEY | {"price": {"amount": 1.5, "currency": "EUR"}}),
        ("registerProduct", TAKES_MONEY | {"price": {"amount": 1, "currency": "EUR"}}),
        *(
            ("registerProduct", TAKES_MONEY | {"price": {"amount": amount, "currency": "EUR"}})
            for amount in ("", "1,50", "1e5", "NaN", "Infinity", "0x10", "1.", ".5", "+1", "٣")
        ),
        ("registerProduct", TAKES_MONEY | {"price": {"amount": "9" * 31, "currency": "EUR"}}),
        *(
            ("registerProduct", TAKES_MONEY | {"price": {"amount": "1", "currency": currency}})
            for currency in ("eur", "EURO", "", "€", 978)
        ),
        ("registerProduct", TAKES_MONEY | {"price": "1.00 EUR"}),
        ("registerProduct", TAKES_MONEY),
        ("registerProduct", TAKES_MONEY | {"price": eur("1"), "initialStock": 2**31}),
        ("registerProduct", TAKES_MONEY | {"price": eur("1"), "colour": "red"}),
        ("receiveStock", {"productId": "prd_1", "quantity": 1.5}),
        ("receiveStock", {"productId": "prd_1", "quantity": "1"}),
        ("receiveStock", {"productId": "prd_1", "quantity": 10**40}),
        ("receiveStock", {"productId": "prd_1", "quantity": True}),
        ("receiveStock", {"productId": "prd_1", "quantity": None}),
        ("receiveStock", {"productId": ["prd_1", "prd_2"], "quantity": 1}),
        ("receiveStock", {"productId": {"$ne": None}, "quantity": 1}),
        ("placeOrder", TAKES_ITEMS | {"items": None}),
        ("placeOrder", TAKES_ITEMS | {"items": [None]}),
        ("placeOrder", TAKES_ITEMS | {"items": "prd_1"}),
        ("placeOrder", TAKES_ITEMS | {"items": [{"productId": "p", "unitPrice": eur("1")}]}),
        ("shipOrder", {"orderId": "ord_1", "carrier": "P", "trackingNumber": 7}),
        *(
            (
                "shipOrder",
                {
                    "orderId": "ord_1",
                    "carrier": "P",
                    "trackingNumber": "T",
                    "estimatedDelivery": instant,
                },
            )
            for instant in (
                "2030-01-01T00:00:00",
                "2030-01-01",
                "2030-02-30T00:00:00Z",
                "2030-01-01T25:00:00Z",
                "tomorrow",
                "0001-01-01T00:00:00+01:00",
                1_900_000_000,
            )
        ),
    ],
)
def test_input_of_a_wrong_type_is_a_request_error(api: Api, command: str, input: Json) -> None:
    response = api.post(operation(command), input=input)
    assert response.status_code == 200
    answered = response.json()
    assert answered.get("data") is None
    assert {error["extensions"]["code"] for error in answered["errors"]} == {"BAD_USER_INPUT"}


def test_a_lone_surrogate_is_a_request_error_wherever_it_stands(api: Api) -> None:
    for command, input in (
        ("registerCustomer", {"name": "\ud800", "email": "a@example.invalid"}),
        ("confirmOrder", {"orderId": "\udfff"}),
        ("confirmOrder", {"orderId": "ord_1", "idempotencyKey": "\ud83d"}),
        ("confirmOrder", {"orderId": "ord_1", "\ud83d": 1}),
    ):
        response = api.post(operation(command), input=input)
        assert response.status_code == 400
        assert [error["extensions"]["code"] for error in response.json()["errors"]] == [
            "BAD_REQUEST"
        ]
    response = api.post('{ order(id: "\\ud800") { id } }')
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == [
        "GRAPHQL_PARSE_FAILED"
    ]


def page(**arguments: Any) -> Json:
    return {
        "query": "query Read($first: Int, $after: String, $last: Int, $before: String,"
        " $p: Position) { orders(first: $first, after: $after, last: $last, before: $before,"
        " minPosition: $p) { nodes { id } } }",
        **arguments,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 0},
        {"first": -1},
        {"first": 101},
        {"last": 0},
        {"last": 101},
        {"first": 1, "last": 1},
        {"first": 2**31},
        {"first": 1.5},
        {"after": ""},
        {"after": "nonsense"},
        {"after": "W10"},
        {"before": "é"},
        {"after": "A" * 100_000},
        {"p": "x"},
        {"p": "-1"},
        {"p": "01"},
        {"p": ""},
        {"p": 1},
        {"p": "9" * 19},
        {"p": "9" * 400},
    ],
    ids=str,
)
def test_a_page_or_a_position_that_cannot_be(api: Api, arguments: Json) -> None:
    asked = page(**arguments)
    assert {code for code, _ in api.errors(asked.pop("query"), **asked)} == {"BAD_USER_INPUT"}


def test_a_cursor_of_another_order_of_the_list_is_refused(api: Api) -> None:
    cursor = api.data("{ orders(first: 1) { edges { cursor } } }")["orders"]["edges"][0]["cursor"]
    other = "query Read($c: String) { orders(sort: PLACED_AT_ASC, after: $c) { nodes { id } } }"
    assert api.errors(other, c=cursor) == [("BAD_USER_INPUT", "orders")]
    of_products = "query Read($c: String) { products(after: $c) { nodes { id } } }"
    assert api.errors(of_products, c=cursor) == [("BAD_USER_INPUT", "products")]
