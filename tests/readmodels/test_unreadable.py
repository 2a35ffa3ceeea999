"""A stored document that is none of its view ends those who follow it with an error, and nobody
else; once it is mended, who comes is served."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Any

import pytest

from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem, StatusSince
from readmodels.store import Changes, PageRequest, Store, Unreadable, writing
from readmodels.values import Id, Position
from tests.readmodels.documents import list_item, put

PENDING, CONFIRMED = OrderStatus.PENDING, OrderStatus.CONFIRMED
DAMAGED, SOUND = list_item(1, customer="cus_1"), list_item(2, customer="cus_2", position=2)
OF_DAMAGED, OF_SOUND = (OrderFilter(customer_id=Id(id)) for id in ("cus_1", "cus_2"))


async def set_fields(store: Store, id: str, **fields: Any) -> None:
    """Past everything that keeps a document sound."""
    collection = store._connection.collection(store.checkpoint(OrderListItem).collection)
    await collection.update_one({"_id": id}, {"$set": fields})


async def write(store: Store, *changes: tuple[OrderListItem, OrderListItem]) -> None:
    """As a view's worker that holds the documents in memory."""
    known = store.checkpoint(OrderListItem)
    position = max(after.position.at for _, after in changes)
    await store.writer(OrderListItem).write(
        known, replace(known, position=position), Changes(changed=changes)
    )


def at(item: OrderListItem, position: int) -> OrderListItem:
    return replace(item, position=replace(item.position, at=position))


def confirmed(item: OrderListItem, position: int) -> OrderListItem:
    statuses = (*item.statuses, StatusSince(CONFIRMED, position))
    return replace(at(item, position), status=CONFIRMED, statuses=statuses)


