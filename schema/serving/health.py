"""Whether the process lives, and whether it is worth sending it requests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[str | None]]
"""Says what is wrong; None where nothing is."""

Checks = Mapping[str, Check]

NO_CHECKS: Final[Checks] = {}
HEALTH_PATHS: Final = ("/healthz", "/readyz")
_PATIENCE: Final = 2.0


def health_routes(
    ready: Checks, told: Checks = NO_CHECKS, alive: Checks = NO_CHECKS
) -> list[Route]:
    """/healthz fails where one of `alive` is wrong, /readyz where one of `ready` is. What is wrong
    is named, on /readyz also of what is only `told`, since requests are served nevertheless."""

    async def healthz(_: Request) -> Response:
        wrong = await what_is_wrong(alive)
        return _answer("standing still" if wrong else "alive", wrong, failed=bool(wrong))

    async def readyz(_: Request) -> Response:
        prevents, only_told = await asyncio.gather(what_is_wrong(ready), what_is_wrong(told))
        status = "not ready" if prevents else "ready"
        return _answer(status, prevents | only_told, failed=bool(prevents))

    return [
        Route(path, endpoint)
        for path, endpoint in zip(HEALTH_PATHS, (healthz, readyz), strict=True)
    ]


async def what_is_wrong(checks: Checks) -> dict[str, str]:
    """What each check says that is not well, by name."""
    said = await asyncio.gather(*(_said(check) for check in checks.values()))
    return {name: words for name, words in zip(checks, said, strict=True) if words}


async def _said(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), _PATIENCE)
    except TimeoutError:
        return f"does not answer within {_PATIENCE:g} seconds"
    except Exception as fault:
        return f"does not answer ({type(fault).__name__})"


def _answer(status: str, wrong: Mapping[str, str], *, failed: bool) -> Response:
    return JSONResponse(
        {"status": status, "wrong": wrong},
        503 if failed else 200,
        headers={"Cache-Control": "no-store"},
    )
