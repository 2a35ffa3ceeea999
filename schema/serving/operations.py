"""Operations made ready once, by their text: parsed, counted, validated."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    parse,
    specified_rules,
    validate,
)

from schema.serving.aside import aside
from schema.serving.limits import MAX_TOKENS, over_limits, too_long_numbers, too_many_lines
from schema.serving.lists import cut_lists_in_text
from schema.serving.overlapping import conflicts
from schema.serving.source import IndexedSource
from schema.serving.turns import Turns

_REMEMBERED: Final = 1_000
# In characters, for each of which what is ready may take 200 bytes: of one text, and of all.
LONGEST_REMEMBERED: Final = 10_000
_MOST_REMEMBERED: Final = 500_000
# In characters: nothing of this length takes more than some 50 ms, and most takes two.
_LONGEST_AT_ONCE: Final = 2_000
_MOST_ERRORS: Final = 5
_LONGEST_WITH_SUGGESTIONS: Final = 10_000
_RULES: Final = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]


class NotExecutable(Exception):
    """The text is no operation that can run; `errors` say why, each with its code."""

    def __init__(self, code: str, *errors: GraphQLError) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors
        for error in errors:
            error.extensions = {"code": code} | (error.extensions or {})


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A document that may be executed as often as wanted."""

    document: DocumentNode
    operations: tuple[OperationDefinitionNode, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation that a request means."""
        if name:
            named = [each for each in self.operations if each.name and each.name.value == name]
            if not named:
                raise _unresolved(f"The document has no operation {name[:64]!r}.")
            return named[0]
        if len(self.operations) != 1:
            raise _unresolved(
                "The document has several operations: operationName must say which to run."
                if self.operations
                else "The document has no operation."
            )
        return self.operations[0]

    def type_of(self, name: str | None) -> OperationType:
        return self.operation(name).operation


def _unresolved(message: str) -> NotExecutable:
    return NotExecutable("OPERATION_RESOLUTION_FAILURE", GraphQLError(message))


class Operations:
    """The operations that clients send, the most recent ones ready to run."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._ready: OrderedDict[str, Prepared] = OrderedDict()
        self._characters = 0

    async def prepare(self, text: str, turns: Turns) -> Prepared:
        """Raises NotExecutable. A new text is read in its turn, or beside the event loop."""
        known = self._ready.get(text)
        if known is not None:
            self._ready.move_to_end(text)
            return known
        work = partial(self._prepared, text)
        is_short = len(text) <= _LONGEST_AT_ONCE
        prepared = await (turns.run(work) if is_short else aside(work))
        if len(text) <= LONGEST_REMEMBERED and text not in self._ready:
            self._ready[text] = prepared
            self._characters += len(text)
            while len(self._ready) > _REMEMBERED or self._characters > _MOST_REMEMBERED:
                oldest, _ = self._ready.popitem(last=False)
                self._characters -= len(oldest)
        return prepared

    def _prepared(self, text: str) -> Prepared:
        document = _parsed(text)
        try:
            document = cut_lists_in_text(document)
            errors = (
                list(over_limits(document))
                or too_long_numbers(document, text)
                or validate(
                    self._schema,
                    document,
                    _RULES,
                    max_errors=_MOST_ERRORS,
                    hide_suggestions=len(text) > _LONGEST_WITH_SUGGESTIONS,
                )
                or list(islice(conflicts(self._schema, document), _MOST_ERRORS))
            )
        except RecursionError:
            errors = [GraphQLError("The operation is nested too deeply.")]
        if errors:
            raise NotExecutable("GRAPHQL_VALIDATION_FAILED", *errors)
        operations = (
            each for each in document.definitions if isinstance(each, OperationDefinitionNode)
        )
        return Prepared(document, tuple(operations))


def _parsed(text: str) -> DocumentNode:
    if errors := too_many_lines(text):
        raise NotExecutable("GRAPHQL_PARSE_FAILED", *errors)
    try:
        document = parse(IndexedSource(text), max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as error:
        raise NotExecutable("GRAPHQL_PARSE_FAILED", error) from None
    except RecursionError:
        raise NotExecutable(
            "GRAPHQL_PARSE_FAILED", GraphQLError("The operation is nested too deeply.")
        ) from None
    _unlink_tokens(document)
    return document


def _unlink_tokens(document: DocumentNode) -> None:
    """Each knows the one before and the one behind it, and nobody asks. Such a ring of 30,000 goes
    only when the garbage collector finds it, which takes a tenth of a second."""
    token = document.loc.start_token if document.loc else None
    while token:
        behind = token.next
        token.prev = token.next = None
        token = behind
