"""/healthz and /readyz: whether the process lives, and whether it is worth asking."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.applications import Starlette

from schema.serving.health import Check, health_routes
from schema.serving.readiness import views_are_level
from tests.schema.edge import Edge


async def ready(**checks: Check) -> tuple[int, Any]:
    transport = httpx.ASGITransport(app=Starlette(routes=health_routes(checks)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/readyz")
        return answer.status_code, answer.json()


async def well() -> None:
    return None


async def behind() -> str:
    return "order is 12 seconds behind"


async def broken() -> str | None:
    raise ConnectionRefusedError("at 127.0.0.1")


def test_the_process_lives(edge: Edge) -> None:
    answer = edge.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_a_server_that_shows_what_it_records_is_ready(edge: Edge) -> None:
    edge.new_product()
    answer = edge.http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "wrong": {}})


async def test_what_is_wrong_is_named() -> None:
    assert await ready(database=broken, projections=behind, documents=well) == (
        503,
        {
            "status": "not ready",
            "wrong": {
                "database": "does not answer (ConnectionRefusedError)",
                "projections": "order is 12 seconds behind",
            },
        },
    )


async def test_views_beyond_the_set_lag_are_not_level(edge: Edge) -> None:
    check = views_are_level(edge.diptych.store, lag=-1.0)
    said = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_said(check), edge.loop))
    assert said is not None
    assert "order is 0 seconds behind" in said


async def _said(check: Check) -> str | None:
    return await check()
