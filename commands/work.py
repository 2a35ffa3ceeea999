"""What one caller asked for at once: one command or several, all of them or none."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commands.command import Command
from commands.fingerprint import fingerprint
from commands.outcome import Accepted, OutcomeUnknown, Refused
from commands.refusal import Refusal
from commands.store.unavailable import Unavailable

Answer = tuple[Accepted, ...] | Refused


@dataclass(eq=False, slots=True)
class Work:
    """`command_ids` name the commands in the log; where they were derived from their cause, what is
    already there under them is not done again. With `refusals` the values themselves are wrong, and
    all that is left to find out is whether their idempotency key was used.

    `is_committing` from when the COMMIT that records it was sent, until it is known what came of
    it. Whoever sends that COMMIT first sees that no answer was given; so no work that was answered
    at its deadline is recorded, unless the answer said that this is not known.
    """

    commands: Sequence[Command]
    command_ids: Sequence[str]
    actor: str
    deadline: float
    """By the event loop's clock."""
    causation: str | None = None
    occurred_at: datetime | None = None
    idempotency_key: str | None = None
    refusals: tuple[Refusal, ...] = ()
    fingerprint: bytes | None = None
    is_committing: bool = False
    answer: asyncio.Future[Answer] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def __post_init__(self) -> None:
        if self.idempotency_key is not None and not self.refusals:
            (command,) = self.commands
            self.fingerprint = fingerprint(command)

    @property
    def is_answered(self) -> bool:
        return self.answer.done()

    def settle(self, answer: Answer) -> None:
        """The first answer counts, here and in `fail`."""
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def give_up(self, why: str) -> None:
        """Answers without an outcome: nothing was recorded, and nothing will be, unless its COMMIT
        is under way."""
        self.fail(self._outcome_unknown() if self.is_committing else Unavailable(why))

    def _outcome_unknown(self) -> OutcomeUnknown:
        if self.idempotency_key is not None:
            advice = "ask again with the same idempotencyKey."
        elif self.causation is not None:
            advice = f"ask again under the same cause, {self.causation}."
        else:
            advice = (
                "it was sent without an idempotencyKey, so that it cannot be asked. Look at what"
                " is there before you send it again."
            )
        return OutcomeUnknown(
            "The write store did not reply in time to the commit of this command, so that it is not"
            f" known whether it was recorded: {advice}"
        )
