"""What one caller asked for at once: one command or several, all of them or none."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commands.command import Command
from commands.fingerprint import fingerprint
from commands.outcome import Accepted, Refused
from commands.refusal import Refusal

Answer = tuple[Accepted, ...] | Refused


@dataclass(eq=False, slots=True)
class Work:
    """`command_ids` name the commands in the log; where they were derived from their cause, what is
    already there under them is not done again. With `refusals` the values themselves are wrong, and
    all that is left to find out is whether their idempotency key was used."""

    commands: Sequence[Command]
    command_ids: Sequence[str]
    actor: str
    causation: str | None = None
    occurred_at: datetime | None = None
    idempotency_key: str | None = None
    refusals: tuple[Refusal, ...] = ()
    fingerprint: bytes | None = None
    answer: asyncio.Future[Answer] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def __post_init__(self) -> None:
        if self.idempotency_key is not None and not self.refusals:
            (command,) = self.commands
            self.fingerprint = fingerprint(command)
