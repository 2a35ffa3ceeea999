"""Runs requests: an operation made ready, executed, its errors told."""

from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import msgspec
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,
)

from schema.context import Reading
from schema.serving.errors import told
from schema.serving.operations import NotExecutable, Operations, Prepared
from schema.serving.request import Request


@dataclass(frozen=True, slots=True)
class Response:
    """What a request is answered: `data` is None with `executed` where all of it failed."""

    executed: bool
    data: dict[str, Any] | None
    errors: list[dict[str, Any]]

    def encoded(self) -> bytes:
        body: dict[str, Any] = {"errors": self.errors} if self.errors else {}
        if self.executed:
            body["data"] = self.data
        return msgspec.json.encode(body)


def refused(errors: list[dict[str, Any]]) -> Response:
    """The answer to a request that is not executed."""
    return Response(executed=False, data=None, errors=errors)


class Execution:
    """The schema with what its resolvers need."""

    def __init__(self, schema: GraphQLSchema, context: Reading) -> None:
        self.schema = schema
        self.context = context
        self.operations = Operations(schema)

    async def run(self, request: Request, *allowed: OperationType) -> Response:
        """Answer a request of one of the allowed types."""
        try:
            prepared = self.operations.prepare(request.query)
            operation = prepared.type_of(request.operation_name)
            if operation not in allowed:
                raise _not_here(operation)
        except NotExecutable as error:
            return refused(told(error.errors))
        return await self.execute(prepared, request)

    async def execute(self, prepared: Prepared, request: Request, root: Any = None) -> Response:
        result = execute(
            self.schema,
            prepared.document,
            root_value=root,
            context_value=self.context,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        return response(await result if isawaitable(result) else result)


def response(result: ExecutionResult) -> Response:
    errors = told(result.errors or ())
    # An argument that no page can have is the request's fault, wherever the executor noticed it.
    executed = result.data is not None or any(
        error["extensions"]["code"] != "BAD_USER_INPUT" for error in errors
    )
    return Response(executed=executed, data=result.data, errors=errors)


def _not_here(operation: OperationType) -> NotExecutable:
    served = (
        "Subscriptions are served over a WebSocket at this address."
        if operation is OperationType.SUBSCRIPTION
        else f"A {operation.value} must be sent by POST."
    )
    return NotExecutable("OPERATION_RESOLUTION_FAILURE", GraphQLError(served))
