import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem
from readmodels.product import Product
from readmodels.store import BadCursor, PageRequest, Store
from readmodels.store.cursors import sorting_of
from readmodels.values import Money
from tests.readmodels.documents import DAY, list_item, product, put

STATUSES = list(OrderStatus)
# Groups of four are placed at the same instant: only their ids order them.
ITEMS = [
    list_item(n, minute=n // 4, customer=f"cus_{n % 2}", status=STATUSES[n % 3]) for n in range(40)
]


def ids(nodes: Sequence[OrderListItem | Product]) -> list[str]:
    return [node.id for node in nodes]


async def test_a_first_page_says_what_follows(store: Store) -> None:
    await put(store, OrderListItem, inserted=ITEMS, position=40)
    page = await store.page(OrderListItem, PageRequest(first=3))
    assert ids(page.nodes) == ["ord_0039", "ord_0038", "ord_0037"]
    assert (page.has_next, page.has_previous, page.position) == (True, False, 40)
    rest = await store.page(OrderListItem, PageRequest(first=37, after=page.cursors[-1]))
    assert ids(rest.nodes) == ids(ITEMS[36::-1])
    assert (rest.has_next, rest.has_previous) == (False, True)


async def test_a_page_of_an_empty_list_is_empty(store: Store) -> None:
    page = await store.page(OrderListItem, PageRequest())
    assert (page.nodes, page.cursors, page.has_next, page.has_previous, page.position) == (
        [],
        [],
        False,
        False,
        0,
    )


async def test_neither_first_nor_last_means_the_first_twenty(store: Store) -> None:
    await put(store, OrderListItem, inserted=ITEMS)
    page = await store.page(OrderListItem, PageRequest())
    assert ids(page.nodes) == ids(ITEMS[:19:-1])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ascending=st.booleans(),
    backward=st.booleans(),
    size=st.integers(1, 45),
    after=st.none() | st.integers(0, 39),
    before=st.none() | st.integers(0, 39),
    customer=st.sampled_from([None, "cus_1", "cus_9"]),
    statuses=st.none() | st.lists(st.sampled_from(STATUSES), unique=True, max_size=3),
    start=st.none() | st.integers(0, 10),
    end=st.none() | st.integers(0, 10),
)
async def test_every_page_is_the_slice_that_it_names(
    store: Store,
    ascending: bool,
    backward: bool,
    size: int,
    after: int | None,
    before: int | None,
    customer: str | None,
    statuses: list[OrderStatus] | None,
    start: int | None,
    end: int | None,
) -> None:
    if store.checkpoint(OrderListItem).position == 0:
        await put(store, OrderListItem, inserted=ITEMS)
    sort = "PLACED_AT_ASC" if ascending else "PLACED_AT_DESC"
    sorting = sorting_of(OrderListItem, sort)
    placed_from = None if start is None else DAY + timedelta(minutes=start)
    placed_before = None if end is None else DAY + timedelta(minutes=end)
    page = await store.page(
        OrderListItem,
        PageRequest(
            first=None if backward else size,
            last=size if backward else None,
            after=None if after is None else sorting.cursor_of(ITEMS[after]),
            before=None if before is None else sorting.cursor_of(ITEMS[before]),
            filter=OrderFilter(
                customer_id=customer,  # type: ignore[arg-type]
                status=statuses,
                placed_from=placed_from,
                placed_before=placed_before,
            ),
            sort=sort,
        ),
    )
    step = 1 if ascending else -1
    listed = [
        (n * step, item)
        for n, item in list(enumerate(ITEMS))[::step]
        if (customer is None or item.customer_id == customer)
        and (statuses is None or item.status in statuses)
        and (placed_from is None or item.placed_at >= placed_from)
        and (placed_before is None or item.placed_at < placed_before)
    ]
    low = -100 if after is None else after * step
    high = 100 if before is None else before * step
    window = [(n, item) for n, item in listed if low < n < high]
    expected = window[-size:] if backward else window[:size]
    assert page.nodes == [item for _, item in expected]
    assert page.cursors == [sorting.cursor_of(item) for _, item in expected]
    shown = [n for n, _ in expected]
    # An empty page lies at the place where the walk began or, begun nowhere, ended.
    first = shown[0] if shown else None
    last = shown[-1] if shown else None
    if first is not None and last is not None:
        assert page.has_previous == any(n < first for n, _ in listed)
        assert page.has_next == any(n > last for n, _ in listed)


