"""Commands, filters and the values in them as input types of the API, and back."""

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

import strawberry

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
        namespace[added] = strawberry.field(description=description, default=strawberry.UNSET)
    made = type(name, (), {"__annotations__": annotations, "__module__": __name__, **namespace})
    return strawberry.input(made, description=description_of(declared))


def _declaration(field: ApiField) -> Any:
    if field.default is NOTHING:
        return strawberry.field(description=field.description)
    unshown = field.default is None or field.can_be_cleared
    shown = strawberry.UNSET if unshown else field.default
    return strawberry.field(description=field.description, default=shown)


def from_input(declared: type[T], given: Any) -> T:
    """The dataclass that an input stands for."""
    values = {}
    for field in api_fields(cast(Hashable, declared)):
        value = getattr(given, field.name)
        if value is strawberry.UNSET:
            continue
        if value is None and field.default is not NOTHING and not field.can_be_cleared:
            continue
        values[field.name] = _plain(field.type, value)
    return declared(**values)


def _plain(annotation: Any, value: Any) -> Any:
    if value is None:
        return None
    nested = nested_dataclass(annotation)
    if nested is None:
        return value
    if isinstance(value, list):
        return [from_input(nested, item) for item in value]
    return from_input(nested, value)
