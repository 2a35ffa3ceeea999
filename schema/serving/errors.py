"""What clients are told of errors: what they can act on in words, and of a fault of ours no more
than the number under which the log has it."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any, Final

from graphql import GraphQLError

from readmodels.store import BadCursor, StaleRead, Unreachable
from readmodels.view import BadFilter

_LONGEST_MESSAGE: Final = 1_000

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
    shown = _told(GraphQLError(str(fault), path=[], original_error=fault))
    shown.pop("path", None)
    return [shown]


def _told(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    if len(error.message) > _LONGEST_MESSAGE:
        # A message may repeat what the client sent.
        formatted["message"] = error.message[:_LONGEST_MESSAGE] + "…"
    code = _code(error)
    if code is not None:
        formatted["extensions"] = {**(error.extensions or {}), "code": code}
        return formatted
    request_id = secrets.token_hex(8)
    _LOG.error(
        "Internal error, request %s, at %s",
        request_id,
        ".".join(str(part) for part in error.path or ()),
        exc_info=error.original_error or error,
    )
    formatted["message"] = "Internal error"
    formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    return formatted


def _code(error: GraphQLError) -> str | None:
    """None for a fault of ours."""
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    original = error.original_error
    for kind, code in _CODES.items():
        if isinstance(original, kind):
            return code
    if error.path is None or (isinstance(original, GraphQLError) and original.nodes):
        # Of a variable, or of an argument that a variable fills: the executor says where in the
        # text, while a value of ours that cannot be shown has no place there.
        return "BAD_USER_INPUT"
    return None
