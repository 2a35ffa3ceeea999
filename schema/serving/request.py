"""A GraphQL request, whichever way it came."""

from dataclasses import dataclass
from typing import Any


class BadRequest(Exception):
    """What came is no GraphQL request."""


@dataclass(frozen=True, slots=True)
class Request:
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


def read_request(payload: Any) -> Request:
    """The request that a JSON value stands for; raises BadRequest. One that names its text by a
    hash alone has an empty one."""
    if isinstance(payload, list):
        raise BadRequest("Requests are taken one at a time: batches of them are not supported.")
    if not isinstance(payload, dict):
        raise BadRequest("A request is a JSON object with a query.")
    extensions = _optional(payload, "extensions", dict, "an object")
    query = payload.get("query")
    if query is None and names_persisted(extensions):
        query = ""
    if not isinstance(query, str):
        raise BadRequest("A request has a string `query` with the operation's text.")
    return Request(
        query=query,
        variables=_optional(payload, "variables", dict, "an object"),
        operation_name=_optional(payload, "operationName", str, "a string"),
        extensions=extensions,
    )


def names_persisted(extensions: dict[str, Any] | None) -> bool:
    """Whether they name the operation's text by its hash."""
    return extensions is not None and extensions.get("persistedQuery") is not None


def _optional(payload: dict[str, Any], name: str, kind: type, words: str) -> Any:
    value = payload.get(name)
    if value is not None and not isinstance(value, kind):
        raise BadRequest(f"`{name}` must be {words} where it is given.")
    return value
