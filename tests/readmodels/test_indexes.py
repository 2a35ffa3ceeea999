"""Every list is walked along an index: no collection is scanned, and nothing sorted in memory."""

from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product as combinations
from typing import Any, cast

import pytest

from readmodels.category_stats import CategoryStats, OfCategory
from readmodels.customer import Customer
from readmodels.order import Order, OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem
from readmodels.order_timeline import OfOrder, TimelineEntry
from readmodels.product import Product, ProductFilter
from readmodels.sales_day import SalesDay, SalesPeriod
from readmodels.store import PageRequest, Store
from readmodels.store.cursors import sorting_of
from readmodels.store.lists import Listing, beyond
from readmodels.store.parts import parts_of, ranked_parts
from readmodels.store.queries import query_of
from readmodels.store.search import prefix_found, words_found
from readmodels.values import Currency, Id, Money
from readmodels.view import Filter, ascending, view_of
from tests.readmodels.documents import (
    DAY,
    customer,
    list_item,
    product,
    put,
    sales_day,
    timeline_entry,
)
from tests.stores import opened_store


def stages(plan: Any) -> Iterator[str]:
    """The names of all steps of a query plan."""
    if isinstance(plan, Mapping):
        if "stage" in plan:
            yield plan["stage"]
        for value in plan.values():
            yield from stages(value)
    elif isinstance(plan, list):
        for value in plan:
            yield from stages(value)


async def plans(
    store: Store, document: type[Any], filters: Sequence[Filter | None], middle: Any
) -> dict[str, set[str]]:
    """The steps of each combination that MongoDB would take against the collection or memory."""
    bad = {}
    collection = store._connection.collection(store.checkpoint(document).collection)
    for sort, filter, (backward, start) in combinations(
        view_of(document).sorts, filters, combinations([False, True], ["none", "one", "both"])
    ):
        sorting = sorting_of(cast(Hashable, document), sort)
        place = sorting.cursor_of(middle)
        request = PageRequest(
            filter=filter,
            sort=sort,
            first=None if backward else 5,
            last=5 if backward else None,
            after=place if start == "both" or (start == "one" and not backward) else None,
            before=place if start == "both" or (start == "one" and backward) else None,
        )
        listing = Listing(view_of(document), sorting, request)
        query, ordering = listing.page()
        explained = await collection.find(
            query, sort=ordering, limit=listing.limit, hint=listing.index
        ).explain()
        found = set(stages(explained["queryPlanner"]["winningPlan"]))
        assert "IXSCAN" in found
        if found & {"COLLSCAN", "SORT"}:
            bad[f"{sort} {filter} backward={backward} cursors={start}"] = found
    return bad


async def plan_of_all(store: Store, document: type[Any], filter: Filter) -> set[str]:
    """The steps in which all that a filter leaves is read."""
    collection = store._connection.collection(store.checkpoint(document).collection)
    ordering = next(iter(view_of(document).sorts.values())).ordering
    explained = await collection.find(query_of(filter), sort=ordering).explain()
    return set(stages(explained["queryPlanner"]["winningPlan"]))


@pytest.fixture
async def store(mongo_url: str) -> AsyncIterator[Store]:
    """The same plans come of both drivers."""
    async with opened_store(mongo_url) as store:
        yield store


