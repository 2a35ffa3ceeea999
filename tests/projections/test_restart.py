import asyncio
import signal
from pathlib import Path

import pytest

from projections.engine import Engine
from projections.order import order
from projections.verify import verify_view
from readmodels.embedded import embedded_mongod
from readmodels.embedded.process import running_mongod
from readmodels.order import Order
from readmodels.store import DriverName, Store, Unreachable
from tests.projections.log import MemoryLog, order_confirmed, order_placed


async def test_engine_and_followers_go_on_when_mongodb_comes_back(
    tmp_path: Path, driver: DriverName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("readmodels.store.driver.CLIENT_OPTIONS", {"serverSelectionTimeoutMS": 300})
    log = MemoryLog(order_placed())
    async with (
        embedded_mongod(tmp_path) as url,
        await Store.open(url, "restarted", driver) as store,
        Engine(store, log, [order]) as engine,
    ):
        await engine.level(1, timeout=10)
        changes = store.changes(Order, "ord_1")
        assert (await anext(changes)).position.at == 1
        mongod = running_mongod(tmp_path)
        assert mongod is not None
        mongod.process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(mongod.process.wait)
        with pytest.raises(Unreachable):
            await store.get(Order, "ord_1")
        with pytest.raises(Unreachable):
            await store.ping()
        confirmed = log.record(order_confirmed())
        async with embedded_mongod(tmp_path) as again:
            assert again == url
            async with asyncio.timeout(20):
                assert (await anext(changes)).position.at == confirmed
            await changes.aclose()
            await engine.level(confirmed, timeout=10)
            assert (await verify_view(store, order, log)).differing == []
