"""Lists over HTTP: pages both ways, filters, orders of the list."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.server import Accepted, Api, Json
from tests.e2e.shop import eur, lines, new_customer, new_order, new_product, unique

ORDERS = """
query Read($first: Int, $after: String, $last: Int, $before: String, $filter: OrderFilter,
           $sort: OrderSort, $p: Position) {
  list: orders(first: $first, after: $after, last: $last, before: $before, filter: $filter,
               sort: $sort, minPosition: $p) {
    edges { cursor node { id } } nodes { id status placedAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } position
  }
}
"""
PRODUCTS = """
query Read($first: Int, $after: String, $filter: ProductFilter, $sort: ProductSort, $p: Position) {
  list: products(first: $first, after: $after, filter: $filter, sort: $sort, minPosition: $p) {
    edges { cursor node { id } } nodes { id name }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } position
  }
}
"""


def listed(api: Api, query: str, **arguments: Any) -> Json:
    found: Json = api.data(query, **arguments)["list"]
    edges, info = found["edges"], found["pageInfo"]
    assert [edge["node"]["id"] for edge in edges] == ids(found)
    ends = (edges[0]["cursor"], edges[-1]["cursor"]) if edges else (None, None)
    assert (info["startCursor"], info["endCursor"]) == ends
    return found


def ids(page: Json) -> list[str]:
    return [node["id"] for node in page["nodes"]]


def more(page: Json) -> tuple[bool, bool]:
    return page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]


class Orders:
    """Five orders of one customer, oldest first."""

    def __init__(self, api: Api) -> None:
        self.customer = new_customer(api)
        self.product = new_product(api, initialStock=100)
        self.ids = [self.another(api).id for _ in range(5)]
        self.of_customer = {"customerId": self.customer.id}

    def another(self, api: Api) -> Accepted:
        self.last = new_order(api, customerId=self.customer.id, items=lines((self.product, 1)))
        return self.last

    def page(self, api: Api, **arguments: Any) -> Json:
        given = {"p": self.last.position, "filter": self.of_customer} | arguments
        return listed(api, ORDERS, **given)


@pytest.fixture
def orders(api: Api) -> Orders:
    return Orders(api)


def test_orders_are_read_forwards_newest_first_by_default(api: Api, orders: Orders) -> None:
    newest_first = orders.ids[::-1]
    first = orders.page(api, first=2)
    assert (ids(first), more(first)) == (newest_first[:2], (False, True))
    second = orders.page(api, first=2, after=first["pageInfo"]["endCursor"])
    assert (ids(second), more(second)) == (newest_first[2:4], (True, True))
    third = orders.page(api, first=2, after=second["pageInfo"]["endCursor"])
    assert (ids(third), more(third)) == (newest_first[4:], (True, False))
    beyond = orders.page(api, first=2, after=third["pageInfo"]["endCursor"])
    assert (ids(beyond), more(beyond)) == ([], (True, False))


def test_orders_are_read_backwards_from_the_end(api: Api, orders: Orders) -> None:
    newest_first = orders.ids[::-1]
    last = orders.page(api, last=2)
    assert (ids(last), more(last)) == (newest_first[3:], (True, False))
    before = orders.page(api, last=2, before=last["pageInfo"]["startCursor"])
    assert (ids(before), more(before)) == (newest_first[1:3], (True, True))
    rest = orders.page(api, last=2, before=before["pageInfo"]["startCursor"])
    assert (ids(rest), more(rest)) == (newest_first[:1], (False, True))


def test_orders_are_read_between_two_cursors(api: Api, orders: Orders) -> None:
    oldest_first = {"sort": "PLACED_AT_ASC"}
    everything = orders.page(api, **oldest_first)
    assert (ids(everything), more(everything)) == (orders.ids, (False, False))
    cursors = [edge["cursor"] for edge in everything["edges"]]
    between = {"after": cursors[0], "before": cursors[4]}
    assert ids(orders.page(api, **oldest_first, **between)) == orders.ids[1:4]
    assert ids(orders.page(api, first=2, **oldest_first, **between)) == orders.ids[1:3]
    assert ids(orders.page(api, last=2, **oldest_first, **between)) == orders.ids[2:4]


def test_an_order_placed_meanwhile_moves_no_page(api: Api, orders: Orders) -> None:
    newest_first = orders.ids[::-1]
    first = orders.page(api, first=2)
    another = orders.another(api)
    second = orders.page(api, first=2, after=first["pageInfo"]["endCursor"])
    assert ids(second) == newest_first[2:4]
    back = orders.page(api, last=5, before=second["pageInfo"]["startCursor"])
    assert ids(back) == [another.id, *newest_first[:2]]


def test_orders_are_narrowed_by_status_and_by_when_they_were_placed(
    api: Api, orders: Orders
) -> None:
    api.accepted("confirmOrder", orderId=orders.ids[0])
    api.accepted("confirmOrder", orderId=orders.ids[1])
    cancelled = api.accepted("cancelOrder", orderId=orders.ids[1], reason="No")

    def found(**filter: Any) -> list[str]:
        narrowed = orders.of_customer | filter
        sort = {"sort": "PLACED_AT_ASC", "p": cancelled.position}
        return ids(orders.page(api, filter=narrowed, **sort))

    assert found(status=["CONFIRMED"]) == orders.ids[:1]
    assert found(status=["CANCELLED", "CONFIRMED"]) == orders.ids[:2]
    assert found(status=["PENDING"]) == orders.ids[2:]
    assert found(status=["DELIVERED"]) == []
    times = {node["id"]: node["placedAt"] for node in orders.page(api)["nodes"]}
    from_third = [id for id in orders.ids if times[id] >= times[orders.ids[2]]]
    before_third = [id for id in orders.ids if times[id] < times[orders.ids[2]]]
    assert found(placedFrom=times[orders.ids[2]]) == from_third
    assert found(placedBefore=times[orders.ids[2]]) == before_third


def test_a_page_has_twenty_entries_where_nothing_is_asked(api: Api, orders: Orders) -> None:
    for _ in range(16):
        orders.another(api)
    page = orders.page(api)
    assert (len(page["nodes"]), more(page)) == (20, (False, True))
    assert int(page["position"]) >= int(orders.last.position)


class Shelf:
    """Four products of one category: by name, price and sales in a different order each."""

    def __init__(self, api: Api) -> None:
        self.category = unique("shelf")
        self.desk = self._product(api, "desk", eur("30.00"))
        self.chair = self._product(api, "Chair", eur("9.99"))
        self.apple = self._product(api, "apple", {"amount": "5", "currency": "USD"})
        self.empty = self._product(api, "Bin", eur("10.00"), stock=0)
        buyer = new_customer(api)
        for product, quantity in ((self.desk, 3), (self.apple, 7), (self.chair, 5)):
            last = new_order(api, customerId=buyer.id, items=lines((product, quantity)))
        self.position = last.position

    def _product(self, api: Api, name: str, price: Json, stock: int = 10) -> Accepted:
        return new_product(api, name=name, category=self.category, price=price, initialStock=stock)

    def names(self, api: Api, sort: str | None = None, **filter: Any) -> list[str]:
        return [node["name"] for node in self.page(api, sort=sort, filter=filter)["nodes"]]

    def page(self, api: Api, **arguments: Any) -> Json:
        filter = {"category": self.category} | arguments.pop("filter", {})
        return listed(api, PRODUCTS, p=self.position, filter=filter, **arguments)


@pytest.fixture(scope="module")
def shelf(api: Api) -> Shelf:
    return Shelf(api)


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        (None, ["apple", "Bin", "Chair", "desk"]),
        ("NAME_ASC", ["apple", "Bin", "Chair", "desk"]),
        ("PRICE_ASC", ["Chair", "Bin", "desk", "apple"]),
        ("PRICE_DESC", ["apple", "desk", "Bin", "Chair"]),
        ("BEST_SELLING", ["apple", "Chair", "desk", "Bin"]),
    ],
)
def test_products_come_in_the_order_that_is_asked_for(
    api: Api, shelf: Shelf, sort: str | None, names: list[str]
) -> None:
    assert shelf.names(api, sort) == names
    one_by_one, after = [], None
    for _ in names:
        page = shelf.page(api, sort=sort, first=1, after=after)
        one_by_one += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert (one_by_one, page["pageInfo"]["hasNextPage"]) == (names, False)


def test_products_are_narrowed_to_what_is_in_stock(api: Api, shelf: Shelf) -> None:
    assert shelf.names(api, inStock=True) == ["apple", "Chair", "desk"]
    assert shelf.names(api, inStock=False) == ["Bin"]
    assert shelf.names(api, category=unique("nowhere")) == []
