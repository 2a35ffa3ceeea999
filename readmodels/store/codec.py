"""Documents as MongoDB keeps them: plain values, the `id` as `_id`, exact decimals, the position as
one document in the document."""

from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast, get_type_hints

import msgspec
from bson.codec_options import TypeCodec
from bson.decimal128 import Decimal128

from readmodels.document import SEARCHED
from readmodels.store.errors import Unreadable
from readmodels.view import VIEWS, D, Search
from readmodels.words import words_in

_KEPT = (datetime, Decimal)


class DecimalCodec(TypeCodec):
    """Python's decimal as BSON's, which has 34 digits."""

    python_type = Decimal
    bson_type = Decimal128

    def transform_python(self, value: Any) -> Decimal128:
        return Decimal128(value)

    def transform_bson(self, value: Any) -> Decimal:
        decimal: Decimal = value.to_decimal()
        return decimal


def _builtins(value: Any) -> Any:
    # Sets in the same order each time.
    return msgspec.to_builtins(value, builtin_types=_KEPT, order="deterministic")


def encode(document: Any) -> dict[str, Any]:
    raw: dict[str, Any] = _builtins(document)
    raw["_id"] = raw.pop("id")
    if search := _search_in(document):
        raw[SEARCHED] = _words(search, document)
    return raw


def encode_difference(before: D, after: D) -> dict[str, Any]:
    """The fields of a document that are no longer the same objects; its id never changes.

    Nothing of a document can be changed in place, so what is the same object has the same value.
    Equality would tell too little: equal decimals may have other digits.
    """
    raw: dict[str, Any] = {
        field.name: _builtins(now)
        for field in fields(cast(Any, after))
        if field.name != "id"
        and (now := getattr(after, field.name)) is not getattr(before, field.name)
    }
    if (search := _search_in(after)) and not raw.keys().isdisjoint(search.weights):
        raw[SEARCHED] = _words(search, after)
    return raw


def _search_in(document: Any) -> Search | None:
    view = VIEWS.get(type(document))
    return view.search if view else None


def _words(search: Search, document: Any) -> dict[str, str]:
    return {field: words_in(getattr(document, field) or "") for field in search.weights}


def decode(raw: dict[str, Any], document: type[D]) -> D:
    """Raises Unreadable for what is no such document."""
    id = raw["_id"]
    try:
        raw["id"] = raw.pop("_id")
        return msgspec.convert(raw, document, builtin_types=_KEPT)
    except msgspec.ValidationError as cause:
        view = VIEWS[document].name if document in VIEWS else document.__name__
        raise Unreadable(view, id, _readable(raw, document)) from cause


def _readable(raw: dict[str, Any], document: type[Any]) -> SimpleNamespace:
    """The fields that can be decoded by themselves."""
    readable = SimpleNamespace()
    for name, declared in get_type_hints(document, include_extras=True).items():
        with suppress(msgspec.ValidationError, KeyError):
            setattr(readable, name, msgspec.convert(raw[name], declared, builtin_types=_KEPT))
    return readable


def place_of(raw: dict[str, Any]) -> tuple[Any, Any]:
    """Where a stored document, be it readable or not, stands in the order of positions and ids."""
    position = raw.get("position")
    return position.get("at") if isinstance(position, dict) else None, raw["_id"]


def encode_plain(record: Any) -> dict[str, Any]:
    """A record that is no document of a view."""
    raw: dict[str, Any] = msgspec.to_builtins(record, builtin_types=_KEPT)
    return raw
