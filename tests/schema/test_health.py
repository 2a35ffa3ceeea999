"""/healthz and /readyz: whether the process lives, and whether it is worth asking."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Coroutine
from contextlib import closing
from typing import Any, TypeVar

import httpx
import pytest
from starlette.applications import Starlette

from commands.bus import Moment
from commands.supervision import Supervisor
from readmodels.order import Order
from schema.serving.health import Check, Checks, health_routes
from schema.serving.liveness import loop_runs, writer_moves
from schema.serving.readiness import (
    clocks_agree,
    commands_can_be_recorded,
    tasks_run,
    timers_fire,
    views_are_catching_up,
    views_are_level,
)
from tests.commands.deciding import NOW
from tests.schema.edge import Edge, until

T = TypeVar("T")


async def asked(path: str, ready: Checks = {}, **others: Checks) -> tuple[int, Any]:  # noqa: B006
    transport = httpx.ASGITransport(app=Starlette(routes=health_routes(ready, **others)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.json()


async def well() -> None:
    return None


async def behind() -> str:
    return "order is 12 seconds behind"


async def broken() -> str | None:
    raise ConnectionRefusedError("at 127.0.0.1")


async def silent() -> str | None:
    await asyncio.Event().wait()
    return None


def test_the_process_lives(edge: Edge) -> None:
    answer = edge.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive", "wrong": {}})


async def test_a_server_that_shows_what_it_records_is_ready(edge: Edge) -> None:
    # A server that was just started answers before its views' workers have reported.
    await until(lambda: not views_are_catching_up(edge.diptych.store, 10.0))
    edge.new_product()
    answer = edge.http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "wrong": {}})


async def test_what_is_wrong_is_named_without_an_error_s_own_words() -> None:
    checks = {"write store": broken, "read store": well, "stuck": silent}
    assert await asked("/readyz", checks) == (
        503,
        {
            "status": "not ready",
            "wrong": {
                "write store": "does not answer (ConnectionRefusedError)",
                "stuck": "does not answer within 2 seconds",
            },
        },
    )


async def test_what_requests_are_served_in_spite_of_is_named_and_no_more() -> None:
    said = await asked("/readyz", {"read store": well}, told={"projections": behind})
    assert said == (
        200,
        {"status": "ready", "wrong": {"projections": "order is 12 seconds behind"}},
    )
    code, body = await asked("/readyz", {"read store": broken}, told={"projections": behind})
    assert (code, sorted(body["wrong"])) == (503, ["projections", "read store"])


async def test_what_stands_still_is_no_longer_alive() -> None:
    said = await asked("/healthz", alive={"writer": behind, "event loop": well})
    assert said == (
        503,
        {"status": "standing still", "wrong": {"writer": "order is 12 seconds behind"}},
    )


async def test_views_beyond_the_set_lag_are_named(edge: Edge) -> None:
    await until(lambda: not views_are_catching_up(edge.diptych.store, 10.0))
    said = await in_its_loop(edge, told(views_are_level(edge.diptych.store, lag=-1.0)))
    assert said is not None
    assert "order is 0 seconds behind" in said


async def test_a_command_that_was_just_recorded_is_proof_enough(edge: Edge) -> None:
    head = edge.diptych.store.checkpoint(Order).head
    check = commands_can_be_recorded(edge.diptych.bus)
    assert await in_its_loop(edge, told(check)) is None
    # What is written for this is no fact.
    assert await in_its_loop(edge, edge.diptych.feed.head()) >= head


def test_a_server_whose_log_cannot_be_written_is_not_ready(edge: Edge) -> None:
    file = edge.diptych.database.url.database
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = edge.http.get("/readyz")
        while answer.status_code == 200:  # What was recorded a moment ago still counts.
            answer = edge.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["wrong"]["write store"].startswith("does not answer")
    while answer.status_code == 503:
        answer = edge.http.get("/readyz")
    assert "write store" not in answer.json()["wrong"]


class Standing:
    """A bus, a loop or timers that are not as they should be."""

    standing_for = 21.0
    stillness = 6.0
    failing = 3

    async def moment(self) -> Moment:
        return Moment(NOW, ahead=90_000.0)


async def test_what_is_told_of_clocks_timers_the_loop_and_the_writer() -> None:
    standing: Any = Standing()
    assert await told(writer_moves(standing)) == "has stood still for 21 seconds"
    assert await told(loop_runs(standing)) == "stood still for 6 seconds"
    assert await told(timers_fire(standing)) == "3 failed and are tried again"
    assert await told(clocks_agree(standing)) == (
        "the log's time is 90000 seconds ahead of the write store's clock; no timers fire until"
        " that has come up to it"
    )


async def test_what_is_well_is_not_told(edge: Edge) -> None:
    bus = edge.diptych.bus
    assert await in_its_loop(edge, told(writer_moves(bus))) is None
    assert await in_its_loop(edge, told(clocks_agree(bus))) is None
    assert await told(tasks_run(edge.diptych.supervisor)) is None


async def test_a_task_that_died_is_named(caplog: pytest.LogCaptureFixture) -> None:
    async def die() -> None:
        raise ValueError("somebody@example.org")

    async with Supervisor() as tasks, tasks.running("feed", die):
        await asyncio.sleep(0.05)
        assert await told(tasks_run(tasks)) == "feed died of a fault (ValueError) and begins again"


async def told(check: Check) -> str | None:
    return await check()


async def in_its_loop(edge: Edge, work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine answers where the application runs."""
    answer: Awaitable[T] = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, edge.loop))
    return await answer
