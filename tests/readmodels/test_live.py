import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest
from pymongo import MongoClient

from readmodels.order_list_item import OrderListItem
from readmodels.store import DriverName, FanOut, StaleRead, Store
from readmodels.store.live import LiveView
from readmodels.values import Position
from tests.readmodels.documents import list_item, put
from tests.stores import opened_store


@asynccontextmanager
async def followed(
    store: Store, id: str, after: Position | None = None
) -> AsyncIterator[AsyncIterator[OrderListItem]]:
    async with aclosing(store.changes(OrderListItem, id, after)) as changes:
        yield changes


async def soon(changes: AsyncIterator[OrderListItem]) -> OrderListItem:
    async with asyncio.timeout(10):
        return await anext(changes)


def at(item: OrderListItem, position: int) -> OrderListItem:
    return replace(item, position=Position(position))


ONE = list_item(1)
OTHER = list_item(2)


async def test_a_follower_begins_with_what_is_there_and_gets_each_newer_state(
    store: Store,
) -> None:
    await put(store, OrderListItem, inserted=[at(ONE, 1)])
    async with followed(store, ONE.id) as changes:
        assert await soon(changes) == at(ONE, 1)
        for position in (2, 3, 4):
            await put(store, OrderListItem, replaced=[at(ONE, position)])
            assert await soon(changes) == at(ONE, position)


async def test_with_after_only_what_is_newer_comes(store: Store) -> None:
    await put(store, OrderListItem, inserted=[at(ONE, 1)])
    async with followed(store, ONE.id, after=Position(1)) as changes:
        waiting = asyncio.ensure_future(soon(changes))
        await put(store, OrderListItem, inserted=[OTHER])
        await put(store, OrderListItem, replaced=[at(ONE, 3)])
        assert await waiting == at(ONE, 3)
    async with followed(store, ONE.id, after=Position(2)) as changes:
        assert await soon(changes) == at(ONE, 3)


async def test_a_rename_that_is_on_its_way_comes_whatever_was_given_as_after(store: Store) -> None:
    renamed = replace(ONE, position=Position(3, 1), customer_name="Eve")
    rename = FanOut(position=2, field="customer_id", value="cus_1")
    await put(store, OrderListItem, inserted=[at(ONE, 3)], position=5, left=[rename])
    async with followed(store, ONE.id, after=Position(5)) as changes:
        waiting = asyncio.ensure_future(soon(changes))
        await put(store, OrderListItem, inserted=[OTHER], left=[rename])
        await put(store, OrderListItem, replaced=[renamed])
        assert await waiting == renamed
    async with followed(store, ONE.id, after=Position(5)) as changes:
        waiting = asyncio.ensure_future(soon(changes))
        await put(store, OrderListItem, replaced=[replace(OTHER, position=Position(8))])
        await asyncio.sleep(0)
        assert not waiting.done()
        await put(store, OrderListItem, replaced=[at(renamed, 9)])
        assert await waiting == at(renamed, 9)
    async with followed(store, ONE.id, after=Position(3, 1)) as changes:
        waiting = asyncio.ensure_future(soon(changes))
        assert await waiting == at(renamed, 9)


async def test_a_document_that_does_not_exist_yet_is_waited_for(store: Store) -> None:
    async with followed(store, ONE.id) as changes:
        waiting = asyncio.ensure_future(soon(changes))
        await put(store, OrderListItem, inserted=[OTHER])
        assert not waiting.done()
        await put(store, OrderListItem, inserted=[at(ONE, 2)])
        assert await waiting == at(ONE, 2)


async def test_a_slow_follower_gets_the_newest_state_only(store: Store) -> None:
    await put(store, OrderListItem, inserted=[at(ONE, 1)])
    async with followed(store, ONE.id) as slow, followed(store, ONE.id) as quick:
        assert (await soon(slow)).position.at == 1
        assert (await soon(quick)).position.at == 1
        for position in (2, 3, 4):
            await put(store, OrderListItem, replaced=[at(ONE, position)])
            assert (await soon(quick)).position.at == position
        assert (await soon(slow)).position.at == 4


async def test_all_followers_get_the_same_object(store: Store) -> None:
    await put(store, OrderListItem, inserted=[at(ONE, 1)])
    async with followed(store, ONE.id) as first, followed(store, ONE.id) as second:
        begun = await soon(first)
        assert await soon(second) is begun
        waiting = [asyncio.ensure_future(soon(changes)) for changes in (first, second)]
        await put(store, OrderListItem, replaced=[at(ONE, 2)])
        one, two = await asyncio.gather(*waiting)
        assert one is two
        assert one.position.at == 2


