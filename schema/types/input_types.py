"""Commands, filters and the values in them as input types of the API, and back."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Generic, TypeVar, cast

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from schema.types.fields import (
    NOTHING,
    ApiField,
    api_fields,
    description_of,
    graphql_type,
    nested_dataclass,
)

T = TypeVar("T")


@cache
def value_input(declared: type) -> Any:
    """The input of a value in a command: MoneyInput for Money."""
    return input_type(declared, f"{declared.__name__}Input")


def input_type(declared: type, name: str, more: Mapping[str, tuple[Any, str]] | None = None) -> Any:
    """The input type of a dataclass; `more` names fields that it has beside the dataclass's.

    What has a default may be left out or null: both mean the default, but for the fields of a
    change, which keep their value where they are left out and take null as null.
    """
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {}
    for field in api_fields(declared):
        annotation = graphql_type(field.type, value_input)
        annotations[field.name] = annotation if field.default is NOTHING else annotation | None
        namespace[field.name] = _declaration(field)
    for added, (annotation, description) in (more or {}).items():
        annotations[added] = annotation
        namespace[added] = strawberry.field(description=description, default=UNSET)
    made = type(name, (), {"__annotations__": annotations, "__module__": __name__, **namespace})
    shown: Any = strawberry.input(made, description=description_of(declared))
    # Strawberry's own way, through an object of the input type, takes ten times as long.
    shown.__strawberry_definition__.from_input = partial(_read, declared, tuple(more or ()))
    return shown


def _declaration(field: ApiField) -> Any:
    if field.default is NOTHING:
        return strawberry.field(description=field.description)
    unshown = field.default is None or field.can_be_cleared
    shown = UNSET if unshown else field.default
    return strawberry.field(description=field.description, default=shown)


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """What an input stands for that has fields beside those of its dataclass."""

    value: T
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Part:
    """How one field of an input is read."""

    shown: str
    name: str
    takes_null: bool
    nested: type | None


@cache
def _parts(declared: Any) -> tuple[_Part, ...]:
    return tuple(
        _Part(
            shown=to_camel_case(field.name),
            name=field.name,
            takes_null=field.default is NOTHING or field.can_be_cleared,
            nested=nested_dataclass(field.type),
        )
        for field in api_fields(declared)
    )


def _read(
    declared: type[T], more: tuple[str, ...], _: type, given: Mapping[str, Any], __: object
) -> T | Given[T]:
    """What an input that the executor has checked stands for."""
    value = _plain(declared, given)
    if not more:
        return value
    return Given(value, {name: given.get(to_camel_case(name)) for name in more})


def _plain(declared: type[T], given: Mapping[str, Any]) -> T:
    values = {}
    for part in _parts(cast(Hashable, declared)):
        value = given.get(part.shown, UNSET)
        if value is UNSET or (value is None and not part.takes_null):
            continue
        if part.nested is None or value is None:
            values[part.name] = value
        elif isinstance(value, list):
            values[part.name] = [_plain(part.nested, item) for item in value]
        else:
            values[part.name] = _plain(part.nested, value)
    return declared(**values)
