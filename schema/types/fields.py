"""How the fields of a dataclass become fields of the API: names, types, descriptions, defaults."""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NewType, Union, get_args, get_origin, get_type_hints

import strawberry

from commands.marks import KEEP, BigInt, Currency, Id, Internal, Keep, Mark
from readmodels.values import Position
from schema.types.scalars import CurrencyCode

_SCALARS: Final[Mapping[Any, Any]] = {Id: strawberry.ID, Currency: CurrencyCode, BigInt: BigInt}

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
        return self.default is KEEP


@cache
def api_fields(declared: Any) -> tuple[ApiField, ...]:
    """The fields that are part of the API, in the order in which they are declared. Raises
    TypeError for a mark that it does not know, which may have been meant to hide the field."""
    return tuple(_api_fields(declared))


def _api_fields(declared: type) -> Iterator[ApiField]:
    hints = get_type_hints(declared, include_extras=True)
    for field in dataclasses.fields(declared):
        annotation, marks = _unwrapped(hints[field.name])
        for mark in marks:
            if not isinstance(mark, str | Mark):
                raise TypeError(
                    f"{declared.__name__}.{field.name} is marked {mark!r}, which is neither a"
                    " description nor one of the marks, such as commands.marks.INTERNAL."
                )
        if any(isinstance(mark, Internal) for mark in marks):
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
    """The annotation, without its marks, in the words of Strawberry; `of_dataclass` gives the type
    of a nested one. Raises TypeError for what the API has no type for."""
    if get_origin(annotation) is Annotated:
        raise TypeError(f"{annotation} is marked inside another type: a mark is a whole field's.")
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        (inner,) = (part for part in arguments if not _stands_for_no_value(part))
        return graphql_type(inner, of_dataclass) | None
    if origin is tuple and arguments[1:] != (Ellipsis,):
        raise TypeError(f"The API has no type for {annotation}: its lists are of one type.")
    if origin in (list, tuple):
        return list[graphql_type(arguments[0], of_dataclass)]  # type: ignore[misc]  # made here
    if annotation is Position:
        return Position
    if isinstance(annotation, NewType):
        if annotation not in _SCALARS:
            raise TypeError(f"The API has no scalar for {annotation}: it knows those of marks.")
        return _SCALARS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return enum_type(annotation)
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return of_dataclass(annotation)
    return annotation


@cache
def enum_type(declared: type[Enum], name: str | None = None) -> Any:
    """The enum as a type of the API. Its docstring says of each value what it means, on a line that
    begins with the value's name and a colon."""
    text, values = _without_values(declared)
    made = strawberry.enum(declared, name=name, description=text)
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]  # Strawberry's
        value.description = values.get(value.name)
    return made


def _without_values(declared: type[Enum]) -> tuple[str | None, Mapping[str, str]]:
    """The description of an enum, and those of its values."""
    text, _, listed = (description_of(declared) or "").partition("\n\n")
    names = "|".join(declared.__members__)
    parts = re.split(rf"(?:^| )({names}): ", listed)
    return text or None, dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def nested_dataclass(annotation: Any) -> type | None:
    """The dataclass that values of this annotation are, or are lists of; None for plain ones."""
    annotation, _ = _unwrapped(annotation)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return annotation
    inner = (nested_dataclass(part) for part in get_args(annotation) if part is not NoneType)
    return next(inner, None)


def _stands_for_no_value(part: Any) -> bool:
    return part is NoneType or part is Keep


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return inner, tuple(marks)
    return annotation, ()
