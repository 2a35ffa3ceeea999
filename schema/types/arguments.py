"""The fields of a filter as arguments of a query."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any, Final, TypeAlias, cast

import strawberry
from graphql import GraphQLObjectType
from strawberry import UNSET
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from schema.context import ReadingInfo
from schema.types.fields import NOTHING, api_fields, graphql_type
from schema.types.input_types import value_input

Check: TypeAlias = Callable[[dict[str, Any]], object]
"""Reads the arguments of a field as the executor has them, and raises what is wrong with them."""

CHECK: Final = "diptych-check"
"""The extension of a field of the schema that holds its check."""

_CHECKED_BY: Final = "checked_by"


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


def optional(name: str, kind: Any, description: str | None, default: Any = UNSET) -> Parameter:
    """A parameter that may be left out or null."""
    described: Any = Annotated[kind | None, strawberry.argument(description=description)]
    return parameter(name, described, default)


def taking(resolver: Any, *parameters: Parameter) -> Any:
    """The resolver, said to take `info` and these: Strawberry makes the arguments of a signature.
    One that is left out comes as its default, or as UNSET where that is None."""
    resolver.__signature__ = Signature([parameter("info", ReadingInfo), *parameters])
    return resolver


def checked_by(check: Callable[..., object]) -> Mapping[str, Any]:
    """Metadata of a field whose arguments the function takes, to refuse them before anything of
    the request has begun."""
    return {_CHECKED_BY: check}


def enable_checks(schema: strawberry.Schema, root: GraphQLObjectType) -> None:
    """Puts the checks of a type's fields where execution finds them."""
    for field in root.fields.values():
        declared = field.extensions[schema.schema_converter.DEFINITION_BACKREF]
        if check := declared.metadata.get(_CHECKED_BY):
            field.extensions[CHECK] = _on_arguments(schema, declared, check)


def _on_arguments(
    schema: strawberry.Schema, declared: StrawberryField, check: Callable[..., object]
) -> Check:
    def on_arguments(given: dict[str, Any]) -> None:
        converter = schema.schema_converter
        check(
            **convert_arguments(
                given, declared.arguments, converter.scalar_registry, converter.config
            )
        )

    return on_arguments


def _name(field: str) -> str | None:
    """None where the API's own way to write a name does."""
    return field.rstrip("_") if field.endswith("_") else None
