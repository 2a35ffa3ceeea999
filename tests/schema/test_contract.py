"""The served schema against the contract that clients build on, and against its last known self."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_required_argument,
    print_ast,
)

from schema.api import sdl

HERE = Path(__file__).parents[1]
CONTRACT: GraphQLSchema = build_schema((HERE / "contract.graphql").read_text())
SERVED: GraphQLSchema = build_schema(sdl())

NOT_SERVED = {
    "Query": {"quarantine"},
    "Mutation": {"rebuildProjection", "rollbackProjection", "retryQuarantined"},
    "Subscription": {"projectionsChanged"},
    "ProjectionStatus": {"worker", "rebuild", "canRollBack", "driftedCount"},
}
"""The fields that the contract promises and this version does not have yet."""

TYPES_NOT_SERVED = {"ProjectionPayload", "QuarantinedKey", "Rebuild", "RebuildState"}
"""The types that those fields alone speak of."""

OF_ANOTHER_TYPE = {
    ("OrderEdge", "node"): "OrderListItem!",
    ("OrderConnection", "nodes"): "[OrderListItem!]!",
    ("OrderListChange", "order"): "OrderListItem!",
}
"""The fields in which an order of a list is not yet an Order, with the type that they have."""

EXACTLY = {("Query", "node"): {"id"}, ("Query", "nodes"): {"ids"}}
"""The fields that take these arguments and no other: Relay's compiler refuses a second one."""


def promised(kind: GraphQLNamedType) -> dict[str, Any]:
    """The contract's fields of a type that are served."""
    fields: dict[str, Any] = getattr(kind, "fields", {})
    missing = NOT_SERVED.get(kind.name, set())
    return {name: field for name, field in fields.items() if name not in missing}


def reached() -> Iterator[GraphQLNamedType]:
    """The contract's types that what is served speaks of."""
    roots = (CONTRACT.query_type, CONTRACT.mutation_type, CONTRACT.subscription_type)
    pending: list[Any] = list(roots)
    seen: set[str] = set()
    while pending:
        kind = pending.pop()
        if kind.name in seen:
            continue
        seen.add(kind.name)
        yield kind
        pending.extend(getattr(kind, "interfaces", ()))
        for field in promised(kind).values():
            used = (field, *getattr(field, "args", {}).values())
            pending.extend(get_named_type(each.type) for each in used)


REACHED = sorted(reached(), key=lambda kind: kind.name)


def says(served: str | None, least: str | None) -> bool:
    """Whether a description says at least this."""
    if least is None:
        return True
    words = [" ".join((text or "").lower().split()).rstrip(".") for text in (served, least)]
    return words[1] in words[0]


@pytest.mark.parametrize("kind", REACHED, ids=lambda kind: kind.name)
def test_a_type_is_served_as_promised(kind: Any) -> None:
    served: Any = SERVED.get_type(kind.name)
    assert type(served) is type(kind)
    assert says(served.description, kind.description)
    if isinstance(kind, GraphQLScalarType):
        assert served.specified_by_url == kind.specified_by_url
    if isinstance(kind, GraphQLEnumType):
        assert list(served.values) == list(kind.values)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        interfaces = {each.name for each in served.interfaces}
        assert interfaces >= {each.name for each in kind.interfaces}
    for name, field in promised(kind).items():
        _same_field(served.fields[name], field, OF_ANOTHER_TYPE.get((kind.name, name)))


def _same_field(served: Any, field: Any, type_now: str | None) -> None:
    assert str(served.type) == (type_now or str(field.type))
    assert says(served.description, field.description)
    assert _default(served) == _default(field)
    for name, argument in getattr(field, "args", {}).items():
        assert str(served.args[name].type) == str(argument.type)
        assert _default(served.args[name]) == _default(argument)
    added = getattr(served, "args", {}).keys() - getattr(field, "args", {}).keys()
    # What a client of the contract does not know of, it cannot be asked to give.
    assert not [name for name in added if is_required_argument(served.args[name])]


def _default(argument: Any) -> str:
    node = getattr(argument.ast_node, "default_value", None)
    return "" if node is None else print_ast(node)


def test_what_is_not_served_is_exactly_what_is_named() -> None:
    missing: dict[str, set[str]] = {}
    of_another_type: dict[tuple[str, str], str] = {}
    for kind in CONTRACT.type_map.values():
        served = getattr(SERVED.get_type(kind.name), "fields", None)
        if served is None:
            continue
        for name, field in getattr(kind, "fields", {}).items():
            if name not in served:
                missing.setdefault(kind.name, set()).add(name)
            elif str(served[name].type) != str(field.type):
                of_another_type[kind.name, name] = str(served[name].type)
    assert missing == NOT_SERVED
    assert of_another_type == OF_ANOTHER_TYPE
    assert CONTRACT.type_map.keys() - SERVED.type_map.keys() == TYPES_NOT_SERVED


@pytest.mark.parametrize(("place", "arguments"), EXACTLY.items(), ids=str)
def test_a_field_that_takes_exactly_these_arguments(
    place: tuple[str, str], arguments: set[str]
) -> None:
    for schema in (SERVED, CONTRACT):
        kind: Any = schema.get_type(place[0])
        assert kind.fields[place[1]].args.keys() == arguments


def everything() -> Iterator[tuple[str, str | None]]:
    """Types, fields, arguments and values by name, with their descriptions."""
    for name, kind in SERVED.type_map.items():
        if name.startswith("__"):
            continue
        yield name, kind.description
        for of_kind in ("fields", "values"):
            for part, declared in getattr(kind, of_kind, {}).items():
                yield f"{name}.{part}", declared.description
                for argument, taken in getattr(declared, "args", {}).items():
                    yield f"{name}.{part}({argument})", taken.description


def test_everything_served_is_described() -> None:
    assert [name for name, description in everything() if not description] == []


def test_the_schema_is_the_one_that_clients_have_seen() -> None:
    known = (HERE / "schema.graphql").read_text()
    assert sdl() == known, "If it is meant: diptych sdl > tests/schema.graphql"
