"""Runs subscriptions: each state of a document is executed and encoded once per distinct selection,
however many clients receive it."""

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, Final, cast

import msgspec
from graphql import SKIP, ExecutionResult, FieldNode, VariableNode, Visitor, visit
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event

from schema.serving.errors import told, told_fault
from schema.serving.execution import Execution, response
from schema.serving.operations import Prepared
from schema.serving.request import Request

_REMEMBERED: Final = 512


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
        # The event is kept beside its text: as long as it is, its id names nothing else.
        self._encoded: OrderedDict[tuple[Any, ...], tuple[object, str]] = OrderedDict()

    async def results(self, prepared: Prepared, request: Request) -> AsyncGenerator[str, None]:
        """The encoded result of each event, as it comes. Raises Failed."""
        executor = self._executor(prepared, request)
        selection = (prepared, request.operation_name, self._shaping(prepared, request))
        async with aclosing(await _events(executor)) as events:
            while True:
                try:
                    event = await anext(events)
                except StopAsyncIteration:
                    return
                except Exception as fault:
                    raise Failed(told_fault(fault)) from None
                yield await self._result(executor, selection, event)

    def _executor(self, prepared: Prepared, request: Request) -> Executor[Any]:
        built = Executor.build(
            self._execution.schema,
            prepared.document,
            context_value=self._execution.context,
            raw_variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if isinstance(built, Executor):
            return built
        raise Failed(told(built))

    async def _result(
        self, executor: Executor[Any], selection: tuple[Any, ...], event: object
    ) -> str:
        key = (*selection, id(event))
        known = self._encoded.get(key)
        if known is not None:
            self._encoded.move_to_end(key)
            return known[1]
        result = execute_subscription_event(executor.build_per_event_executor(event))
        text = response(await result if isawaitable(result) else result).encoded().decode()
        self._encoded[key] = (event, text)
        if len(self._encoded) > _REMEMBERED:
            self._encoded.popitem(last=False)
        return text

    def _shaping(self, prepared: Prepared, request: Request) -> bytes:
        """The values that the result depends on beside the event, as text."""
        if not request.variables:
            return b""
        visitor = _Shaping(self._fields)
        visit(prepared.document, visitor)
        names = sorted(visitor.found & request.variables.keys())
        return msgspec.json.encode({name: request.variables[name] for name in names})


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
