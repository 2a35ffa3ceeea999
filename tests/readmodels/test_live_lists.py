"""Lists of orders, followed while they change."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readmodels.filter import Predicate
from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem, StatusSince
from readmodels.store import (
    Change,
    DriverName,
    FanOut,
    Store,
    Unreachable,
    Unreadable,
    list_follower,
)
from readmodels.store.followed_documents import FollowedDocuments
from readmodels.store.queries import query_of
from readmodels.values import Id, Position
from readmodels.view import Filter
from tests.readmodels.documents import DAY, list_item, put
from tests.stores import opened_store

PENDING, CONFIRMED, SHIPPED = (
    OrderStatus.PENDING,
    OrderStatus.CONFIRMED,
    OrderStatus.SHIPPED,
)
EVERYTHING = OrderFilter()
OPEN = OrderFilter(status=[PENDING])

Told = tuple[str, str, int]


@asynccontextmanager
async def followed(
    store: Store, selection: OrderFilter = EVERYTHING, after: int | None = None
) -> AsyncIterator[AsyncIterator[Change[OrderListItem]]]:
    position = None if after is None else Position(after)
    async with aclosing(store.list_changes(OrderListItem, selection, position)) as changes:
        yield changes


async def told(changes: AsyncIterator[Change[OrderListItem]], count: int = 1) -> list[Told]:
    """The kinds, ids and positions of the next changes."""
    found: list[Told] = []
    async with asyncio.timeout(10):
        for _ in range(count):
            change = await anext(changes)
            found.append((change.kind.value, change.document.id, change.position.at))
    return found


def became(item: OrderListItem, status: OrderStatus, position: int) -> OrderListItem:
    return replace(
        item,
        status=status,
        statuses=(*item.statuses, StatusSince(status, position)),
        position=replace(item.position, at=position),
    )


def renamed(item: OrderListItem, at: int) -> OrderListItem:
    shown = item.position
    position = replace(shown, at=max(shown.at, at), revision=shown.revision + 1)
    return replace(item, customer_name="Eve", position=position)


def placed(n: int, position: int, customer: str = "cus_1") -> OrderListItem:
    return list_item(n, position=position, customer=customer)


async def test_it_begins_with_what_matches_and_goes_on_with_what_changes(store: Store) -> None:
    first, second = placed(1, 1), placed(2, 2)
    await put(store, OrderListItem, inserted=[first, second], position=2)
    async with followed(store) as changes:
        assert await told(changes, 2) == [("ADDED", first.id, 1), ("ADDED", second.id, 2)]
        third = placed(3, 3)
        await put(store, OrderListItem, inserted=[third], position=3)
        assert await told(changes) == [("ADDED", third.id, 3)]
        await put(store, OrderListItem, replaced=[became(first, CONFIRMED, 4)], position=4)
        assert await told(changes) == [("UPDATED", first.id, 4)]


async def test_what_no_longer_matches_is_removed_once_and_then_silent(store: Store) -> None:
    order, other = placed(1, 1), placed(2, 2)
    await put(store, OrderListItem, inserted=[order, other], position=2)
    async with followed(store, OPEN) as changes:
        await told(changes, 2)
        order = became(order, CONFIRMED, 3)
        await put(store, OrderListItem, replaced=[order], position=3)
        assert await told(changes) == [("REMOVED", order.id, 3)]
        order = became(order, SHIPPED, 4)
        await put(store, OrderListItem, replaced=[order], position=4)
        await put(store, OrderListItem, replaced=[became(other, CONFIRMED, 5)], position=5)
        assert await told(changes) == [("REMOVED", other.id, 5)]


async def test_what_comes_to_match_is_added(store: Store) -> None:
    order = placed(1, 1)
    await put(store, OrderListItem, inserted=[order], position=1)
    async with followed(store, OrderFilter(status=[CONFIRMED])) as changes:
        waiting = asyncio.ensure_future(told(changes))
        await put(store, OrderListItem, replaced=[became(order, CONFIRMED, 2)], position=2)
        assert await waiting == [("ADDED", order.id, 2)]


async def test_an_order_older_than_the_first_hundred_is_removed_too(store: Store) -> None:
    orders = [placed(n, n) for n in range(1, 131)]
    await put(store, OrderListItem, inserted=orders, position=130)
    async with followed(store, OPEN) as changes:
        begun = await told(changes, 100)
        assert [position for _, _, position in begun] == list(range(31, 131))
        await put(store, OrderListItem, replaced=[became(orders[0], CONFIRMED, 131)], position=131)
        assert await told(changes) == [("REMOVED", orders[0].id, 131)]


async def test_other_customers_orders_are_none_of_its_business(store: Store) -> None:
    async with followed(store, OrderFilter(customer_id=Id("cus_2"))) as changes:
        waiting = asyncio.ensure_future(told(changes))
        await put(store, OrderListItem, inserted=[placed(1, 1, "cus_1")], position=1)
        await put(store, OrderListItem, inserted=[placed(2, 2, "cus_2")], position=2)
        assert await waiting == [("ADDED", "ord_0002", 2)]


async def test_with_after_everything_changed_since_comes_first(store: Store) -> None:
    unchanged, updated, removed, stranger = (placed(n, n) for n in (1, 2, 3, 4))
    await put(
        store,
        OrderListItem,
        inserted=[
            unchanged,
            replace(updated, position=Position(5)),
            became(removed, CONFIRMED, 6),
            replace(stranger, customer_id=Id("cus_9"), position=Position(7)),
        ],
        position=7,
    )
    selection = OrderFilter(customer_id=Id("cus_1"), status=[PENDING])
    async with followed(store, selection, after=4) as changes:
        assert await told(changes, 2) == [("UPDATED", updated.id, 5), ("REMOVED", removed.id, 6)]
        await put(store, OrderListItem, inserted=[placed(8, 8)], position=8)
        assert await told(changes) == [("ADDED", "ord_0008", 8)]


async def test_with_after_what_did_not_exist_then_is_added(store: Store) -> None:
    before = [became(placed(n, n), CONFIRMED, n + 4) for n in (1, 2)]
    new = placed(3, 3)
    gone, changed = became(placed(4, 4), SHIPPED, 7), became(placed(8, 8), CONFIRMED, 9)
    await put(store, OrderListItem, inserted=[*before, new, gone, changed], position=9)
    wanted = OrderFilter(status=[PENDING, CONFIRMED])
    async with followed(store, wanted, after=2) as changes:
        assert await told(changes, 5) == [
            ("ADDED", new.id, 3),
            ("UPDATED", before[0].id, 5),
            ("UPDATED", before[1].id, 6),
            ("REMOVED", gone.id, 7),
            ("ADDED", changed.id, 9),
        ]
        await put(store, OrderListItem, replaced=[became(new, CONFIRMED, 10)], position=10)
        assert await told(changes) == [("UPDATED", new.id, 10)]


async def test_with_after_what_is_placed_while_it_is_read_is_added(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it had changed once more by then."""
    order = placed(2, 2)
    await put(store, OrderListItem, inserted=[placed(1, 1)], position=1)

    async def happens() -> None:
        await put(store, OrderListItem, inserted=[order], position=2)
        await put(store, OrderListItem, replaced=[became(order, CONFIRMED, 3)], position=3)

    before_reading(monkeypatch, "by_position", happens)
    async with followed(store, after=1) as changes:
        assert await told(changes) == [("ADDED", order.id, 1)]
        await put(store, OrderListItem, inserted=[placed(4, 4)], position=4)
        assert await told(changes) == [("ADDED", "ord_0004", 4)]


