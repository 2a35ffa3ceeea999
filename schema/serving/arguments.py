"""What can be known to be wrong with an operation's arguments before any field has begun.

The executor itself reads arguments field by field, while others have run already.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, cast

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_argument_values,
    get_named_type,
    type_from_ast,
)
from graphql.execution import Executor

from readmodels.store import BadCursor
from readmodels.view import BadFilter
from schema.types.arguments import CHECK, Check

_MOST_ERRORS: Final = 5


def wrong_arguments(executor: Executor[Any]) -> list[GraphQLError]:
    """Variables that are null at a place that takes none, and what the root fields of a query
    refuse by themselves. What is skipped does not count."""
    return list(islice(_Reading(executor).wrong(), _MOST_ERRORS))


class _Reading:
    """One pass over what will be executed, each fragment once."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        values = executor.variable_values.coerced
        self._null = {name for name in executor.variable_values.sources if values.get(name) is None}
        self._seen: set[str] = set()

    def wrong(self) -> Iterator[GraphQLError]:
        operation = self._executor.operation
        root = self._executor.schema.get_root_type(operation.operation)
        assert root is not None
        yield from self._selections(operation.selection_set, root, is_root=True)

    def _selections(
        self, selections: SelectionSetNode, parent: GraphQLNamedType, *, is_root: bool = False
    ) -> Iterator[GraphQLError]:
        for selection in selections.selections:
            try:
                if not self._is_included(selection):
                    continue
            except GraphQLError as error:
                yield error
                continue
            if isinstance(selection, FieldNode):
                yield from self._field(selection, parent, is_root)
            elif isinstance(selection, InlineFragmentNode | FragmentSpreadNode):
                yield from self._fragment(selection, parent, is_root)

    def _is_included(self, selection: SelectionNode) -> bool:
        """Whether it is executed, as its directives say; raises where they cannot."""
        for directive, wanted in ((GraphQLSkipDirective, False), (GraphQLIncludeDirective, True)):
            for node in selection.directives or ():
                if node.name.value == directive.name:
                    given = get_argument_values(directive, node, self._executor.variable_values)
                    if given["if"] is not wanted:
                        return False
        return True

    def _field(
        self, node: FieldNode, parent: GraphQLNamedType, is_root: bool
    ) -> Iterator[GraphQLError]:
        field = self._executor.schema.get_field(cast(GraphQLObjectType, parent), node.name.value)
        assert field is not None, "validation knows every field"
        check: Check | None = field.extensions.get(CHECK) if is_root else None
        if check or self._names_null(node.arguments or ()):
            path = [node.alias.value if node.alias else node.name.value] if is_root else None
            try:
                given = get_argument_values(field, node, self._executor.variable_values)
                if check:
                    check(given)
            except GraphQLError as error:
                yield GraphQLError(
                    error.message, error.nodes or node, path=path, extensions=error.extensions
                )
            except (BadCursor, BadFilter) as error:
                yield GraphQLError(str(error), node, path=path)
        # Below the root nothing is wrong but with a variable that is null.
        if node.selection_set and self._null:
            yield from self._selections(node.selection_set, get_named_type(field.type))

    def _fragment(
        self,
        node: InlineFragmentNode | FragmentSpreadNode,
        parent: GraphQLNamedType,
        is_root: bool,
    ) -> Iterator[GraphQLError]:
        if isinstance(node, InlineFragmentNode):
            condition, selections = node.type_condition, node.selection_set
        else:
            name = node.name.value
            if name in self._seen:
                return
            self._seen.add(name)
            fragment = self._executor.fragments[name].definition
            condition, selections = fragment.type_condition, fragment.selection_set
        kind = type_from_ast(self._executor.schema, condition) if condition else parent
        assert kind is not None, "validation knows every type"
        yield from self._selections(selections, kind, is_root=is_root)

    def _names_null(self, arguments: Iterable[ArgumentNode]) -> bool:
        return bool(self._null) and not self._null.isdisjoint(_variables_in(arguments))


def _variables_in(arguments: Iterable[ArgumentNode]) -> Iterator[str]:
    pending: list[ValueNode] = [argument.value for argument in arguments]
    while pending:
        value = pending.pop()
        if isinstance(value, VariableNode):
            yield value.name.value
        elif isinstance(value, ListValueNode):
            pending.extend(value.values)
        elif isinstance(value, ObjectValueNode):
            pending.extend(field.value for field in value.fields)