async def test_changes_of_another_process_arrive(
    store: Store, mongo_url: str, driver: DriverName
) -> None:
    database = store._connection.driver.database.name
    async with (
        opened_store(mongo_url, driver, database) as writer,
        followed(store, ONE.id) as changes,
    ):
        await put(writer, OrderListItem, inserted=[at(ONE, 1)])
        assert await soon(changes) == at(ONE, 1)
        await put(writer, OrderListItem, replaced=[at(ONE, 2)])
        assert await soon(changes) == at(ONE, 2)
        await store.wait(OrderListItem, 2, timeout=5)


async def test_a_batch_of_many_documents_reaches_their_followers(store: Store) -> None:
    many = [list_item(n) for n in range(1_100)]
    async with followed(store, "ord_0650") as changes:
        await put(store, OrderListItem, inserted=many)
        assert await soon(changes) == many[650]


async def test_a_checkpoint_that_was_missed_makes_up_for_itself(
    store: Store, mongo_url: str, driver: DriverName
) -> None:
    await put(store, OrderListItem, inserted=[at(ONE, 1), at(OTHER, 1)])
    database = store._connection.driver.database.name
    async with followed(store, ONE.id) as changes:
        await soon(changes)
        for task in store._tasks:
            if task.get_name() == "checkpoints":
                task.cancel()
        async with opened_store(mongo_url, driver, database) as writer:
            await put(writer, OrderListItem, replaced=[at(ONE, 2)])
            await put(writer, OrderListItem, replaced=[at(OTHER, 3)])
        await store._watch.read()
        assert await soon(changes) == at(ONE, 2)


async def test_a_lost_change_stream_is_opened_again(
    store: Store, mongo_url: str, driver: DriverName, caplog: pytest.LogCaptureFixture
) -> None:
    """As when MongoDB has lost the history that the stream would go on from."""
    database = store._connection.driver.database.name
    async with (
        opened_store(mongo_url, driver, database) as writer,
        followed(store, ONE.id) as changes,
    ):
        await put(writer, OrderListItem, inserted=[at(ONE, 1)])
        await soon(changes)
        with MongoClient[dict[str, object]](mongo_url) as client:
            client[database]["checkpoints"].rename("moved_away")
            client[database]["moved_away"].rename("checkpoints")
        await put(writer, OrderListItem, replaced=[at(ONE, 2)])
        assert await soon(changes) == at(ONE, 2)


async def test_what_was_not_read_when_the_task_died_is_read_when_it_begins_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(store, OrderListItem, inserted=[at(ONE, 1)])
    async with followed(store, ONE.id) as changes:
        assert await soon(changes) == at(ONE, 1)
        pass_on, died = LiveView._pass_on, False

        async def dying(view: LiveView[OrderListItem], due: set[str]) -> None:
            nonlocal died
            if not died:
                died = True
                raise asyncio.CancelledError
            await pass_on(view, due)

        monkeypatch.setattr(LiveView, "_pass_on", dying)
        await put(store, OrderListItem, replaced=[at(ONE, 2)])
        assert await soon(changes) == at(ONE, 2)
        assert died


async def test_who_leaves_is_forgotten(store: Store) -> None:
    await put(store, OrderListItem, inserted=[at(ONE, 1)])
    async with followed(store, ONE.id) as changes:
        await soon(changes)
        assert store._live[OrderListItem].follower_count == 1
        waiting = asyncio.ensure_future(soon(changes))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert store._live[OrderListItem].follower_count == 0
    gc.collect()


async def test_a_wait_returns_once_the_view_shows_the_position(store: Store) -> None:
    waiting = asyncio.ensure_future(store.wait(OrderListItem, 2, timeout=10))
    await put(store, OrderListItem, inserted=[ONE])
    assert not waiting.done()
    await put(store, OrderListItem, inserted=[OTHER])
    await waiting
    await store.wait(OrderListItem, 1, timeout=0)


async def test_a_wait_that_runs_out_says_what_the_view_shows(store: Store) -> None:
    await put(store, OrderListItem, inserted=[ONE])
    with pytest.raises(StaleRead) as stale:
        await store.wait(OrderListItem, 5, timeout=0.01)
    assert (stale.value.view, stale.value.asked, stale.value.shown) == ("order_list_item", 5, 1)
