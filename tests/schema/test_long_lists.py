"""Lists that are longer than any may be: refused as one that is too long by one, at no greater
cost."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse, print_ast

from schema.serving.lists import LONGEST_LIST, cut_lists, cut_lists_in_text, has_many_values
from tests.schema.edge import ADDRESS, Edge

PLACE = "mutation($input: PlaceOrderInput!) { %s }"
REFUSED = {
    "orderId": None,
    "userErrors": [
        {
            "code": "INVALID_INPUT",
            "message": "An order has 1 to 2,000 lines; this has more.",
            "field": ["items"],
        }
    ],
}
PLACED = "placeOrder(input: $input) { orderId userErrors { code message field } }"


@pytest.mark.parametrize("lines", [2_001, 12_000, 25_000])
def test_an_order_of_too_many_lines_is_refused_as_one_of_one_too_many(
    edge: Edge, lines: int
) -> None:
    items = [{"productId": "p", "quantity": 1}] * lines
    given = {"customerId": "cus_x", "shippingAddress": ADDRESS, "items": items}
    once = edge.data(PLACE % PLACED, input=given)
    assert once == {"placeOrder": REFUSED}
    often = edge.data(PLACE % " ".join(f"a{n}: {PLACED}" for n in range(20)), input=given)
    assert list(often.values()) == [REFUSED] * 20


def test_the_same_written_out_in_the_text(edge: Edge) -> None:
    lines = " ".join(['{productId: "p", quantity: 1}'] * 2_500)
    address = 'shippingAddress: {line1: "a", city: "b", country: "IE"}'
    placed = PLACED.replace("$input", f'{{customerId: "c", {address}, items: [{lines}]}}')
    assert edge.data(f"mutation {{ {placed} }}") == {"placeOrder": REFUSED}


@pytest.mark.parametrize("count", [101, 2_001, 20_000])
def test_more_ids_than_possible_are_refused(edge: Edge, count: int) -> None:
    answer = edge.post("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * count})
    (error,) = answer.json()["errors"]
    assert error["message"] == "At most 100 ids are possible at a time; these are more."
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}


def test_a_filter_takes_a_list_of_any_length(edge: Edge) -> None:
    query = "query($filter: OrderFilter) { orders(filter: $filter) { nodes { status } } }"
    customer = edge.new_customer()
    edge.new_order(customerId=customer)
    for statuses in (["SHIPPED"] * 50_000, ["SHIPPED"]):
        found = edge.data(query, filter={"status": statuses, "customerId": customer})
        assert found == {"orders": {"nodes": []}}


def test_what_is_beyond_the_longest_list_is_not_looked_at() -> None:
    inner = list(range(LONGEST_LIST + 5))
    cut = cut_lists({"a": [{"b": inner}], "c": inner, "d": "text", "e": None})
    assert cut == {"a": [{"b": inner[:-5]}], "c": inner[:-5], "d": "text", "e": None}
    text = "{ a(b: [%s], c: [1]) }"
    document = cut_lists_in_text(parse(text % ", ".join(map(str, inner))))
    assert print_ast(document) == print_ast(parse(text % ", ".join(map(str, inner[:-5]))))


@pytest.mark.parametrize(
    ("variables", "many"),
    [
        (None, False),
        ({"a": {"b": [1] * 900}}, False),
        ({"a": {"b": [1] * 1_000}}, True),
        ({"a": [{"b": {"c": 1}}] * 400}, True),
    ],
)
def test_many_values_are_noticed(variables: dict[str, Any] | None, many: bool) -> None:
    assert has_many_values(variables) is many