@pytest.mark.parametrize("size", [3, 400])
async def test_order_lists_are_walked_along_indexes(store: Store, size: int) -> None:
    statuses = list(OrderStatus)
    items = [
        list_item(n, customer=f"cus_{n % 7}", status=statuses[n % 5], minute=n // 3)
        for n in range(size)
    ]
    await put(store, OrderListItem, inserted=items)
    filters: list[Filter] = [
        OrderFilter(customer_id=customer, status=status, placed_from=first, placed_before=end)
        for customer, status, first, end in combinations(
            [None, Id("cus_1")],
            [None, [OrderStatus.PENDING], [OrderStatus.PENDING, OrderStatus.SHIPPED]],
            [None, DAY - timedelta(minutes=1)],
            [None, items[-1].placed_at + timedelta(minutes=1)],
        )
    ]
    assert await plans(store, OrderListItem, filters, items[size // 2]) == {}


@pytest.mark.parametrize("size", [3, 400])
async def test_product_lists_are_walked_along_indexes(store: Store, size: int) -> None:
    products = [
        product(
            n,
            name=f"Lamp {n % 50}",
            category=f"Category {n % 5}",
            price=Money(n % 40, ["EUR", "GBP"][n % 2]),
            sold=n % 30,
            available=n % 3,
            discontinued=n % 4 == 0,
        )
        for n in range(size)
    ]
    await put(store, Product, inserted=products)
    filters: list[Filter] = [
        ProductFilter(category=category, in_stock=in_stock, include_discontinued=discontinued)
        for category, in_stock, discontinued in combinations(
            [None, "Category 1"], [None, True, False], [False, True]
        )
    ]
    assert await plans(store, Product, filters, products[size // 2]) == {}


@pytest.mark.parametrize("currency", [None, Currency("EUR")])
async def test_sales_are_walked_along_an_index(store: Store, currency: Currency | None) -> None:
    await put(store, SalesDay, inserted=[sales_day(n, "EUR") for n in range(400)])
    period = SalesPeriod(from_=date(2026, 3, 1), to=date(2026, 6, 1), currency=currency)
    assert await plan_of_all(store, SalesDay, period) == {"FETCH", "IXSCAN"}


async def test_a_timeline_is_walked_along_an_index(store: Store) -> None:
    entries = [timeline_entry(f"ord_{n % 40}", n // 40) for n in range(400)]
    await put(store, TimelineEntry, inserted=entries)
    of_order = OfOrder(order_id=Id("ord_7"))
    assert await plan_of_all(store, TimelineEntry, of_order) == {"FETCH", "IXSCAN"}
    found = await store.all(TimelineEntry, of_order)
    assert [entry.version for entry in found] == list(range(10))


async def test_statistics_are_walked_along_an_index(store: Store) -> None:
    await store.writer(CategoryStats).prepare(revision=1)
    for category in (None, "Lamps"):
        found = await plan_of_all(store, CategoryStats, OfCategory(category=category))
        assert found == {"FETCH", "IXSCAN"}


async def test_the_least_and_the_greatest_price_are_read_from_an_index_alone(
    store: Store,
) -> None:
    checkpoint = await store.writer(CategoryStats).prepare(revision=1)
    parts = store._connection.collection(parts_of(checkpoint.collection))
    explained = await parts.find(
        ranked_parts("Lamps/EUR", ["prd_1"]), {"rank": 1}, sort=[("rank", 1)], limit=1
    ).explain()
    assert set(stages(explained["queryPlanner"]["winningPlan"])) == {
        "LIMIT",
        "PROJECTION_COVERED",
        "IXSCAN",
    }


@pytest.mark.parametrize("size", [3, 400])
async def test_customer_lists_are_walked_along_an_index(store: Store, size: int) -> None:
    customers = [customer(n, minute=n // 3) for n in range(size)]
    await put(store, Customer, inserted=customers)
    assert await plans(store, Customer, [None], customers[size // 2]) == {}


@pytest.mark.parametrize("in_stock", [None, True])
@pytest.mark.parametrize("category", [None, "Category 1"])
async def test_words_and_the_beginnings_of_skus_are_found_in_indexes(
    store: Store, category: str | None, in_stock: bool | None
) -> None:
    """The hits, at most 1,000, are the one thing that is sorted in memory."""
    await put(store, Product, inserted=[product(n) for n in range(400)])
    collection = store._connection.collection(store.checkpoint(Product).collection)
    narrowed = query_of(ProductFilter(category=category, in_stock=in_stock))
    by_words = await words_found(collection, "lamp shade", narrowed).explain()
    steps = set(stages(by_words["queryPlanner"]["winningPlan"]))
    assert "COLLSCAN" not in steps
    assert "TEXT_MATCH" in steps
    by_prefix = await prefix_found(
        collection, "sku_folded", "s1", narrowed, ascending("sku_folded", "_id")
    ).explain()
    assert set(stages(by_prefix["queryPlanner"]["winningPlan"])) >= {"IXSCAN"}
    assert not set(stages(by_prefix["queryPlanner"]["winningPlan"])) & {"COLLSCAN", "SORT"}


@pytest.mark.parametrize(
    ("document", "field"),
    [(Product, "sku"), (Order, "reference")],
)
async def test_a_single_document_is_found_in_an_index(
    store: Store, document: type[Any], field: str
) -> None:
    checkpoint = await store.writer(document).prepare(revision=1)
    collection = store._connection.collection(checkpoint.collection)
    explained = await collection.find({field: "x"}, limit=1).explain()
    assert set(stages(explained["queryPlanner"]["winningPlan"])) == {"LIMIT", "FETCH", "IXSCAN"}


async def test_what_changed_since_a_position_is_walked_along_an_index(store: Store) -> None:
    await put(store, OrderListItem, inserted=[list_item(n, position=n) for n in range(1, 400)])
    collection = store._connection.collection(store.checkpoint(OrderListItem).collection)
    order = ascending("position.at", "_id")
    wanted = {"$and": [{"position.at": {"$lte": 300}}, beyond(order, (100, "ord_0100"))]}
    explained = await collection.find(wanted, sort=order, limit=500, hint=order).explain()
    steps = set(stages(explained["queryPlanner"]["winningPlan"]))
    assert steps == {"LIMIT", "FETCH", "IXSCAN"}
