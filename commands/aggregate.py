"""What an aggregate is: state and rules, without any I/O, and one word for how it is kept.

Event-sourced: folded from its stream, from a snapshot on. State-stored: a row of a normalised
table. Either way its events go to the one log.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, dataclass_transform

from commands.events import Event


class Kept(Enum):
    EVENT_SOURCED = "event-sourced"
    STATE_STORED = "state-stored"


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that only one aggregate may have: ("email", "ada@example.org")."""

    kind: str
    value: str


class Aggregate:
    """State plus rules. `revision` grows when the state's shape or its fold changes, so that
    older snapshots are left aside."""

    __slots__ = ()

    category: ClassVar[str]
    kept: ClassVar[Kept]
    revision: ClassVar[int] = 1

    @classmethod
    def evolve(cls, state: Self | None, event: Event) -> Self:
        """The state after a fact."""
        raise NotImplementedError

    @property
    def claims(self) -> frozenset[Claim]:
        """The values that are this aggregate's alone."""
        return frozenset()


A = TypeVar("A", bound=Aggregate)
AGGREGATES: dict[str, type[Aggregate]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def aggregate(cls: type[A]) -> type[A]:
    """Declare a class as the aggregate whose streams are named `category/key`. Raises TypeError
    where another aggregate's are."""
    declared = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    if known := AGGREGATES.get(declared.category):
        raise TypeError(
            f"{declared.__module__}.{declared.__name__} is declared as the aggregate of category"
            f" {declared.category!r}, and {known.__module__}.{known.__name__} is that already."
        )
    AGGREGATES[declared.category] = declared
    return declared


@dataclass(frozen=True, slots=True)
class Ref(Generic[A]):
    """Names one aggregate, whether or not it exists."""

    aggregate: type[A]
    key: str

    @property
    def stream(self) -> str:
        return f"{self.aggregate.category}/{self.key}"


Need = Ref[Any] | Claim


class World(Protocol):
    """The state that a command declared to need, as its predecessors left it."""

    def find(self, aggregate: type[A], key: str) -> A | None:
        """The aggregate of that key, or None where nothing was recorded of it."""
        ...

    def owner(self, claim: Claim) -> str | None:
        """The key of the aggregate that has the claimed value, or None where it is free."""
        ...
