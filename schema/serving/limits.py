"""How large an operation may be, counted in one pass before anything else looks at it.

Fragments are counted once and remembered, so that the count is linear in the text where what it
counts may grow exponentially.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Visitor,
    visit,
)

# An order of 2,000 lines written out in the text takes some 16,000.
MAX_TOKENS: Final = 30_000
# An error of a field that stands in several places looks their lines up from the first on.
MAX_LINES: Final = 10_000
# Validation looks at the fragments of each.
MAX_OPERATIONS: Final = 50
# Selections as written.
MAX_SELECTIONS: Final = 500
# With every fragment where it is spread; and with fragments themselves.
MAX_FIELDS: Final = 2_000
MAX_SPREAD: Final = 5_000
MAX_ALIASES: Final = 100
# The deepest introspection in use has 16 levels, the views have 7.
MAX_DEPTH: Final = 20
MAX_MUTATIONS: Final = 20
# No type takes more than 19; Python itself refuses to read those of some thousands.
MAX_DIGITS: Final = 1_000
_MANY_DIGITS: Final = re.compile(rf"[0-9]{{{MAX_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class _Size:
    fields: int = 0
    selections: int = 0
    aliases: int = 0
    depth: int = 0


_NOTHING: Final = _Size()


def over_limits(document: DocumentNode) -> Iterator[GraphQLError]:
    """What is too large in it."""
    written = _Counted(document)
    if written.selections > MAX_SELECTIONS:
        yield _error("selections", written.selections, MAX_SELECTIONS)
        return
    operations = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    ]
    if len(operations) > MAX_OPERATIONS:
        yield GraphQLError(
            f"The document has {len(operations):,} operations; at most {MAX_OPERATIONS} are"
            " possible."
        )
        return
    for operation in operations:
        yield from _over(operation, written)


def too_many_lines(text: str) -> list[GraphQLError]:
    if text.count("\n") + text.count("\r") <= MAX_LINES:
        return []
    return [GraphQLError(f"The operation has more than {MAX_LINES:,} lines.")]


def too_long_numbers(document: DocumentNode, text: str) -> list[GraphQLError]:
    """The first whole number in it that has too many digits; `text` is what it was parsed from."""
    if not _MANY_DIGITS.search(text):
        return []
    numbers = _Numbers()
    visit(document, numbers)
    return [
        GraphQLError(f"A whole number has at most {MAX_DIGITS:,} digits.", number)
        for number in numbers.too_long[:1]
    ]


class _Numbers(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.too_long: list[IntValueNode] = []

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        if len(node.value.lstrip("-")) > MAX_DIGITS:
            self.too_long.append(node)


def _over(operation: OperationDefinitionNode, written: "_Counted") -> Iterator[GraphQLError]:
    size = written.size_of(operation.selection_set)
    for what, count, most in (
        ("fields with every fragment in its place", size.fields, MAX_FIELDS),
        ("selections with every fragment in its place", size.selections, MAX_SPREAD),
        ("aliases", size.aliases, MAX_ALIASES),
        ("levels", size.depth, MAX_DEPTH),
    ):
        if count > most:
            yield _error(what, count, most)
    if operation.operation is OperationType.MUTATION:
        mutations = written.root_fields(operation.selection_set)
        if mutations > MAX_MUTATIONS:
            yield _error("mutations", mutations, MAX_MUTATIONS)


def _error(what: str, count: int, most: int) -> GraphQLError:
    return GraphQLError(f"The operation has {count:,} {what}; at most {most:,} are possible.")


class _Counted:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments: Mapping[str, FragmentDefinitionNode] = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._sizes: dict[str, _Size] = {}
        self.selections = sum(
            _selections(definition.selection_set)
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
        )

    def size_of(self, selections: SelectionSetNode) -> _Size:
        fields = spread = aliases = depth = 0
        for selection in selections.selections:
            inner = self._inner(selection)
            is_field = isinstance(selection, FieldNode)
            is_aliased = isinstance(selection, FieldNode) and selection.alias is not None
            fields += inner.fields + is_field
            spread += inner.selections + 1
            aliases += inner.aliases + is_aliased
            depth = max(depth, inner.depth + is_field)
        return _Size(fields, spread, aliases, depth)

    def root_fields(self, selections: SelectionSetNode) -> int:
        count = 0
        pending = [selections]
        seen: set[str] = set()
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    count += 1
                elif isinstance(selection, InlineFragmentNode):
                    pending.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode):
                    name = selection.name.value
                    if name in self._fragments and name not in seen:
                        seen.add(name)
                        pending.append(self._fragments[name].selection_set)
        return count

    def _inner(self, selection: object) -> _Size:
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        nested = getattr(selection, "selection_set", None)
        return self.size_of(nested) if nested else _NOTHING

    def _fragment(self, name: str) -> _Size:
        if name not in self._fragments:
            return _NOTHING
        if name not in self._sizes:
            # Until it is counted it counts as nothing: a fragment that spreads itself ends here,
            # and is refused by validation.
            self._sizes[name] = _NOTHING
            self._sizes[name] = self.size_of(self._fragments[name].selection_set)
        return self._sizes[name]


def _selections(selection_set: SelectionSetNode) -> int:
    count = 0
    pending = [selection_set]
    while pending:
        selections = pending.pop().selections
        count += len(selections)
        nested = (getattr(selection, "selection_set", None) for selection in selections)
        pending.extend(inner for inner in nested if inner)
    return count
