"""What became of a command."""

from dataclasses import dataclass

from commands.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Accepted:
    """`version` is the aggregate's after the command, `position` the command's last fact's."""

    aggregate_id: str
    version: int
    position: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The command recorded nothing, for these reasons."""

    refusals: tuple[Refusal, ...]


Outcome = Accepted | Refused


class CommandFault(Exception):
    """Deciding or recording a command went wrong: a bug. It recorded nothing."""


class OutcomeUnknown(Exception):
    """The command's COMMIT was sent, and no reply told whether it was recorded."""
