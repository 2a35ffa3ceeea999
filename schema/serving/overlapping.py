"""Whether fields that are answered under one name can be merged, in a time that goes by their
number: GraphQL's own rule compares each with each.

Two conditions, each an equivalence, so that one field of a group stands for all of it (Simon
Adameit's way). All fields of one name have the same shape, whatever types they are selected on; and
those that one object could have are the same field with the same arguments.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLNamedType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    print_ast,
    type_from_ast,
)
from graphql.utilities.sort_value_node import sort_value_node

_SHOWN: Final = 100


@dataclass(frozen=True, eq=False)
class _Field:
    node: FieldNode
    parent: GraphQLCompositeType
    type: GraphQLOutputType

    @cached_property
    def shape(self) -> tuple[str, GraphQLNamedType | None]:
        """How it is wrapped, and the type of a leaf: objects are compared by their fields."""
        wrapping = ""
        type: Any = self.type
        while is_list_type(type) or is_non_null_type(type):
            wrapping += "[" if is_list_type(type) else "!"
            type = type.of_type
        return wrapping, type if is_leaf_type(type) else None

    @cached_property
    def meaning(self) -> tuple[str, list[tuple[str, str]]]:
        """Its name in the schema, and its arguments as written."""
        arguments = (
            (argument.name.value, print_ast(sort_value_node(argument.value)))
            for argument in self.node.arguments or ()
        )
        return self.node.name.value, sorted(arguments)


_Together = list[_Field]
"""Fields that are answered under one name."""


def conflicts(schema: GraphQLSchema, document: DocumentNode) -> Iterator[GraphQLError]:
    """What cannot be merged in a document that is valid otherwise."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            root = schema.get_root_type(operation.operation)
            assert root is not None
            found = _Overlaps(schema, fragments)
            begin = [(root, operation.selection_set)]
            yield from found.in_meaning(found.collected(begin))
            yield from found.in_shape(found.collected(begin))


class _Overlaps:
    """Those of one operation. No two fields are looked at together twice."""

    def __init__(self, schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        # By the identity of the node, whose equality goes by all that is in it.
        self._known: dict[int, _Field] = {}
        self._seen_in_meaning: set[frozenset[int]] = set()

    def collected(
        self, selected: Iterable[tuple[GraphQLCompositeType, SelectionSetNode]]
    ) -> Iterable[_Together]:
        """The fields of the selection sets, by the names under which they are answered."""
        by_name: dict[str, _Together] = {}
        spread: set[str] = set()

        def collect(parent: GraphQLCompositeType, selection_set: SelectionSetNode) -> None:
            for selection in selection_set.selections:
                if isinstance(selection, FieldNode):
                    name = (selection.alias or selection.name).value
                    by_name.setdefault(name, []).append(self._field(parent, selection))
                    continue
                inner: Any = selection
                if isinstance(selection, FragmentSpreadNode):
                    if selection.name.value in spread:
                        continue
                    spread.add(selection.name.value)
                    inner = self._fragments[selection.name.value]
                condition = inner.type_condition
                collect(
                    type_from_ast(self._schema, condition) if condition else parent,
                    inner.selection_set,
                )

        for parent, selection_set in selected:
            collect(parent, selection_set)
        return by_name.values()

    def _field(self, parent: GraphQLCompositeType, node: FieldNode) -> _Field:
        known = self._known.get(id(node))
        if known is None:
            definition = self._schema.get_field(parent, node.name.value)
            assert definition is not None
            known = self._known[id(node)] = _Field(node, parent, definition.type)
        return known

    def in_shape(self, groups: Iterable[_Together]) -> Iterator[GraphQLError]:
        for fields in groups:
            # The rule leaves `__typename` out, and there are clients that rely on it.
            shaped = [field for field in fields if field.node.name.value != "__typename"]
            yield from _first_that_differs(shaped, lambda field: field.shape, _other_shape)
            yield from self.in_shape(self._below(fields))

    def in_meaning(self, groups: Iterable[_Together]) -> Iterator[GraphQLError]:
        for fields in chain.from_iterable(map(_of_one_object, groups)):
            together = frozenset(map(id, fields))
            if together not in self._seen_in_meaning:
                self._seen_in_meaning.add(together)
                yield from _first_that_differs(fields, lambda field: field.meaning, _other_meaning)
                yield from self.in_meaning(self._below(fields))

    def _below(self, fields: _Together) -> Iterable[_Together]:
        return self.collected(
            (get_named_type(field.type), field.node.selection_set)  # type: ignore[misc]
            for field in fields
            if field.node.selection_set
        )


def _of_one_object(fields: _Together) -> Iterator[_Together]:
    """The fields that one object could have: those on its type, and those on an interface."""
    on_any = [field for field in fields if not is_object_type(field.parent)]
    on_types: dict[str, _Together] = {}
    for field in fields:
        if is_object_type(field.parent):
            on_types.setdefault(field.parent.name, []).append(field)
    if not on_types:
        yield on_any
    for of_type in on_types.values():
        yield on_any + of_type


def _first_that_differs(
    fields: _Together, key: Callable[[_Field], object], reason: Callable[[_Field, _Field], str]
) -> Iterator[GraphQLError]:
    for other in fields[1:]:
        first = fields[0]
        if key(other) != key(first):
            name = (first.node.alias or first.node.name).value[:_SHOWN]
            yield GraphQLError(
                f"Fields '{name}' conflict because {reason(first, other)}. Use different aliases"
                " on the fields to fetch both if this was intentional.",
                [first.node, other.node],
            )
            return


def _other_shape(one: _Field, other: _Field) -> str:
    return f"they return conflicting types '{one.type}' and '{other.type}'"


def _other_meaning(one: _Field, other: _Field) -> str:
    names = one.node.name.value, other.node.name.value
    if names[0] == names[1]:
        return "they have differing arguments"
    return "'{}' and '{}' are different fields".format(*(name[:_SHOWN] for name in names))
