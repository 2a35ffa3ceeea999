"""What a process manager is: it reacts to recorded facts and to timers, and issues commands.

Timers are how it reacts to facts: they are set and taken back in the facts' own transaction. So
there is no place in the log to remember, and none is ever without its fact.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol, TypeVar, dataclass_transform

from commands.command import Command
from commands.events import Event, Recorded


@dataclass(frozen=True, slots=True)
class Timer:
    """Wakes a process about one key at `due_at`, unless it was taken back by then."""

    process: str
    key: str
    set_at: datetime
    due_at: datetime

    @property
    def cause(self) -> str:
        """Names what follows from it, so that it is done once."""
        return f"{self.process}/{self.key}"


class Process(Protocol):
    """A process has one timer a key, and sets it once. All of it is pure."""

    name: ClassVar[str]

    def timer_set_by(self, fact: Recorded[Event]) -> Timer | None: ...

    def key_done_by(self, fact: Recorded[Event]) -> str | None:
        """The key that a fact leaves nothing to wake for: its timer is taken back."""
        ...

    def command_for(self, timer: Timer) -> Command:
        """What a timer brings about when it is due. Decided as any command is: it is to be refused
        where it should not happen any more."""
        ...


P = TypeVar("P", bound=Process)
PROCESSES: dict[str, type[Process]] = {}


@dataclass_transform(frozen_default=True)
def process(cls: type[P]) -> type[P]:
    """Declare a process manager: a frozen dataclass of its settings. Raises TypeError where another
    one has its name, which its timers are kept under."""
    if known := PROCESSES.get(cls.name):
        raise TypeError(
            f"{cls.__module__}.{cls.__name__} is declared as the process {cls.name!r}, and"
            f" {known.__module__}.{known.__name__} is that already."
        )
    declared = dataclass(frozen=True, slots=True)(cls)
    PROCESSES[declared.name] = declared
    return declared
