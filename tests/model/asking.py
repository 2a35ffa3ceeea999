"""What the application answers, compared with what the model says."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from tests.model import listed, queries, seen, summed
from tests.model.questions import ORDER_SORTS, PRODUCT_SORTS, Question
from tests.model.running import Running
from tests.model.shop import Shop
from tests.model.steps import resolved
from tests.model.things import Json


async def same_documents(running: Running, shop: Shop) -> None:
    """Every document, once its view shows the last fact."""
    at = str(shop.position)
    pages = {
        **{id: seen.order_page(shop, order) for id, order in shop.orders.items()},
        **{id: seen.product_page(shop, product) for id, product in shop.products.items()},
        **{id: seen.customer_page(shop, customer) for id, customer in shop.customers.items()},
        "nothing": None,
    }
    nodes = (await running.ask(queries.NODES, min_position=at, ids=list(pages)))["nodes"]
    for node, page in zip(nodes, pages.values(), strict=True):
        assert node == page
    for id, order in shop.orders.items():
        entries = (await running.ask(queries.TIMELINE, id=id, at=at))["orderTimeline"]
        plain = [entry | {"data": msgspec.json.decode(entry["data"])} for entry in entries]
        assert plain == seen.timeline(shop, order)
    answer = await running.ask(queries.STATS, at=at)
    assert answer["categoryStats"] == summed.category_stats(shop)
    await same_sales(running, shop, None)


async def same_sales(running: Running, shop: Shop, currency: str | None) -> None:
    days = [order.placed_at.date() for order in shop.orders.values()]
    first, until = min(days), max(days)
    for start, end in (first, until), (first + timedelta(days=1), until), (first, first):
        given = {"from": start.isoformat(), "to": end.isoformat(), "currency": currency}
        answer = await running.ask(queries.SALES, **given, at=str(shop.position))
        assert answer["sales"] == summed.sales(shop, start, end, currency)


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
        answer = await running.ask(queries.STATS, category=category)
        assert answer["categoryStats"] == summed.category_stats(shop, category)
    for currency in ("EUR", "JPY", "KWD", "USD"):
        await same_sales(running, shop, currency)
    for question in (orders[0], Question({}, "", 100, False)):
        await _same_list(running, shop, queries.CUSTOMERS, listed.customers(shop), question, {})
    for question in (*orders, *(Question({}, sort, 100, False) for sort in ORDER_SORTS)):
        filter = resolved(shop, question.filter)
        given = {"filter": filter, "sort": question.sort}
        expected = listed.orders(shop, filter, question.sort)
        await _same_list(running, shop, queries.ORDERS, expected, question, given)
    for question in (*products, *(Question({}, sort, 100, False) for sort in PRODUCT_SORTS)):
        given = {"filter": question.filter, "sort": question.sort}
        expected = listed.products(shop, question.filter, question.sort)
        await _same_list(running, shop, queries.PRODUCTS, expected, question, given)
    for text in texts:
        await _same_hits(running, shop, text, products[0])
    await _same_projections(running, shop)


async def _same_by_key(running: Running, shop: Shop) -> None:
    async def shows(field: str, argument: str, kind: str, value: str, document: Json) -> None:
        answer = await running.ask(queries.one(field, argument, kind), value=value)
        assert answer == {field: document}

    for order in shop.orders.values():
        page = seen.order_page(shop, order)
        await shows("order", "id", "Order", order.id, page)
        assert await running.ask(queries.NODE, id=order.id) == {"node": page}
        if order.reference is not None:
            await shows("orderByReference", "reference", "Order", order.reference, page)
    for product in shop.products.values():
        page = seen.product_page(shop, product)
        await shows("product", "id", "Product", product.id, page)
        await shows("productBySku", "sku", "Product", product.sku, page)
    for customer in shop.customers.values():
        page = seen.customer_page(shop, customer)
        await shows("customer", "id", "Customer", customer.id, page)
    await shows("order", "id", "Order", "nothing", None)
    await shows("orderByReference", "reference", "Order", "nothing", None)
    await shows("productBySku", "sku", "Product", "nothing", None)


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
        assert answer["nodes"] == expected[start:end]
        cursors = [edge["cursor"] for edge in answer["edges"]]
        assert [edge["node"]["id"] for edge in answer["edges"]] == [
            node["id"] for node in answer["nodes"]
        ]
        assert answer["pageInfo"] == {
            "hasNextPage": end < count,
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }
        assert answer["position"] == str(shop.position)
        if (start == 0) if question.backward else (end == count):
            return
        start, cursor = (start, cursors[0]) if question.backward else (end, cursors[-1])


async def _same_hits(running: Running, shop: Shop, text: str, question: Question) -> None:
    """What is found; in which order beyond what the SKU decides is for MongoDB's scores to say."""
    given = {"filter": question.filter | {"text": text}, "sort": question.sort}
    answer = (await running.ask(queries.PRODUCTS, first=100, **given))["products"]
    shown = [node["id"] for node in answer["nodes"]]
    for together in listed.hits(shop, text, question.filter):
        assert set(shown[: len(together)]) == together
        del shown[: len(together)]
    assert shown == []
    pages = [seen.product_page(shop, shop.products[node["id"]]) for node in answer["nodes"]]
    await _same_list(running, shop, queries.PRODUCTS, pages, question, given)


async def _same_projections(running: Running, shop: Shop) -> None:
    assert (await running.ask(queries.PROJECTIONS))["projections"] == [
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
        for name, count in summed.document_counts(shop).items()
    ]
