"""How the fields of a dataclass become fields of the API: names, types, descriptions, defaults."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NewType, Union, get_args, get_origin, get_type_hints

import strawberry

from readmodels.values import BigInt, Position
from schema.types.scalars import CurrencyCode

# The two sides share no types: the edge knows their plain values by the names that both give them.
_BY_NAME: Final[dict[str, Any]] = {
    "Id": strawberry.ID,
    "Currency": CurrencyCode,
    "BigInt": BigInt,
}
_NO_PART_OF_THE_API: Final = "Internal"
_KEEPS_ITS_VALUE: Final = "Keep"

NOTHING: Final = dataclasses.MISSING


@dataclass(frozen=True, slots=True)
class ApiField:
    """One field of a dataclass as the API sees it."""

    name: str
    type: Any
    description: str | None
    default: Any

    @property
    def can_be_cleared(self) -> bool:
        """Whether null says something else than leaving it out: a change's field keeps its value
        where it is left out."""
        return type(self.default).__name__ == _KEEPS_ITS_VALUE


@cache
def api_fields(declared: Any) -> tuple[ApiField, ...]:
    """The fields that are part of the API, in the order in which they are declared."""
    return tuple(_api_fields(declared))


def _api_fields(declared: type) -> Iterator[ApiField]:
    hints = get_type_hints(declared, include_extras=True)
    for field in dataclasses.fields(declared):
        annotation, marks = _unwrapped(hints[field.name])
        if any(type(mark).__name__ == _NO_PART_OF_THE_API for mark in marks):
            continue
        described = next((mark for mark in marks if isinstance(mark, str)), None)
        yield ApiField(field.name, annotation, described, field.default)


def description_of(declared: type) -> str | None:
    """Its docstring, on one line a paragraph; a dataclass without one has a generated signature."""
    text = declared.__doc__
    if text is None or text.startswith(f"{declared.__name__}("):
        return None
    paragraphs = text.split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs).strip()


def graphql_type(annotation: Any, of_dataclass: Callable[[type], Any]) -> Any:
    """The annotation in the words of Strawberry; `of_dataclass` gives the type of a nested one."""
    annotation, _ = _unwrapped(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        (inner,) = (part for part in arguments if not _stands_for_no_value(part))
        return graphql_type(inner, of_dataclass) | None
    if origin in (list, tuple):
        return list[graphql_type(arguments[0], of_dataclass)]  # type: ignore[misc]  # made here
    if annotation is Position:
        return Position
    if isinstance(annotation, NewType):
        return _BY_NAME[annotation.__name__]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return enum_type(annotation)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return of_dataclass(annotation)
    return annotation


@cache
def enum_type(declared: type[Enum]) -> Any:
    return strawberry.enum(declared, description=description_of(declared))


@cache
def nested_dataclass(annotation: Any) -> type | None:
    """The dataclass that values of this annotation are, or are lists of; None for plain ones."""
    annotation, _ = _unwrapped(annotation)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return annotation
    inner = (nested_dataclass(part) for part in get_args(annotation) if part is not NoneType)
    return next(inner, None)


def _stands_for_no_value(part: Any) -> bool:
    return part is NoneType or getattr(part, "__name__", None) == _KEEPS_ITS_VALUE


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return inner, tuple(marks)
    return annotation, ()
