"""What a command is: a frozen dataclass in the imperative that says what it needs and decides.

Its docstring and the strings in its annotations are the API's descriptions of the mutation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar, dataclass_transform

from commands.aggregate import Need, Ref, World
from commands.events import Event
from commands.normalising import other_forms
from commands.refusal import Refusal


class Command(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def target(self) -> Ref[Any]:
        """The aggregate whose id and version the outcome names, and `expected_version` means."""
        ...

    def check(self) -> Iterator[Refusal]:
        """What is wrong with the values themselves."""
        ...

    def needs(self, world: World) -> Iterator[Need]:
        """What to load before deciding. Asked again with what was found, until nothing is new: so
        an order can be named first, and then the stock of its products."""
        ...

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        """The facts that follow, or Rejected. Pure: `now` is the command's `occurred_at`."""
        ...


C = TypeVar("C")
COMMANDS: dict[str, type[Any]] = {}


def _take_one_form(self: Any) -> None:
    for name, value in other_forms(self).items():
        object.__setattr__(self, name, value)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def command(cls: type[C]) -> type[C]:
    """Declare a command: a frozen dataclass with named fields, whose values take their one form
    when it is made. Raises TypeError where another command has this name, by which the API and
    idempotency keys know it."""
    if known := COMMANDS.get(cls.__name__):
        raise TypeError(
            f"{cls.__module__} declares a command {cls.__name__}, and {known.__module__} has one of"
            " this name."
        )
    cls.__post_init__ = _take_one_form  # type: ignore[attr-defined]  # a dataclass calls it
    declared = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    COMMANDS[declared.__name__] = declared
    return declared
