"""Whether the process lives, and whether it is worth sending it requests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[str | None]]
"""Says what is wrong; None where nothing is."""

HEALTH_PATHS: Final = ("/healthz", "/readyz")
_PATIENCE: Final = 2.0


def health_routes(checks: Mapping[str, Check]) -> list[Route]:
    """/healthz, and /readyz with what each named check says."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_: Request) -> Response:
        said = await asyncio.gather(*(_said(check) for check in checks.values()))
        wrong = {name: words for name, words in zip(checks, said, strict=True) if words}
        return JSONResponse(
            {"status": "not ready" if wrong else "ready", "wrong": wrong},
            503 if wrong else 200,
            headers={"Cache-Control": "no-store"},
        )

    return [
        Route(path, endpoint)
        for path, endpoint in zip(HEALTH_PATHS, (healthz, readyz), strict=True)
    ]


async def _said(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), _PATIENCE)
    except TimeoutError:
        return f"does not answer within {_PATIENCE:g} seconds"
    except Exception as fault:
        return f"does not answer ({type(fault).__name__})"
