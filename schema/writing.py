"""What the lines of `mutations` are made of: an input in, a command handled, a payload out."""

from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry import Info

from commands.bus import Accepted, Outcome, OutcomeUnknown, Unavailable
from commands.command import Command
from readmodels.values import Position
from schema.context import Reading
from schema.types.fields import description_of
from schema.types.input_types import Given, input_type
from schema.types.payloads import Answer, answer

C = TypeVar("C", bound=Command)

_INPUT = "What to do, and under which idempotencyKey."

_IDEMPOTENCY_KEY = (
    str | None,
    "The same key with the same input answers the first accepted outcome again and records nothing;"
    " with another input it is refused. Keys are each actor's own and kept for 30 days. An empty"
    " one counts as not given.",
)


class Handles(Protocol):
    """The write side as a mutation sees it."""

    async def handle(
        self, command: Command, *, actor: str, idempotency_key: str | None = None
    ) -> Outcome: ...


@dataclass(slots=True, kw_only=True)
class Commanding(Reading):
    """What the resolvers of a request that may also change something share.

    `recorded` is the last position that one of its commands has recorded so far.
    """

    bus: Handles
    actor: str
    recorded: Position | None = None

    def note(self, outcome: Outcome) -> None:
        if isinstance(outcome, Accepted):
            recorded = Position(outcome.position)
            self.recorded = max(recorded, self.recorded or recorded)


def runs(command: type[C], payload: Any) -> Any:
    """A mutation that has this command handled."""
    takes: Any = input_type(
        command, f"{command.__name__}Input", {"idempotency_key": _IDEMPOTENCY_KEY}
    )

    async def resolve(
        info: Info[Commanding, None],
        input: Annotated[takes, strawberry.argument(description=_INPUT)],
    ) -> Answer:
        given: Given[C] = input
        key = given.more["idempotency_key"] or None
        outcome = await _handled(info.context, given.value, key)
        info.context.note(outcome)
        return answer(outcome)

    return strawberry.mutation(
        resolver=resolve, graphql_type=payload, description=description_of(command)
    )


async def _handled(context: Commanding, command: Command, key: str | None) -> Outcome:
    try:
        return await context.bus.handle(command, actor=context.actor, idempotency_key=key)
    except Unavailable as fault:
        raise GraphQLError(str(fault), extensions={"code": "UNAVAILABLE"}) from fault
    except OutcomeUnknown as doubt:
        raise GraphQLError(str(doubt), extensions={"code": "OUTCOME_UNKNOWN"}) from doubt