class Following:
    """Followers of documents and of lists, who are closed in the end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Following":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def document(self, id: str) -> AsyncIterator[OrderListItem]:
        return await self._stack.enter_async_context(
            aclosing(self._store.changes(OrderListItem, id))
        )

    async def list(self, filter: OrderFilter, after: int | None = None) -> AsyncIterator[Any]:
        position = None if after is None else Position(after)
        changes = self._store.list_changes(OrderListItem, filter, position)
        return await self._stack.enter_async_context(aclosing(changes))


async def soon(changes: AsyncIterator[Any]) -> Any:
    async with asyncio.timeout(20):
        return await anext(changes)


async def fails(changes: AsyncIterator[Any]) -> None:
    with pytest.raises(Unreadable) as unreadable:
        await soon(changes)
    assert (unreadable.value.view, unreadable.value.id) == ("order_list_item", DAMAGED.id)
    assert str(unreadable.value) == (
        f"The document {DAMAGED.id} of the view order_list_item cannot be read."
    )
    with pytest.raises(StopAsyncIteration):
        await soon(changes)


@pytest.fixture
async def filled(store: Store) -> Store:
    await put(store, OrderListItem, inserted=[DAMAGED, SOUND], position=2)
    return store


async def test_those_who_follow_the_document_are_told_once_and_the_others_go_on(
    filled: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with Following(filled) as following:
        own = [await following.document(DAMAGED.id) for _ in range(2)]
        other = await following.document(SOUND.id)
        for changes in (*own, other):
            await soon(changes)
        await set_fields(filled, DAMAGED.id, customer_name=5)
        waiting = [asyncio.ensure_future(fails(changes)) for changes in own]
        await write(filled, (DAMAGED, at(DAMAGED, 3)), (SOUND, at(SOUND, 3)))
        assert (await soon(other)).position.at == 3
        await asyncio.gather(*waiting)
        await write(filled, (SOUND, at(SOUND, 4)))
        assert (await soon(other)).position.at == 4
        errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
        assert len(errors) == 1
        assert DAMAGED.id in errors[0].getMessage()
        assert filled._live[OrderListItem].follower_count == 1
        await fails(await following.document(DAMAGED.id))
        await set_fields(filled, DAMAGED.id, customer_name="Ada")
        assert (await soon(await following.document(DAMAGED.id))).position.at == 3


@pytest.mark.parametrize("most_named", [1_000, 0])
async def test_those_whose_list_it_concerns_are_told_and_the_others_go_on(
    filled: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    most_named: int,
) -> None:
    """Whether the checkpoint names the document, or all behind a position are read."""
    monkeypatch.setattr(writing, "_MOST_NAMED", most_named)
    async with Following(filled) as following:
        own = [
            await following.list(filter)
            for filter in (OF_DAMAGED, OrderFilter(), OrderFilter(status=[PENDING]))
        ]
        others = [
            await following.list(filter)
            for filter in (OF_SOUND, OrderFilter(customer_id=Id("cus_2"), status=[PENDING]))
        ]
        for changes in (*own, *others):
            await soon(changes)
        for changes in own[1:]:
            await soon(changes)
        await set_fields(filled, DAMAGED.id, customer_name=5)
        waiting = [asyncio.ensure_future(fails(changes)) for changes in own]
        await write(filled, (DAMAGED, at(DAMAGED, 3)), (SOUND, at(SOUND, 4)))
        await asyncio.gather(*waiting)
        for changes in others:
            assert (await soon(changes)).document == at(SOUND, 4)
        await write(filled, (SOUND, confirmed(SOUND, 5)))
        assert [(await soon(changes)).kind for changes in others] == ["UPDATED", "REMOVED"]
        errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
        assert len(errors) == 1
        assert filled._live_lists[OrderListItem].follower_count == len(others)


async def test_a_status_that_it_had_no_more_keeps_others_out_of_it(filled: Store) -> None:
    await write(filled, (DAMAGED, confirmed(DAMAGED, 3)))
    async with Following(filled) as following:
        pending = await following.list(OrderFilter(status=[PENDING]))
        await soon(pending)
        await set_fields(filled, DAMAGED.id, customer_name=5)
        await write(filled, (DAMAGED, at(DAMAGED, 4)))
        await write(filled, (SOUND, at(SOUND, 5)))
        assert (await soon(pending)).document == at(SOUND, 5)


async def test_what_cannot_be_read_of_it_rules_nobody_out(filled: Store) -> None:
    async with Following(filled) as following:
        own, other = await following.list(OF_DAMAGED), await following.list(OF_SOUND)
        await soon(own)
        await soon(other)
        await set_fields(filled, DAMAGED.id, statuses="none", status=7)
        await write(filled, (DAMAGED, at(DAMAGED, 3)), (SOUND, at(SOUND, 3)))
        await fails(own)
        assert (await soon(other)).document == at(SOUND, 3)


async def test_who_begins_or_goes_on_with_it_is_told_and_nobody_else(filled: Store) -> None:
    await write(filled, (DAMAGED, at(DAMAGED, 3)), (SOUND, at(SOUND, 4)))
    await set_fields(filled, DAMAGED.id, customer_name=5)
    async with Following(filled) as following:
        for after in (None, 2):
            await fails(await following.list(OF_DAMAGED, after))
            await fails(await following.list(OrderFilter(), after))
            change = await soon(await following.list(OF_SOUND, after))
            assert change.document == at(SOUND, 4)
        assert (await soon(await following.list(OrderFilter(), after=3))).document == at(SOUND, 4)
        await set_fields(filled, DAMAGED.id, customer_name="Ada")
        for after, kind in ((None, "ADDED"), (2, "UPDATED")):
            change = await soon(await following.list(OF_DAMAGED, after))
            assert (change.kind, change.document) == (kind, at(DAMAGED, 3))


async def test_a_read_of_it_says_which_document_it_is_and_others_are_read(filled: Store) -> None:
    await set_fields(filled, DAMAGED.id, customer_name=5)
    reads = [
        filled.get(OrderListItem, DAMAGED.id),
        filled.get_many(OrderListItem, [DAMAGED.id, SOUND.id]),
        filled.page(OrderListItem, PageRequest()),
        filled.page(OrderListItem, PageRequest(filter=OF_DAMAGED)),
    ]
    for read in reads:
        with pytest.raises(Unreadable, match=f"^The document {DAMAGED.id} of the view"):
            await read
    assert await filled.get(OrderListItem, SOUND.id) == SOUND
    page = await filled.page(OrderListItem, PageRequest(filter=OF_SOUND))
    assert list(page.nodes) == [SOUND]