async def test_a_client_that_resumes_at_any_change_misses_nothing(store: Store) -> None:
    orders = [placed(n, n) for n in range(1, 6)]
    await put(store, OrderListItem, inserted=orders, position=5)
    for cut in range(1, 6):
        async with followed(store) as changes:
            last = (await told(changes, cut))[-1]
        async with followed(store, after=last[2]) as changes:
            rest = [id for _, id, _ in await told(changes, 5 - cut)]
            assert rest == [order.id for order in orders[cut:]]


async def test_a_batch_too_large_to_be_named_arrives_whole_and_in_order(store: Store) -> None:
    many = [placed(n, n + 1) for n in range(1, 1_201)]
    async with followed(store, OrderFilter(customer_id=Id("cus_1"))) as changes:
        waiting = asyncio.ensure_future(told(changes, 1_200))
        await put(store, OrderListItem, inserted=[placed(0, 1, "cus_0")], position=1)
        await put(store, OrderListItem, inserted=many, position=1_201)
        found = await waiting
    assert [id for _, id, _ in found] == [each.id for each in many]
    assert {kind for kind, _, _ in found} == {"ADDED"}


async def test_a_slow_client_gets_the_newest_of_each_that_means_something(store: Store) -> None:
    order, other = placed(1, 1), placed(2, 2)
    await put(store, OrderListItem, inserted=[order, other], position=2)
    async with followed(store, OPEN) as slow, followed(store) as quick:
        await told(slow, 2)
        await told(quick, 2)
        for position, status in enumerate((CONFIRMED, SHIPPED), start=3):
            order = became(order, status, position)
            await put(store, OrderListItem, replaced=[order], position=position)
            await told(quick)
        await put(store, OrderListItem, replaced=[became(other, CONFIRMED, 5)], position=5)
        await told(quick)
        assert await told(slow, 2) == [("REMOVED", order.id, 3), ("REMOVED", other.id, 5)]


