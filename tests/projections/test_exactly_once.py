"""Whatever happens to the workers, the documents are the fold of the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import fanning, lease
from projections.catalogue import all_projections
from projections.engine import Engine, worker
from projections.engine.worker import Worker
from projections.fold import fold
from projections.projection import Projection
from projections.verify import verify_view
from readmodels.store import Store
from tests.projections.expected import kept
from tests.projections.faults import Crashed, Fault, FaultyStore
from tests.projections.histories import histories
from tests.projections.log import MemoryLog
from tests.stores import emptied

DATABASE = "exactly_once"

examples = settings(
    max_examples=settings().max_examples // 20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are made for machines and people are cut short."""
    monkeypatch.setattr(worker, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.05)


@asynccontextmanager
async def working(store: Store, log: MemoryLog) -> AsyncIterator[None]:
    """A worker for each view, each replaced when it crashes."""

    async def live(projection: Projection[Any]) -> None:
        while True:
            with suppress(Crashed):
                await Worker(store, log, projection).run()

    workers = [asyncio.create_task(live(projection)) for projection in all_projections()]
    try:
        yield
    finally:
        for each in workers:
            each.cancel()
        await asyncio.wait(workers)


async def level(store: Store, log: MemoryLog) -> None:
    for projection in all_projections():
        await store.wait(projection.view.document, len(log.facts), timeout=120)


async def assert_equal_to_the_fold(store: Store, log: MemoryLog) -> None:
    statuses = {each.checkpoint.view: each for each in await store.statuses()}
    for projection in all_projections():
        documents = fold(projection, log.facts)
        assert statuses[projection.name].checkpoint.documents == len(documents)
        report = await verify_view(store, projection, log)
        assert (report.position, report.compared) == (len(log.facts), kept(projection, log))
        assert report.differing == []


@examples
@given(
    log=histories(),
    batch=st.integers(1, 40),
    size=st.sampled_from([300, 3_000, 30_000]),
    cached=st.sampled_from([0, 1, 5_000]),
    split=st.integers(0, 80),
    chunk=st.integers(1, 5),
    fan_outs=st.integers(1, 3),
)
async def test_any_batching_gives_the_same_documents(
    mongo_url: str,
    log: MemoryLog,
    batch: int,
    size: int,
    cached: int,
    split: int,
    chunk: int,
    fan_outs: int,
) -> None:
    emptied(mongo_url, DATABASE)
    later = log.facts[split:]
    del log.facts[split:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "BATCH", batch)
        patch.setattr(worker, "BATCH_BYTES", size)
        patch.setattr(worker, "CACHED_DOCUMENTS", cached)
        patch.setattr(worker, "MOST_FAN_OUTS", fan_outs)
        patch.setattr(fanning, "CHUNK", chunk)
        patch.setattr(fanning, "CHUNK_BYTES", size)
        patch.setattr(fanning, "AT_ONCE", fan_outs)
        async with await Store.open(mongo_url, DATABASE) as store:
            for more in ([], later):
                log.facts.extend(more)
                async with Engine(store, log) as engine:
                    await engine.level(len(log.facts), timeout=120)
            await assert_equal_to_the_fold(store, log)


@examples
@given(
    log=histories(),
    batch=st.integers(1, 40),
    faults=st.lists(st.sampled_from(list(Fault)), max_size=40),
)
async def test_any_fault_at_any_step_gives_the_same_documents(
    mongo_url: str, log: MemoryLog, batch: int, faults: list[Fault]
) -> None:
    emptied(mongo_url, DATABASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "BATCH", batch)
        patch.setattr(fanning, "CHUNK", 2)
        async with await FaultyStore.open(mongo_url, DATABASE) as store:
            store.faults = iter(faults)
            async with working(store, log):
                await level(store, log)
            await assert_equal_to_the_fold(store, log)


@examples
@given(
    log=histories(),
    batch=st.integers(1, 10),
    lives=st.lists(st.integers(0, 30), max_size=8),
)
async def test_workers_may_be_ended_at_any_await(
    mongo_url: str, log: MemoryLog, batch: int, lives: list[int]
) -> None:
    emptied(mongo_url, DATABASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "BATCH", batch)
        patch.setattr(fanning, "CHUNK", 2)
        async with await Store.open(mongo_url, DATABASE) as store:
            for milliseconds in lives:
                async with working(store, log):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(milliseconds / 1000):
                            await level(store, log)
            async with working(store, log):
                await level(store, log)
            await assert_equal_to_the_fold(store, log)


@examples
@given(log=histories(), batch=st.integers(1, 40))
async def test_workers_that_take_the_views_from_each_other_do_no_harm(
    mongo_url: str, log: MemoryLog, batch: int
) -> None:
    emptied(mongo_url, DATABASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "BATCH", batch)
        patch.setattr(fanning, "CHUNK", 2)
        patch.setattr(lease, "LEASE_SECONDS", 0.0)
        async with AsyncExitStack() as stack:
            stores = [
                await stack.enter_async_context(await Store.open(mongo_url, DATABASE, driver))
                for driver in ("motor", "pymongo")
            ]
            for store in stores:
                await stack.enter_async_context(working(store, log))
            for store in stores:
                await level(store, log)
            await assert_equal_to_the_fold(stores[0], log)
