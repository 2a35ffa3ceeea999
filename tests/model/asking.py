"""What is asked of the application, and compared with what the model says."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
from graphql import GraphQLObjectType, get_named_type

from schema.api import SCHEMA
from tests.model import listed, seen
from tests.model.running import Running
from tests.model.shop import Json, Shop
from tests.model.steps import Question, resolved


@cache
def everything(name: str) -> str:
    """A selection of all that there is in a type."""
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    fields = []
    for field, declared in kind.fields.items():
        inner = get_named_type(declared.type)
        is_object = isinstance(inner, GraphQLObjectType)
        fields.append(f"{field} {everything(inner.name)}" if is_object else field)
    return f"{{ {' '.join(fields)} }}"


NODES = f"""
query($ids: [ID!]!, $at: Position) {{ nodes(ids: $ids, minPosition: $at) {{
  ... on Order {everything("Order")}
  ... on Product {everything("Product")}
  ... on Customer {everything("Customer")}
}} }}"""
NODE = NODES.replace("$ids: [ID!]!", "$ids: ID!").replace("nodes(ids:", "node(id:")


def one(field: str, argument: str, kind: str) -> str:
    given = "ID!" if argument == "id" else "String!"
    return (
        f"query($value: {given}, $at: Position)"
        f" {{ {field}({argument}: $value, minPosition: $at) {everything(kind)} }}"
    )


TIMELINE = f"""
query($id: ID!, $at: Position) {{
  orderTimeline(orderId: $id, minPosition: $at) {everything("TimelineEntry")}
}}"""
STATS = f"""
query($category: String, $at: Position) {{
  categoryStats(category: $category, minPosition: $at) {everything("CategoryStats")}
}}"""
SALES = f"""
query($from: Date!, $to: Date!, $currency: CurrencyCode, $at: Position) {{
  sales(from: $from, to: $to, currency: $currency, minPosition: $at) {everything("SalesDay")}
}}"""
PROJECTIONS = """{ projections {
  name state position headPosition lagEvents lagSeconds documentCount quarantinedCount progress
  stalledBy
} }"""


def page(field: str, kind: str, narrowing: Sequence[tuple[str, str]]) -> str:
    """A query for a page of a list; `narrowing` is what else it takes, with its type."""
    declared = "".join(f" ${name}: {given}" for name, given in narrowing)
    passed = "".join(f" {name}: ${name}" for name, _ in narrowing)
    return f"""
