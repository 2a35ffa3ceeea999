"""PostgreSQL as SQLAlchemy's asynchronous engine drives it, with a deadline for each statement.

A connection whose other end has fallen silent is noticed: by the deadline while a statement is
under way, and by the system's keepalives while none is.
"""

import socket
from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

CONNECT_WAIT = 3.0
"""Seconds after which a connection that cannot be made is given up."""

CLOSE_WAIT = 1.0
"""Seconds after which a connection that does not close is cut."""

_MARGIN = 0.5
"""Seconds after the server should have ended a statement, after which it counts as silent."""

_OF_VALUES = "22"
"""The class of SQLSTATE that the server's data exceptions have, and asyncpg's of what it cannot
send."""

_KEEP_ALIVE = {
    "SO_KEEPALIVE": 1,
    "TCP_KEEPIDLE": 5,
    "TCP_KEEPINTVL": 2,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 10_000,
}
"""Of the sockets, in seconds, but for the last: milliseconds that what was sent may lie unheard."""

_SERVER_KEEP_ALIVE = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
}


def postgresql_engine(
    url: URL, *, statement_wait: float, settings: dict[str, str], **options: Any
) -> AsyncEngine:
    """`statement_wait` is how many seconds a statement may take: the server ends it then, or the
    connection is given up. `settings` are the server's, `options` the engine's."""
    of_server = {
        "application_name": "diptych",
        "jit": "off",
        "statement_timeout": milliseconds(statement_wait),
        **_SERVER_KEEP_ALIVE,
        **settings,
    }
    engine = create_async_engine(
        url,
        # Errors go to the log, and statements hold what somebody's name and address are.
        hide_parameters=True,
        connect_args={
            "async_creator_fn": _connect,
            "timeout": CONNECT_WAIT,
            "command_timeout": statement_wait + _MARGIN,
            "server_settings": of_server,
        },
        **options,
    )
    event.listen(engine.sync_engine, "handle_error", _hide_values)
    return engine


def _hide_values(context: ExceptionContext) -> None:
    """Of the row that it refuses PostgreSQL tells in a detail, and of a value in the message."""
    error = context.original_exception
    cause = error.__cause__
    if not isinstance(cause, asyncpg.PostgresError):
        return
    cause.detail = None
    if (cause.sqlstate or "").startswith(_OF_VALUES):
        cause.__cause__ = None
        cause.args = error.args = (f"{type(cause).__name__} ({cause.sqlstate})",)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = error.args


def milliseconds(seconds: float) -> str:
    """As a setting of the server."""
    return f"{seconds * 1000:.0f}"


class _Connection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
    async def close(self, *, timeout: float | None = None) -> None:
        """In no more than a moment, whatever the other end does."""
        with suppress(TimeoutError):
            await super().close(timeout=CLOSE_WAIT)


async def _connect(*arguments: Any, **options: Any) -> Any:
    connection = await asyncpg.connect(*arguments, connection_class=_Connection, **options)
    # asyncpg has no public way to its socket.
    connected: Any = connection._transport.get_extra_info("socket")
    if connected.family in (socket.AF_INET, socket.AF_INET6):
        _keep_alive(connected)
    return connection


def _keep_alive(connected: Any) -> None:
    """Not every system has all of them."""
    for name, value in _KEEP_ALIVE.items():
        if (option := getattr(socket, name, None)) is not None:
            level = socket.SOL_SOCKET if name.startswith("SO_") else socket.IPPROTO_TCP
            connected.setsockopt(level, option, value)
