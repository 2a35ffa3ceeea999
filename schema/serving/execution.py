"""Runs requests: an operation made ready, its variables read, executed, its errors told."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from typing import Any, Final

import msgspec
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType

from readmodels.values import Position
from schema.context import Reading
from schema.cost import is_too_much
from schema.serving.arguments import wrong_arguments
from schema.serving.aside import aside
from schema.serving.errors import told, told_fault
from schema.serving.executor import BoundedExecutor
from schema.serving.lists import cut_lists, has_many_values
from schema.serving.operations import NotExecutable, Operations, Prepared
from schema.serving.request import Request, names_persisted
from schema.serving.turns import Turns
from schema.types.scalars import asked_position
from schema.writing import Commanding

Contexts = Callable[[Position | None], Reading]
"""Makes the context of a request, of which everything that it reads is to show a position."""


class Response(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a request is answered. Without `data` nothing of it ran: once a root field has begun,
    there is data, null or not, beside the errors."""

    errors: list[dict[str, Any]] = []
    data: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    extensions: dict[str, Any] = {}

    @property
    def ran(self) -> bool:
        return self.data is not msgspec.UNSET

    def encoded(self) -> bytes:
        try:
            return msgspec.json.encode(self)
        except Exception as fault:
            data = None if self.ran else msgspec.UNSET
            return msgspec.json.encode(Response(told_fault(fault), data, self.extensions))


class NotHere(NotExecutable):
    """The operation is of a type that is served in another way."""

    def __init__(self, type: OperationType) -> None:
        served = (
            "Subscriptions are served over a WebSocket at this address."
            if type is OperationType.SUBSCRIPTION
            else f"A {type.value} must be sent by POST."
        )
        super().__init__("OPERATION_RESOLUTION_FAILURE", GraphQLError(served))
        self.type = type


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A request that nothing is known to be wrong with, before anything of it has begun."""

    prepared: Prepared
    executor: BoundedExecutor

    @property
    def type(self) -> OperationType:
        return self.executor.operation.operation

    async def response(self) -> Response:
        """Runs it: whatever happens from here on, the answer has data."""
        try:
            result: Any = self.executor.execute_operation()
            return self.answer(await result if isawaitable(result) else result)
        except Exception as fault:
            return self._without_data(told_fault(fault))

    def answer(self, result: ExecutionResult) -> Response:
        errors = result.errors or []
        too_much = [error for error in errors if is_too_much(error)]
        if too_much and self.type is not OperationType.MUTATION:
            # What is there of it could be taken for all that there is.
            return self._without_data(told(too_much[:1]))
        return Response(told(errors), result.data, self._extensions())

    def cut_off(self) -> Response:
        """The answer where the server stops before there is one."""
        mutates = self.type is OperationType.MUTATION
        return self._without_data(_NOT_KNOWN if mutates else STOPPING)

    def _without_data(self, errors: list[dict[str, Any]]) -> Response:
        return Response(errors, None, self._extensions())

    def _extensions(self) -> dict[str, Any]:
        """Of a mutation, the last position that its fields have recorded; null where they have
        recorded nothing."""
        context = self.executor.context_value
        if self.type is not OperationType.MUTATION or not isinstance(context, Commanding):
            return {}
        return {"position": str(context.recorded) if context.recorded else None}


class Execution:
    """The schema, and the contexts that its resolvers need."""

    def __init__(self, schema: GraphQLSchema, contexts: Contexts) -> None:
        self.schema = schema
        self._contexts = contexts
        self.turns = Turns()
        self.operations = Operations(schema)

    async def begin(self, request: Request, *allowed: OperationType) -> Run:
        """Everything that can be known to be wrong with a request before it runs is raised as
        NotExecutable, as is a type of operation that is not among the allowed ones (NotHere)."""
        if not request.query and names_persisted(request.extensions):
            # Apollo and urql know this message, and send the text from then on.
            error = GraphQLError("PersistedQueryNotSupported")
            raise NotExecutable("PERSISTED_QUERY_NOT_SUPPORTED", error)
        prepared = await self.operations.prepare(request.query, self.turns)
        type = prepared.type_of(request.operation_name)
        if allowed and type not in allowed:
            raise NotHere(type)
        work = partial(self._begun, prepared, request)
        return await (aside(work) if has_many_values(request.variables) else self.turns.run(work))

    def _begun(self, prepared: Prepared, request: Request) -> Run:
        executor = BoundedExecutor.build(
            self.schema,
            prepared.document,
            context_value=self._contexts(_min_position(request)),
            raw_variable_values=cut_lists(request.variables),
            operation_name=request.operation_name or None,
            turns=self.turns,
        )
        if isinstance(executor, list):
            raise NotExecutable("BAD_USER_INPUT", *executor)
        assert isinstance(executor, BoundedExecutor)
        if wrong := wrong_arguments(executor):
            raise NotExecutable("BAD_USER_INPUT", *wrong)
        return Run(prepared, executor)


def _min_position(request: Request) -> Position | None:
    given = (request.extensions or {}).get("minPosition")
    if given is None:
        return None
    try:
        return asked_position(given)
    except GraphQLError as error:
        raise NotExecutable(
            "BAD_USER_INPUT", GraphQLError(f"`extensions.minPosition`: {error.message}")
        ) from None


STOPPING: Final = [
    {
        "message": "The server is stopping; nothing was recorded.",
        "extensions": {"code": "UNAVAILABLE"},
    }
]
_NOT_KNOWN: Final = [
    {
        "message": "The server stopped before this was answered: whether it was recorded is not"
        " known. Sent again with the same idempotencyKey a command answers what came of it; without"
        " one it cannot be asked.",
        "extensions": {"code": "OUTCOME_UNKNOWN"},
    }
]
