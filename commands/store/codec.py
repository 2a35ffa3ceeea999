"""Facts and states as JSON text, and back. A fact's personal data stands apart from the rest."""

from dataclasses import fields
from functools import cache
from typing import Any

import msgspec

from commands.aggregate import AGGREGATES, Aggregate
from commands.events import EVENT_TYPES, Event

_encoder = msgspec.json.Encoder()


class UnknownFact(Exception):
    """The log holds a fact that this version of the program does not know."""

    def __init__(self, type: str, schema_version: int) -> None:
        super().__init__(
            f"The log holds a fact {type!r} of schema version {schema_version}, which this version"
            " of Diptych does not know: it was written by a newer one."
        )


@cache
def _plain_fields(type: str) -> tuple[str, ...]:
    """The names of a fact's fields that hold nothing personal."""
    known: Any = EVENT_TYPES[type]
    return tuple(field.name for field in fields(known) if field.name != "personal")


@cache
def _event_decoder(type: str, schema_version: int) -> msgspec.json.Decoder[Any]:
    known = EVENT_TYPES.get(type)
    if known is None or known.schema_version != schema_version:
        raise UnknownFact(type, schema_version)
    return msgspec.json.Decoder(known)


@cache
def _state_decoder(category: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(AGGREGATES[category])


def encode_event(event: Event) -> tuple[str, str | None]:
    """The fact's data, and its personal data where it has any."""
    data = {name: getattr(event, name) for name in _plain_fields(type(event).__name__)}
    personal = getattr(event, "personal", None)
    return (
        _encoder.encode(data).decode(),
        None if personal is None else _encoder.encode(personal).decode(),
    )


def decode_event(type: str, schema_version: int, data: str, personal: str | None) -> Event:
    if personal is not None:
        data = f'{data[:-1]},"personal":{personal}}}'
    event: Event = _event_decoder(type, schema_version).decode(data)
    return event


def encode_state(state: Aggregate) -> str:
    return _encoder.encode(state).decode()


def decode_state(aggregate: type[Aggregate], text: str) -> Aggregate:
    state: Aggregate = _state_decoder(aggregate.category).decode(text)
    return state
