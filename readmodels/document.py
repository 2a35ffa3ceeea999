"""What a document may be made of: fields that it has to have, and values that nobody can change in
place.

All who follow a document get the same object, and of one that became another only the fields are
written that hold another object than before: what was changed in place would be seen here and there
and never reach the database.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, NewType, Union, cast, get_args, get_origin
from typing import get_type_hints as types_in
from uuid import UUID

from readmodels.values import Position

_IMMUTABLE: Final = frozenset(
    (str, bytes, bool, int, float, Decimal, datetime, date, time, timedelta, UUID, NoneType)
)
SEARCHED: Final = "_words"
"""What is kept beside a document's own fields where words are looked for in it: of each field in
which they are, its words as they are searched."""

_RESERVED: Final = frozenset({"_id", SEARCHED})
_NEEDED: Final = {"id": str, "position": Position}
_NEEDED_OF_A_PART: Final = {**_NEEDED, "summary": str, "rank": int | None}


def wrong_with_document(document: type[Any]) -> Iterator[str]:
    """In words, each thing for which this cannot be the document of a view."""
    yield from _wrong_with(document, _NEEDED)


def wrong_with_part(part: type[Any]) -> Iterator[str]:
    """In words, each thing for which this cannot be a part of a view's documents."""
    yield from _wrong_with(part, _NEEDED_OF_A_PART)


def _wrong_with(document: type[Any], needed: dict[str, Any]) -> Iterator[str]:
    if not _is_frozen(document):
        yield f"{document.__name__} is no frozen dataclass"
        return
    try:
        types = types_in(document)
        changing = list(_changing(document, "", frozenset()))
    except NameError as error:
        yield f"a type of {document.__name__} cannot be read: {error}"
        return
    for name, kind in needed.items():
        if name not in types:
            yield f"{document.__name__} has no field {name!r}"
        elif _plain(types[name]) != kind:
            yield f"{document.__name__}.{name} is {_shown(types[name])} and must be {_shown(kind)}"
    for name in sorted(_RESERVED & types.keys()):
        yield f"{document.__name__}.{name} has a name that the store keeps for itself"
    yield from changing


def _changing(declared: type[Any], path: str, around: frozenset[type[Any]]) -> Iterator[str]:
    """The places that hold what can be changed in place, or does not say that it cannot."""
    if declared in around:
        return
    types = types_in(declared, include_extras=True)
    path = path or declared.__name__
    for field in fields(declared):
        yield from _changing_in(types[field.name], f"{path}.{field.name}", around | {declared})


def _changing_in(annotation: Any, path: str, around: frozenset[type[Any]]) -> Iterator[str]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, NewType):
        yield from _changing_in(annotation.__supertype__, path, around)
    elif origin is Annotated:
        yield from _changing_in(arguments[0], path, around)
    elif origin in (Union, UnionType, tuple, frozenset):
        for each in arguments:
            if each is not Ellipsis:
                yield from _changing_in(each, path, around)
    elif isinstance(annotation, type) and _is_frozen(annotation):
        yield from _changing(annotation, path, around)
    elif not _is_immutable(annotation):
        yield (
            f"{path} holds {_shown(annotation)}, which can be changed in place: take a tuple or a"
            " frozen dataclass of types that are known"
        )


def _is_frozen(declared: type[Any]) -> bool:
    return is_dataclass(declared) and bool(cast(Any, declared).__dataclass_params__.frozen)


def _is_immutable(annotation: Any) -> bool:
    if get_origin(annotation) is Literal:
        return True
    if not isinstance(annotation, type):
        return False
    return annotation in _IMMUTABLE or issubclass(annotation, Enum)


def _plain(annotation: Any) -> Any:
    while isinstance(annotation, NewType):
        annotation = annotation.__supertype__
    return annotation


def _shown(annotation: Any) -> str:
    named = isinstance(annotation, type) and not get_args(annotation)
    return annotation.__name__ if named else str(annotation)


def has_field(document: type[Any], path: str) -> bool:
    """Whether a path leads to a field of documents, as MongoDB keeps them: `_id` is the id, dots
    reach into dataclasses, and into those in tuples."""
    if path == "_id":
        return True
    name, _, rest = path.partition(".")
    types = types_in(document)
    if name == "id" or name not in types:
        return False
    return not rest or any(has_field(inner, rest) for inner in _dataclasses_in(types[name]))


def _dataclasses_in(annotation: Any) -> Iterator[type[Any]]:
    if isinstance(annotation, type) and is_dataclass(annotation):
        yield annotation
    for each in get_args(annotation):
        yield from _dataclasses_in(each)
