"""Documents as MongoDB keeps them: plain values, the `id` as `_id`, exact decimals, and the parts
of the position side by side."""

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import msgspec
from bson.codec_options import TypeCodec
from bson.decimal128 import Decimal128

from readmodels.view import D

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


def encode(document: Any) -> dict[str, Any]:
    raw: dict[str, Any] = msgspec.to_builtins(document, builtin_types=_KEPT)
    raw["_id"] = raw.pop("id")
    return _with_flat_position(raw)


def encode_difference(before: D, after: D) -> dict[str, Any]:
    """The fields of a document that are no longer the same objects; its id never changes."""
    raw: dict[str, Any] = {
        field.name: msgspec.to_builtins(now, builtin_types=_KEPT)
        for field in fields(cast(Any, after))
        if field.name != "id"
        and (now := getattr(after, field.name)) is not getattr(before, field.name)
    }
    return _with_flat_position(raw) if "position" in raw else raw


def _with_flat_position(raw: dict[str, Any]) -> dict[str, Any]:
    shown = raw["position"]
    return {**raw, "position": shown["at"], "revision": shown["revision"], "since": shown["since"]}


def decode(raw: dict[str, Any], document: type[D]) -> D:
    raw["id"] = raw.pop("_id")
    raw["position"] = {
        "at": raw["position"],
        "revision": raw.pop("revision", 0),
        "since": raw.pop("since", 0),
    }
    return msgspec.convert(raw, document, builtin_types=_KEPT)


def encode_plain(record: Any) -> dict[str, Any]:
    """A record that is no document of a view."""
    raw: dict[str, Any] = msgspec.to_builtins(record, builtin_types=_KEPT)
    return raw
