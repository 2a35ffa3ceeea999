"""Which form of answer a client accepts, and whether what it sends is JSON."""

from typing import Final

GRAPHQL: Final = "application/graphql-response+json"
JSON: Final = "application/json"

# What comes behind so many in one header is not looked at.
_MOST_RANGES: Final = 100
_MOST_PARAMETERS: Final = 10
_UTF8: Final = ("utf-8", "utf8")


def answer_type(accept: str | None) -> str | None:
    """The media type to answer in; None where the client accepts neither.

    A client that names no type gets the newer one, one that takes anything the older one, as
    browsers' and most programs' default header means no more than a wish for JSON.
    """
    if accept is None or not accept.strip():
        return GRAPHQL
    quality = {kind: _quality(accept, kind) for kind in (GRAPHQL, JSON)}
    if max(quality.values()) <= 0:
        return None
    named = GRAPHQL in accept.lower()
    return GRAPHQL if quality[GRAPHQL] > quality[JSON] or (named and _tied(quality)) else JSON


def _tied(quality: dict[str, float]) -> bool:
    return quality[GRAPHQL] == quality[JSON]


def wants_page(accept: str | None) -> bool:
    """A browser that opens the address, and no program that would rather have JSON."""
    weights = _weights(accept or "")
    by_name = max(weights.get(kind, 0.0) for kind in (GRAPHQL, JSON))
    return weights.get("text/html", 0.0) > by_name


def is_json(content_type: str | None) -> bool:
    """JSON in UTF-8, the one encoding of it."""
    kind, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [
        value.strip('" ')
        for name, _, value in (parameter.partition("=") for parameter in parameters)
        if name.strip() == "charset"
    ]
    return kind == JSON and all(charset in _UTF8 for charset in charsets)


def _quality(accept: str, kind: str) -> float:
    weights = _weights(accept)
    ranges = (kind, "application/*", "*/*")
    return next((weights[each] for each in ranges if each in weights), 0.0)


def _weights(accept: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accept.lower().split(",", _MOST_RANGES)[:_MOST_RANGES]:
        pieces = part.split(";", _MOST_PARAMETERS)[:_MOST_PARAMETERS]
        kind, *parameters = (piece.strip() for piece in pieces)
        weights[kind] = next((_weight(each) for each in parameters if each[:2] == "q="), 1.0)
    return weights


def _weight(parameter: str) -> float:
    try:
        return float(parameter[2:])
    except ValueError:
        return 0.0
