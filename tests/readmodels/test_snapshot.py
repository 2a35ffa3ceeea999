"""A snapshot is of a moment at which the view had come at least as far as is known."""

import asyncio
from dataclasses import replace

import pytest

from readmodels.order_list_item import OrderListItem
from readmodels.store import Checkpoint, Store
from readmodels.store.snapshot import read_snapshot
from tests.readmodels.documents import list_item, put


async def test_no_snapshot_is_older_than_what_is_known(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = store._connection
    written = await put(store, OrderListItem, inserted=[list_item(1)])
    known = replace(written, version=written.version + 1)
    begin, begun = connection.driver.session, asyncio.Queue[None]()

    async def counted(*, snapshot: bool = False) -> object:
        begun.put_nowait(None)
        return await begin(snapshot=snapshot)

    async def read() -> tuple[Checkpoint, list[str]]:
        async with read_snapshot(connection, OrderListItem, known) as snapshot:
            return snapshot.checkpoint, [id async for id, _ in snapshot.documents]

    monkeypatch.setattr(connection.driver, "session", counted)
    reading = asyncio.create_task(read())
    async with asyncio.timeout(60):
        for _ in range(3):
            await begun.get()
    # Three moments were found too early. What is known comes to be only now.
    assert not reading.done()
    newer = await put(store, OrderListItem, inserted=[list_item(2)])
    assert await asyncio.wait_for(reading, 60) == (newer, ["ord_0001", "ord_0002"])
    assert newer.version == known.version
