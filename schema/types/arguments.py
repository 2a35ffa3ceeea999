"""The fields of a filter as arguments of a query."""

from collections.abc import Hashable, Iterator
from inspect import Parameter, Signature
from typing import Annotated, Any, cast

import strawberry
from strawberry import UNSET

from schema.context import ReadingInfo
from schema.types.fields import NOTHING, api_fields, graphql_type
from schema.types.input_types import value_input


def arguments_of(declared: type) -> Iterator[Parameter]:
    """A parameter for each field; a field named like a word of Python ends in an underscore, which
    the API leaves out. What has a default may be left out or null."""
    for field in api_fields(cast(Hashable, declared)):
        annotation = graphql_type(field.type, value_input)
        described: Any = Annotated[
            annotation,
            strawberry.argument(description=field.description, name=_name(field.name)),
        ]
        yield parameter(field.name, described, NOTHING if field.default is NOTHING else UNSET)


def parameter(name: str, annotation: Any, default: Any = NOTHING) -> Parameter:
    """What a resolver takes by its name."""
    shown = Parameter.empty if default is NOTHING else default
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=shown)


def taking(resolver: Any, *parameters: Parameter) -> Any:
    """The resolver, said to take `info` and these: Strawberry makes the arguments of a signature.
    One that is left out comes as its default, or as UNSET where that is None."""
    resolver.__signature__ = Signature([parameter("info", ReadingInfo), *parameters])
    return resolver


def _name(field: str) -> str | None:
    """None where the API's own way to write a name does."""
    return field.rstrip("_") if field.endswith("_") else None
