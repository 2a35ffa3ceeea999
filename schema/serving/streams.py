"""Runs subscriptions: each state of a document is executed and encoded once per distinct selection,
however many clients receive it."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from inspect import isawaitable
from typing import Any, Final, cast
from weakref import ref

import msgspec
from graphql import (
    SKIP,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    Undefined,
    VariableNode,
    Visitor,
    strip_ignored_characters,
    visit,
)
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event
from graphql.pyutils import AwaitableOrValue

from schema.serving.aside import aside
from schema.serving.errors import told, told_fault
from schema.serving.execution import Execution, Run
from schema.serving.operations import LONGEST_REMEMBERED, NotExecutable
from schema.serving.request import Request

_REMEMBERED: Final = 512
# In bytes.
_LARGEST_REMEMBERED: Final = 16 * 1024 * 1024

_Key = tuple[Any, ...]
"""The operation, what shapes its results, the event's id."""

_TOO_LONG: Final = (
    f"The text of a subscription has at most {LONGEST_REMEMBERED:,} characters without its comments"
    " and blanks."
)


class Failed(Exception):
    """The subscription cannot begin or go on."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__()
        self.errors = errors


class Streams:
    """The subscriptions of all sockets."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        subscriptions = execution.schema.subscription_type
        self._fields = frozenset(subscriptions.fields if subscriptions else ())
        # Each as long as there is its event, whose id names nothing else till then.
        self._encoded: OrderedDict[_Key, tuple[ref[object], str]] = OrderedDict()
        self._size = 0

    async def lasting(self, run: Run, request: Request) -> Run:
        """The same run, as it may be kept: without a text of which nobody needs so much. Raises
        NotExecutable."""
        if len(request.query) <= LONGEST_REMEMBERED:
            return run
        text = await aside(partial(strip_ignored_characters, request.query))
        if len(text) > LONGEST_REMEMBERED:
            raise NotExecutable("GRAPHQL_VALIDATION_FAILED", GraphQLError(_TOO_LONG))
        return await self._execution.begin(replace(request, query=text))

    async def results(self, run: Run) -> AsyncGenerator[str, None]:
        """The encoded result of each event, as it comes. Raises Failed."""
        selection = (run.prepared, run.executor.operation, self._shaping(run))
        async with aclosing(await _events(run.executor)) as events:
            while True:
                try:
                    event = await anext(events)
                except StopAsyncIteration:
                    return
                except Exception as fault:
                    raise Failed(told_fault(fault)) from None
                yield await self._text(run, (*selection, id(event)), event)

    async def _text(self, run: Run, key: _Key, event: object) -> str:
        """The event's result, encoded. Many events come at once, of one client or one of each of
        many: between them others have their turn."""
        turns = self._execution.turns
        found = await turns.run(partial(self._known_or_executed, run, key, event))
        if isinstance(found, str):
            return found
        result = await found if isawaitable(found) else found
        return await turns.run(partial(self._text_of, run, key, event, result))

    def _known_or_executed(
        self, run: Run, key: _Key, event: object
    ) -> str | AwaitableOrValue[ExecutionResult]:
        if key in self._encoded:
            self._encoded.move_to_end(key)
            return self._encoded[key][1]
        return execute_subscription_event(run.executor.build_per_event_executor(event))

    def _text_of(self, run: Run, key: _Key, event: object, result: ExecutionResult) -> str:
        text = run.answer(result).encoded().decode()
        self._forget(key)
        self._encoded[key] = ref(event, lambda _: self._forget(key)), text
        self._size += _size(key, text)
        while len(self._encoded) > _REMEMBERED or self._size > _LARGEST_REMEMBERED:
            self._forget(next(iter(self._encoded)))
        return text

    def _forget(self, key: _Key) -> None:
        if known := self._encoded.pop(key, None):
            self._size -= _size(key, known[1])

    def _shaping(self, run: Run) -> bytes:
        """The values that the result depends on beside the event, as text."""
        given = _given(run.executor)
        if not given:
            return b""
        visitor = _Shaping(self._fields)
        visit(run.prepared.document, visitor)
        names = sorted(visitor.found & given.keys())
        return msgspec.json.encode({name: given[name] for name in names})


def size_of_variables(run: Run) -> int:
    """How much a run keeps of what its client sent, in bytes as JSON."""
    return len(msgspec.json.encode(_given(run.executor)))


def _size(key: _Key, text: str) -> int:
    *_, shaping, _ = key
    return len(text) + len(shaping)


def _given(executor: Executor[Any]) -> Mapping[str, Any]:
    """The operation's variables as the client sent them."""
    sources = executor.variable_values.sources
    return {name: each.value for name, each in sources.items() if each.value is not Undefined}


async def _events(executor: Executor[Any]) -> AsyncGenerator[Any, None]:
    source = create_source_event_stream(executor)
    events = await source if isawaitable(source) else source
    if isinstance(events, ExecutionResult):
        raise Failed(told(events.errors or ()))
    return cast(AsyncGenerator[Any, None], events)


class _Shaping(Visitor):
    """Finds the variables that shape a result. Those in the arguments of a subscription's own field
    do not: they say which events come."""

    def __init__(self, subscriptions: frozenset[str]) -> None:
        super().__init__()
        self._subscriptions = subscriptions
        self.found: set[str] = set()

    def enter_variable_definition(self, *_: object) -> Any:
        return SKIP

    def enter_field(self, node: FieldNode, *_: object) -> Any:
        if node.name.value not in self._subscriptions:
            return None
        for part in (*(node.directives or ()), node.selection_set):
            if part:
                visit(part, self)
        return SKIP

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.found.add(node.name.value)
