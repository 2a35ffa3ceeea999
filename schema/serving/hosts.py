"""Under which names the server may be asked.

A stranger's page can have its own name point at this machine, and is then, for its browser, of the
server's origin: only the name that the browser sends along tells.
"""

import ipaddress
from collections.abc import Collection
from typing import Final

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schema.serving.health import HEALTH_PATHS

_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """The application for who asks for one of the `allowed` hosts, * being any.

    Without any they are the names of the loopback address, and `host`, on which the server listens.
    Who asks for its health, often by an address, is answered under any.
    """

    def __init__(self, app: ASGIApp, host: str, allowed: Collection[str]) -> None:
        self._app = app
        names = list(allowed) or [*_LOOPBACK, _as_asked_for(host)]
        self._trusted = TrustedHostMiddleware(self._admit, names, www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in HEALTH_PATHS:
            await self._app(scope, receive, send)
        else:
            await self._trusted(scope, receive, _Refusing(scope, receive, send))

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert isinstance(send, _Refusing)
        await self._app(scope, receive, send.admitted)


class _Refusing:
    """Takes a refusal of Starlette's, whose words name no setting, and sends one that does."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self.admitted = send

    async def __call__(self, message: Message) -> None:
        if message["type"].endswith("response.start"):
            refusal = PlainTextResponse(_REFUSAL, message["status"])
            await refusal(self._scope, self._receive, self.admitted)


_REFUSAL: Final = (
    "The Host header of the request names no host of this server: see DIPTYCH_ALLOWED_HOSTS."
)


def _as_asked_for(host: str) -> str:
    """As a Host header has it."""
    try:
        return f"[{ipaddress.IPv6Address(host)}]"
    except ValueError:
        return host