async def test_who_is_outrun_reads_again_what_was_missed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_follower, "MOST_WAITING", 3)
    orders = [placed(n, n) for n in range(1, 9)]
    await put(store, OrderListItem, inserted=orders, position=8)
    async with followed(store, OPEN) as slow, followed(store) as quick:
        await told(slow, 8)
        await told(quick, 8)
        for n, order in enumerate(orders, start=9):
            await put(store, OrderListItem, replaced=[became(order, CONFIRMED, n)], position=n)
            await told(quick)
        assert await told(slow, 8) == [
            ("REMOVED", order.id, n) for n, order in enumerate(orders, start=9)
        ]
        await put(store, OrderListItem, inserted=[placed(20, 17)], position=17)
        assert await told(slow) == [("ADDED", "ord_0020", 17)]


Found = AsyncIterator[OrderListItem | Unreadable]


def before_reading(
    monkeypatch: pytest.MonkeyPatch, name: str, happens: Callable[[], Awaitable[object]]
) -> None:
    """Something that happens once, before the next reading of a kind."""
    read, happened = getattr(FollowedDocuments, name), False

    async def late(self: FollowedDocuments[OrderListItem], *about: Any, **how: Any) -> Found:
        nonlocal happened
        if not happened:
            happened = True
            await happens()
        async for found in read(self, *about, **how):
            yield found

    monkeypatch.setattr(FollowedDocuments, name, late)


async def test_what_arrives_while_the_outrun_read_again_is_told_to_them_too(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_follower, "MOST_WAITING", 1)

    async def happens() -> None:
        await put(store, OrderListItem, inserted=[placed(9, 9)], position=9)
        await told(quick)

    async with followed(store) as slow, followed(store) as quick:
        waiting = asyncio.ensure_future(told(slow)), asyncio.ensure_future(told(quick))
        await put(store, OrderListItem, inserted=[placed(1, 1)], position=1)
        await asyncio.gather(*waiting)
        for n in (2, 3):
            await put(store, OrderListItem, inserted=[placed(n, n)], position=n)
            await told(quick)
        before_reading(monkeypatch, "by_position", happens)
        found = await told(slow, 3)
        assert [(kind, id) for kind, id, _ in found] == [
            ("ADDED", f"ord_{n:04}") for n in (2, 3, 9)
        ]
        await put(store, OrderListItem, inserted=[placed(10, 10)], position=10)
        assert await told(slow) == [("ADDED", "ord_0010", 10)]


