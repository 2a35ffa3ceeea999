"""What clients are told of errors: what they can act on in words, and of a fault of ours no more
than the number under which the log has it.

One rule for every way out: what is not known to be the client's fault, or a state that passes, is
an INTERNAL_SERVER_ERROR.
"""

import logging
import secrets
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from graphql import GraphQLError

from readmodels.store import BadCursor, StaleRead, Unreachable
from readmodels.view import BadFilter

_LONGEST_MESSAGE: Final = 1_000
_LOG_EVERY_SECONDS: Final = 60.0

_LOG = logging.getLogger("diptych.api")

_CODES: Final[dict[type[BaseException], str]] = {
    StaleRead: "STALE_READ",
    BadCursor: "BAD_USER_INPUT",
    BadFilter: "BAD_USER_INPUT",
    Unreachable: "UNAVAILABLE",
}


def told(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """The errors as a response shows them; what is no client's doing is logged."""
    return [_told(error) for error in errors]


def told_fault(fault: Exception) -> list[dict[str, Any]]:
    """The same for what went wrong outside of any field."""
    return [_told(GraphQLError(str(fault), original_error=fault))]


def _told(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    if len(error.message) > _LONGEST_MESSAGE:
        # A message may repeat what the client sent.
        formatted["message"] = error.message[:_LONGEST_MESSAGE] + "…"
    cause = _cause(error)
    if isinstance(cause, Unreachable):
        _READ_STORE_AWAY.log(cause)
        formatted["message"] = "The read store is not available; ask again later."
    code = _code(error, cause)
    if code is not None:
        more = error.extensions if isinstance(cause, GraphQLError) else None
        formatted["extensions"] = {**(more or {}), "code": code}
        return formatted
    request_id = secrets.token_hex(8)
    _LOG.error(
        "Internal error, request %s, at %s",
        request_id,
        ".".join(str(part) for part in error.path or ()) or "no field",
        exc_info=cause,
    )
    formatted["message"] = "Internal error"
    formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    return formatted


def _cause(error: GraphQLError) -> Exception:
    """What went wrong first; GraphQL's own errors may stand around it, one in another."""
    while isinstance(error.original_error, GraphQLError):
        error = error.original_error
    return error.original_error or error


def _code(error: GraphQLError, cause: Exception) -> str | None:
    """None for a fault of ours. Of GraphQL's own errors only those have a code that stand for what
    a client sent: one without it is of a value of ours that cannot be shown."""
    if isinstance(cause, GraphQLError):
        code = (error.extensions or {}).get("code")
        return None if code is None else str(code)
    return next((code for kind, code in _CODES.items() if isinstance(cause, kind)), None)


class ReadStoreAway:
    """Where the read store is, and what its driver says, is for the log, which is told once in a
    while of what each client is told."""

    def __init__(self) -> None:
        self._logged_at = float("-inf")
        self._count = 0

    def log(self, cause: Unreachable) -> None:
        self._count += 1
        now = monotonic()
        if now - self._logged_at >= _LOG_EVERY_SECONDS:
            _LOG.warning(
                "The read store is not available, as %d requests were told since this was last"
                " said: %s",
                self._count,
                cause,
            )
            self._logged_at, self._count = now, 0


_READ_STORE_AWAY = ReadStoreAway()
