"""What a command answers: where its facts stand, or why it was refused, and what it made."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from commands.bus import Accepted, Outcome
from commands.refusal import Code, Refusal
from readmodels.values import Position
from readmodels.view import D
from schema.context import ReadingInfo
from schema.reading import shown
from schema.types.fields import enum_type
from schema.types.output_types import output_type

enum_type(Code, "ErrorCode")


@strawberry.type(
    description="Why a command was refused. Refusals are data; top-level errors are faults of the"
    " client or the server."
)
class UserError:
    code: Code = strawberry.field(description="For programs.")
    message: str = strawberry.field(description="For people.")
    field: list[str] | None = strawberry.field(
        description='Path into the input: ["items", "0", "quantity"].'
    )


@strawberry.interface(description="What every command answers.")
class CommandPayload:
    position: Position | None = strawberry.field(
        description="Of the last fact that the command recorded; null when refused. Give it to a"
        " query as minPosition."
    )
    version: int | None = strawberry.field(
        description="Of the aggregate whose id the payload names, after the command (of the"
        " product's stock, an aggregate of its own, for receiveStock and adjustStock); null when"
        " refused."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Empty when the command was accepted."
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the fields of a payload are read from."""

    aggregate_id: str | None
    position: Position | None
    version: int | None
    user_errors: list[UserError]


def answer(outcome: Outcome) -> Answer:
    if isinstance(outcome, Accepted):
        return Answer(outcome.aggregate_id, Position(outcome.position), outcome.version, [])
    return Answer(None, None, None, [_user_error(refusal) for refusal in outcome.refusals])


def _user_error(refusal: Refusal) -> UserError:
    path = [_name(part) for part in refusal.field or ()]
    return UserError(code=refusal.code, message=refusal.message, field=path or None)


@cache
def _name(part: str) -> str:
    """Of a field, or an index as it is: there are 2,000 of them at the most."""
    return to_camel_case(part)


def payload_type(document: type[D]) -> Any:
    """The payload of the commands that change what this document shows."""
    noun = document.__name__.lower()

    def aggregate_id(root: strawberry.Parent[Answer]) -> strawberry.ID | None:
        return None if root.aggregate_id is None else strawberry.ID(root.aggregate_id)

    async def changed(root: strawberry.Parent[Answer], info: ReadingInfo) -> D | None:
        if root.aggregate_id is None:
            return None
        return await shown(info, document, "_id", root.aggregate_id, root.position)

    made = type(
        f"{document.__name__}Payload",
        (CommandPayload,),
        {
            "__annotations__": {},
            "__module__": __name__,
            "is_type_of": classmethod(lambda cls, obj, info: isinstance(obj, Answer)),
            f"{noun}_id": strawberry.field(
                resolver=aggregate_id, description="What the command changed; null when refused."
            ),
            noun: strawberry.field(
                resolver=changed,
                graphql_type=output_type(document) | None,
                description="Waits, for a bounded time, until it shows the command's facts. Null"
                " when the command was refused, or when the wait ran out (then errors[] says"
                " STALE_READ).",
            ),
        },
    )
    return strawberry.type(made, description=f"What a command on one {noun} answers.")