async def test_the_outrun_are_told_of_a_removal_though_the_order_changed_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later change means nothing to their list, and they had missed the one before it."""
    monkeypatch.setattr(list_follower, "MOST_WAITING", 1)
    orders = [placed(n, n) for n in (1, 2)]
    await put(store, OrderListItem, inserted=orders, position=2)
    confirmed = [became(order, CONFIRMED, n) for n, order in enumerate(orders, start=3)]

    async def happens() -> None:
        shipped = became(confirmed[0], SHIPPED, 5)
        await put(store, OrderListItem, replaced=[shipped], position=5)
        await told(quick)

    async with followed(store, OPEN) as slow, followed(store) as quick:
        await told(slow, 2)
        await told(quick, 2)
        for n, order in enumerate(confirmed, start=3):
            await put(store, OrderListItem, replaced=[order], position=n)
            await told(quick)
        before_reading(monkeypatch, "by_position", happens)
        found = await told(slow, 2)
        assert {(kind, id) for kind, id, _ in found} == {("REMOVED", order.id) for order in orders}
        await put(store, OrderListItem, inserted=[placed(6, 6)], position=6)
        assert await told(slow) == [("ADDED", "ord_0006", 6)]


async def test_a_removal_is_told_though_the_order_had_changed_again_when_it_was_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed(1, 1)
    confirmed, shipped = became(order, CONFIRMED, 2), became(order, SHIPPED, 3)
    await put(store, OrderListItem, inserted=[order], position=1)
    async with followed(store, OPEN) as changes:
        assert await told(changes) == [("ADDED", order.id, 1)]
        before_reading(
            monkeypatch,
            "by_id",
            lambda: put(store, OrderListItem, replaced=[shipped], position=3),
        )
        await put(store, OrderListItem, replaced=[confirmed], position=2)
        async with asyncio.timeout(10):
            removed = await anext(changes)
        # Not all up to position 3 was handed out then.
        assert (removed.kind, removed.document, removed.position.at) == ("REMOVED", shipped, 2)
        await put(store, OrderListItem, inserted=[placed(4, 4)], position=4)
        assert await told(changes) == [("ADDED", "ord_0004", 4)]


async def test_who_goes_on_is_told_of_a_removal_though_the_order_changed_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed(1, 1)
    confirmed, shipped = became(order, CONFIRMED, 2), became(order, SHIPPED, 3)
    await put(store, OrderListItem, inserted=[order], position=1)
    await put(store, OrderListItem, replaced=[confirmed], position=2)
    before_reading(
        monkeypatch,
        "by_position",
        lambda: put(store, OrderListItem, replaced=[shipped], position=3),
    )
    async with followed(store, OPEN, after=1) as changes:
        assert await told(changes) == [("REMOVED", order.id, 2)]
        await put(store, OrderListItem, inserted=[placed(4, 4)], position=4)
        assert await told(changes) == [("ADDED", "ord_0004", 4)]


async def test_of_several_at_one_position_only_the_last_is_where_to_go_on(store: Store) -> None:
    orders = [placed(n, n) for n in (1, 2, 3)]
    await put(store, OrderListItem, inserted=orders, position=3)
    new = [renamed(order, at=4) for order in orders]
    reached = [("UPDATED", order.id, at) for order, at in zip(orders, (3, 3, 4), strict=True)]
    async with followed(store) as changes:
        await told(changes, 3)
        await put(store, OrderListItem, replaced=new, position=4)
        assert await told(changes, 3) == reached
    async with followed(store, after=3) as changes:
        assert await told(changes, 3) == reached
    async with followed(store) as changes:
        assert [at for _, _, at in await told(changes, 3)] == [3, 3, 4]


async def test_all_who_follow_get_the_same_objects(store: Store) -> None:
    async with followed(store) as first, followed(store, OPEN) as second:
        waiting = [asyncio.ensure_future(anext(changes)) for changes in (first, second)]
        await asyncio.sleep(0)
        await put(store, OrderListItem, inserted=[placed(1, 1)], position=1)
        async with asyncio.timeout(10):
            one, two = await asyncio.gather(*waiting)
    assert one is two


async def test_what_a_fan_out_reaches_is_updated_wherever_it_stands(store: Store) -> None:
    order, later = placed(1, 1), placed(2, 9)
    await put(store, OrderListItem, inserted=[order, later], position=9)
    async with followed(store) as changes:
        await told(changes, 2)
        await put(store, OrderListItem, replaced=[renamed(order, at=5)], position=10)
        assert await told(changes) == [("UPDATED", order.id, 5)]
        await put(store, OrderListItem, replaced=[renamed(later, at=5)], position=11)
        assert await told(changes) == [("UPDATED", later.id, 9)]


async def test_changes_that_another_process_wrote_arrive(
    store: Store, mongo_url: str, driver: DriverName
) -> None:
    database = store._connection.driver.database.name
    async with opened_store(mongo_url, driver, database) as writer, followed(store) as changes:
        waiting = asyncio.ensure_future(told(changes))
        await put(writer, OrderListItem, inserted=[placed(1, 1)], position=1)
        assert await waiting == [("ADDED", "ord_0001", 1)]


async def test_a_checkpoint_that_was_missed_makes_up_for_itself(
    store: Store, mongo_url: str, driver: DriverName
) -> None:
    order = placed(1, 1)
    await put(store, OrderListItem, inserted=[order], position=1)
    database = store._connection.driver.database.name
    async with followed(store) as changes:
        await told(changes)
        for task in store._tasks:
            if task.get_name() == "checkpoints":
                task.cancel()
        async with opened_store(mongo_url, driver, database) as writer:
            await put(writer, OrderListItem, replaced=[became(order, CONFIRMED, 2)], position=2)
            await put(writer, OrderListItem, inserted=[placed(2, 3)], position=3)
        await store._watch.read()
        assert await told(changes, 2) == [("UPDATED", order.id, 2), ("ADDED", "ord_0002", 3)]


async def test_what_arrives_while_the_first_are_read_is_told_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, renewed = placed(1, 3), placed(2, 2)
    await put(store, OrderListItem, inserted=[renewed], position=2)
    newest = FollowedDocuments.newest

    async with followed(store) as quick:
        await told(quick)

        async def late(
            self: FollowedDocuments[OrderListItem], filter: Filter, count: int
        ) -> Sequence[OrderListItem]:
            await put(store, OrderListItem, inserted=[order], position=3)
            await told(quick)
            found = await newest(self, filter, count)
            await put(store, OrderListItem, replaced=[became(renewed, CONFIRMED, 4)], position=4)
            await told(quick)
            return found

        monkeypatch.setattr(FollowedDocuments, "newest", late)
        async with followed(store) as changes:
            assert await told(changes, 3) == [
                ("ADDED", renewed.id, 2),
                ("ADDED", order.id, 2),
                ("UPDATED", renewed.id, 4),
            ]
            await put(store, OrderListItem, inserted=[placed(5, 5)], position=5)
            assert await told(changes) == [("ADDED", "ord_0005", 5)]


async def test_who_has_seen_more_than_is_known_here_is_told_when_it_goes(
    store: Store, mongo_url: str, driver: DriverName
) -> None:
    await put(store, OrderListItem, inserted=[placed(1, 1)], position=1)
    order = placed(2, 2)
    database = store._connection.driver.database.name
    for task in store._tasks:
        if task.get_name() == "checkpoints":
            task.cancel()
    async with opened_store(mongo_url, driver, database) as writer:
        await put(writer, OrderListItem, inserted=[order], position=2)
        async with followed(store, OPEN) as changes:
            assert (await told(changes, 2))[-1] == ("ADDED", order.id, 2)
        async with followed(store, OPEN, after=2) as changes:
            waiting = asyncio.ensure_future(told(changes))
            await put(writer, OrderListItem, replaced=[became(order, CONFIRMED, 3)], position=3)
            await store._watch.read()
            assert await waiting == [("REMOVED", order.id, 3)]


async def test_a_fan_out_whose_checkpoints_were_missed_makes_up_for_itself(
    store: Store, mongo_url: str, driver: DriverName
) -> None:
    old, later, untouched = placed(1, 1), placed(2, 9), placed(3, 8, customer="cus_2")
    rename = FanOut(position=5, field="customer_id", value="cus_1")
    await put(store, OrderListItem, inserted=[old, later, untouched], position=9, left=[rename])
    database = store._connection.driver.database.name
    async with followed(store) as changes:
        await told(changes, 3)
        for task in store._tasks:
            if task.get_name() == "checkpoints":
                task.cancel()
        async with opened_store(mongo_url, driver, database) as writer:
            for item in (old, later):
                await put(
                    writer, OrderListItem, replaced=[renamed(item, 5)], position=9, left=[rename]
                )
            await put(writer, OrderListItem, inserted=[placed(4, 10)], position=10)
        await store._watch.read()
        assert await told(changes, 3) == [
            ("UPDATED", old.id, 5),
            ("UPDATED", later.id, 9),
            ("ADDED", "ord_0004", 10),
        ]


async def test_who_is_outrun_during_a_fan_out_reads_again_what_it_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_follower, "MOST_WAITING", 2)
    orders = [placed(n, n) for n in range(1, 6)]
    rename = FanOut(position=6, field="customer_id", value="cus_1")
    await put(store, OrderListItem, inserted=orders, position=5)
    async with followed(store) as slow, followed(store) as quick:
        await told(slow, 5)
        await told(quick, 5)
        for n in range(11, 14):
            await put(store, OrderListItem, inserted=[placed(n, n)], position=n, left=[rename])
            await told(quick)
        await put(store, OrderListItem, replaced=[renamed(orders[0], 6)], position=13)
        await told(quick)
        assert await told(slow, 4) == [
            ("UPDATED", "ord_0001", 6),
            *(("ADDED", f"ord_{n:04}", n) for n in range(11, 14)),
        ]


async def test_a_reading_that_failed_is_done_again_and_tells_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = became(placed(1, 1), CONFIRMED, 2)
    await put(store, OrderListItem, inserted=[order], position=2)
    read, failed = FollowedDocuments._with_ids, False

    async def failing(
        self: FollowedDocuments[OrderListItem], ids: Sequence[str]
    ) -> Sequence[dict[str, Any]]:
        nonlocal failed
        if not failed:
            failed = True
            raise Unreachable("Not now.")
        return await read(self, ids)

    monkeypatch.setattr(FollowedDocuments, "_with_ids", failing)
    async with followed(store, OPEN) as changes:
        waiting = asyncio.ensure_future(told(changes))
        await put(store, OrderListItem, replaced=[became(order, SHIPPED, 3)], position=3)
        await put(store, OrderListItem, inserted=[placed(4, 4)], position=4)
        assert await waiting == [("ADDED", "ord_0004", 4)]
    assert failed


async def test_what_was_not_told_when_the_task_died_is_told_when_it_begins_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies() -> None:
        raise asyncio.CancelledError

    async with followed(store) as changes:
        before_reading(monkeypatch, "by_id", dies)
        await put(store, OrderListItem, inserted=[placed(1, 1)], position=1)
        assert await told(changes) == [("ADDED", "ord_0001", 1)]


async def test_who_leaves_is_forgotten(store: Store) -> None:
    await put(store, OrderListItem, inserted=[placed(1, 1)], position=1)
    async with followed(store) as changes:
        await told(changes)
        waiting = asyncio.ensure_future(told(changes))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert store._live_lists[OrderListItem].follower_count == 0


ITEMS = [
    became(list_item(n, minute=n, customer=f"cus_{n % 3}", position=n), status, n + 1)
    for n, status in enumerate([PENDING, CONFIRMED, SHIPPED] * 4, start=1)
]


@given(
    customer=st.sampled_from([None, Id("cus_1"), Id("cus_9")]),
    status=st.none() | st.lists(st.sampled_from(list(OrderStatus)), max_size=3),
    start=st.none() | st.integers(0, 13),
    end=st.none() | st.integers(0, 13),
)
def test_a_filter_matches_in_memory_what_its_query_finds(
    customer: Id | None, status: list[OrderStatus] | None, start: int | None, end: int | None
) -> None:
    selection = OrderFilter(
        customer_id=customer,
        status=status,
        placed_from=None if start is None else DAY + timedelta(minutes=start),
        placed_before=None if end is None else DAY + timedelta(minutes=end),
    )
    query, predicate = query_of(selection), Predicate(selection)
    period = query.get("placed_at", {})
    for item in ITEMS:
        found = (
            query.get("customer_id", item.customer_id) == item.customer_id
            and item.status in query.get("status", {"$in": [item.status]})["$in"]
            and item.placed_at >= period.get("$gte", item.placed_at)
            and ("$lt" not in period or item.placed_at < period["$lt"])
        )
        assert predicate.matches(item, item.position.at) == found
        assert predicate.matches(item, item.position.at - 2) is False