query($first: Int, $after: String, $last: Int, $before: String, $at: Position{declared}) {{
  {field}(first: $first, after: $after, last: $last, before: $before, minPosition: $at{passed}) {{
    edges {{ cursor node {{ id }} }}
    nodes {everything(kind)}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
    position
  }}
}}"""


ORDERS = page("orders", "OrderListItem", [("filter", "OrderFilter"), ("sort", "OrderSort")])
PRODUCTS = page("products", "Product", [("filter", "ProductFilter"), ("sort", "ProductSort")])
CUSTOMERS = page("customers", "Customer", [])


async def same_documents(running: Running, shop: Shop) -> None:
    """Every document, once its view shows the last fact."""
    at = str(shop.position)
    ids = ["nothing", *shop.orders, *shop.products, *shop.customers]
    assert (await running.ask(NODES, ids=ids, at=at))["nodes"] == [
        None,
        *(seen.order_page(shop, order) for order in shop.orders.values()),
        *(seen.product_page(shop, product) for product in shop.products.values()),
        *(seen.customer_page(shop, customer) for customer in shop.customers.values()),
    ]
    for id, order in shop.orders.items():
        entries = (await running.ask(TIMELINE, id=id, at=at))["orderTimeline"]
        plain = [entry | {"data": msgspec.json.decode(entry["data"])} for entry in entries]
        assert plain == seen.timeline(shop, order)
    answer = await running.ask(STATS, at=at)
    assert answer["categoryStats"] == seen.category_stats(shop)
    await same_sales(running, shop, None)


async def same_sales(running: Running, shop: Shop, currency: str | None) -> None:
    days = [order.placed_at.date() for order in shop.orders.values()]
    first, until = min(days), max(days)
    for start, end in (first, until), (first + timedelta(days=1), until), (first, first):
        given = {"from": start.isoformat(), "to": end.isoformat(), "currency": currency}
        answer = await running.ask(SALES, **given, at=str(shop.position))
        assert answer["sales"] == seen.sales(shop, start, end, currency)


async def same_everywhere(
    running: Running,
    shop: Shop,
    orders: Sequence[Question],
    products: Sequence[Question],
    texts: Sequence[str],
) -> None:
    """Every view in every way, with these questions for the lists; all views are level."""
    await same_documents(running, shop)
    await _same_by_key(running, shop)
    for category in {product.category for product in shop.products.values()} | {"nothing"}:
        answer = await running.ask(STATS, category=category)
        assert answer["categoryStats"] == seen.category_stats(shop, category)
    for currency in ("EUR", "JPY", "KWD", "USD"):
        await same_sales(running, shop, currency)
    for question in (orders[0], Question({}, "", 100, False)):
        await _same_list(running, shop, CUSTOMERS, listed.customers(shop), question, {})
    for question in (*orders, *(Question({}, sort, 100, False) for sort in ORDER_SORTS)):
        filter = resolved(shop, question.filter)
        given = {"filter": filter, "sort": question.sort}
        expected = listed.orders(shop, filter, question.sort)
        await _same_list(running, shop, ORDERS, expected, question, given)
    for question in (*products, *(Question({}, sort, 100, False) for sort in PRODUCT_SORTS)):
        given = {"filter": question.filter, "sort": question.sort}
        expected = listed.products(shop, question.filter, question.sort)
        await _same_list(running, shop, PRODUCTS, expected, question, given)
    for text in texts:
        await _same_hits(running, shop, text, products[0])
    await _same_projections(running, shop)


ORDER_SORTS = ("PLACED_AT_DESC", "PLACED_AT_ASC")
PRODUCT_SORTS = ("NAME_ASC", "PRICE_ASC", "PRICE_DESC", "BEST_SELLING")


async def _same_by_key(running: Running, shop: Shop) -> None:
    for order in shop.orders.values():
        shown = seen.order_page(shop, order)
        assert await running.ask(one("order", "id", "Order"), value=order.id) == {"order": shown}
        assert await running.ask(NODE, ids=order.id) == {"node": shown}
        if order.reference is not None:
            query = one("orderByReference", "reference", "Order")
            answer = await running.ask(query, value=order.reference)
            assert answer == {"orderByReference": shown}
    for product in shop.products.values():
        shown = seen.product_page(shop, product)
        answer = await running.ask(one("product", "id", "Product"), value=product.id)
        assert answer == {"product": shown}
        answer = await running.ask(one("productBySku", "sku", "Product"), value=product.sku)
        assert answer == {"productBySku": shown}
    for customer in shop.customers.values():
        shown = seen.customer_page(shop, customer)
        answer = await running.ask(one("customer", "id", "Customer"), value=customer.id)
        assert answer == {"customer": shown}
    for field, argument, kind in (
        ("order", "id", "Order"),
        ("orderByReference", "reference", "Order"),
        ("productBySku", "sku", "Product"),
    ):
        assert await running.ask(one(field, argument, kind), value="nothing") == {field: None}


async def _same_list(
    running: Running,
    shop: Shop,
    query: str,
    expected: Sequence[Json],
    question: Question,
    given: dict[str, Any],
) -> None:
    """Page by page, from either end, with what is said of what lies around."""
    count, size = len(expected), question.size
    start, cursor = count if question.backward else 0, None
    while True:
        if question.backward:
            bounds = {"last": size, "before": cursor}
            start, end = max(0, start - size), start
        else:
            bounds = {"first": size, "after": cursor}
            end = min(count, start + size)
        (answer,) = (await running.ask(query, **bounds, **given)).values()
        assert answer["nodes"] == expected[start:end], (given, bounds)
        cursors = [edge["cursor"] for edge in answer["edges"]]
        assert [edge["node"]["id"] for edge in answer["edges"]] == [
            node["id"] for node in answer["nodes"]
        ]
        assert answer["pageInfo"] == {
            "hasNextPage": end < count,
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }, (given, bounds)
        assert answer["position"] == str(shop.position)
        if start == 0 if question.backward else end == count:
            return
        start, cursor = (start, cursors[0]) if question.backward else (end, cursors[-1])


async def _same_hits(running: Running, shop: Shop, text: str, question: Question) -> None:
    """What is found; in which order beyond what the SKU decides is for MongoDB's scores to say."""
    given = {"filter": question.filter | {"text": text}, "sort": question.sort}
    answer = (await running.ask(PRODUCTS, first=100, **given))["products"]
    shown = [node["id"] for node in answer["nodes"]]
    for together in listed.hits(shop, text, question.filter):
        assert set(shown[: len(together)]) == together, (text, question.filter)
        del shown[: len(together)]
    assert shown == []
    pages = [seen.product_page(shop, shop.products[node["id"]]) for node in answer["nodes"]]
    await _same_list(running, shop, PRODUCTS, pages, question, given)


async def _same_projections(running: Running, shop: Shop) -> None:
    assert (await running.ask(PROJECTIONS))["projections"] == [
        {
            "name": name,
            "state": "RUNNING",
            "position": str(shop.position),
            "headPosition": str(shop.position),
            "lagEvents": 0,
            "lagSeconds": 0.0,
            "documentCount": count,
            "quarantinedCount": 0,
            "progress": None,
            "stalledBy": None,
        }
        for name, count in seen.document_counts(shop).items()
    ]
