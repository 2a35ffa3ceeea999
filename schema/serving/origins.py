"""Whose pages may use the API.

Browsers say from which origin a page comes; what is no browser says nothing, and is let in. Over
HTTP the browser itself keeps a page from what it is not allowed; a WebSocket it opens for any page,
so that there the server has to refuse.
"""

import ipaddress
from collections.abc import Collection
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# Of a page that was opened from a file browsers say null, as they do of any site's sandboxed frame:
# who wants to keep those out names the origins.
_PAGES_OF_THIS_MACHINE: Final = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?|null"
_REMEMBERED: Final = 600


class Origins:
    """The application for the pages of `named` origins, * being all of them, and for its own.

    With none named, and while the server listens on a loopback address (`host`), pages of this
    machine may use it too.
    """

    def __init__(self, app: ASGIApp, host: str, named: Collection[str]) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=named,
            allow_origin_regex=None if named or not _is_loopback(host) else _PAGES_OF_THIS_MACHINE,
            allow_methods=("GET", "HEAD", "POST"),
            allow_headers=("*",),
            allow_private_network=True,
            max_age=_REMEMBERED,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = _header(scope, b"origin")
        if origin is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._cors(scope, receive, send)
        elif self._cors.is_allowed_origin(origin) or _is_own(origin, scope):
            await self._app(scope, receive, send)
        else:
            refusal = f"Pages of {origin} may not use this server: see DIPTYCH_ORIGINS."
            await PlainTextResponse(refusal, 403)(scope, receive, send)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_own(origin: str, scope: Scope) -> bool:
    """Whether the page comes from where it connects to; a proxy may have ended its TLS."""
    scheme, _, place = origin.partition("://")
    return scheme in ("http", "https") and place == _header(scope, b"host")


def _header(scope: Scope, name: bytes) -> str | None:
    headers = scope.get("headers", ())
    return next((value.decode("latin-1") for key, value in headers if key == name), None)