@pytest.mark.parametrize(
    ("microseconds", "first", "before"),
    [(-1, "ord_0005", "ord_0004"), (0, "ord_0005", "ord_0004"), (1, "ord_0006", "ord_0005")],
)
async def test_a_period_is_exact_below_a_millisecond(
    store: Store, microseconds: int, first: str, before: str
) -> None:
    await put(store, OrderListItem, inserted=[list_item(n) for n in range(10)])
    at = DAY + timedelta(minutes=5, microseconds=microseconds)
    following = PageRequest(filter=OrderFilter(placed_from=at), sort="PLACED_AT_ASC")
    assert ids((await store.page(OrderListItem, following)).nodes)[0] == first
    earlier = PageRequest(filter=OrderFilter(placed_before=at))
    assert ids((await store.page(OrderListItem, earlier)).nodes)[0] == before


async def test_a_period_may_end_with_time_itself(store: Store) -> None:
    await put(store, OrderListItem, inserted=[list_item(1)])
    end = OrderFilter(placed_before=datetime.max.replace(tzinfo=UTC))
    assert len((await store.page(OrderListItem, PageRequest(filter=end))).nodes) == 1


async def test_a_deleted_or_new_document_moves_no_page(store: Store) -> None:
    await put(store, OrderListItem, inserted=ITEMS)
    page = await store.page(OrderListItem, PageRequest(first=5))
    newer = list_item(99, minute=500)
    await put(store, OrderListItem, inserted=[newer], deleted=["ord_0035"])
    following = await store.page(OrderListItem, PageRequest(first=2, after=page.cursors[-1]))
    assert ids(following.nodes) == ["ord_0034", "ord_0033"]
    assert following.has_previous


async def test_products_of_two_currencies_go_by_currency_then_amount(store: Store) -> None:
    products = [
        product(1, price=Money(900, "EUR")),
        product(2, price=Money(100, "GBP")),
        product(3, price=Money(1000, "EUR")),
        product(4, price=Money(900, "EUR")),
    ]
    await put(store, Product, inserted=products)
    up = await store.page(Product, PageRequest(sort="PRICE_ASC"))
    down = await store.page(Product, PageRequest(sort="PRICE_DESC", first=2))
    rest = await store.page(
        Product, PageRequest(sort="PRICE_DESC", first=2, after=down.cursors[-1])
    )
    assert ids(up.nodes) == ["prd_0001", "prd_0004", "prd_0003", "prd_0002"]
    assert ids([*down.nodes, *rest.nodes]) == ["prd_0002", "prd_0003", "prd_0004", "prd_0001"]


async def test_names_are_sorted_whatever_their_case(store: Store) -> None:
    products = [product(1, name="bulb"), product(2, name="Candle"), product(3, name="Anchor")]
    await put(store, Product, inserted=products)
    page = await store.page(Product, PageRequest())
    assert ids(page.nodes) == ["prd_0003", "prd_0001", "prd_0002"]


def encoded(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "é",
        "\ud800",
        encoded(["PLACED_AT_DESC", {"$gt": ""}, "ord_1"]),
        encoded(["PLACED_AT_DESC", "2026-03-01T00:00:00", "ord_1"]),
        encoded(["PLACED_AT_DESC", "0001-01-01T00:00:00+14:00", "ord_1"]),
        encoded(["PLACED_AT_DESC", "2026-03-01T00:00:00Z"]),
        encoded(["PLACED_AT_ASC", "2026-03-01T00:00:00Z", "ord_1"]),
        encoded({"a": 1}),
        sorting_of(Product, "BEST_SELLING").cursor_of(product(1)),
    ],
)
async def test_a_cursor_that_is_not_of_this_order_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await store.page(OrderListItem, PageRequest(after=cursor, sort="PLACED_AT_DESC"))


async def test_a_cursor_with_a_number_beyond_64_bits_is_refused(store: Store) -> None:
    cursor = encoded(["BEST_SELLING", 2**70, "prd_1"])
    with pytest.raises(BadCursor):
        await store.page(Product, PageRequest(after=cursor, sort="BEST_SELLING"))


def test_first_and_last_together_are_no_request() -> None:
    with pytest.raises(ValueError, match="not both"):
        PageRequest(first=1, last=1)


async def test_sums_beyond_64_bits_come_back_exactly(store: Store) -> None:
    item = list_item(1)
    huge = Decimal(2 * 10**19 + 1)
    document = replace(item, total=replace(item.total, minor=huge))
    await put(store, OrderListItem, inserted=[document])
    found = await store.get(OrderListItem, item.id)
    assert found is not None
    assert found.total.minor == huge


async def test_a_list_whose_index_has_yet_to_be_made_is_read_without_it(store: Store) -> None:
    await put(store, OrderListItem, inserted=ITEMS)
    collection = store._connection.collection(store.checkpoint(OrderListItem).collection)
    await collection.drop_indexes()
    page = await store.page(OrderListItem, PageRequest(first=2))
    assert ids(page.nodes) == ["ord_0039", "ord_0038"]
