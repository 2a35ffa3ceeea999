"""What every fact has in common, and the envelope in which the log keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar, dataclass_transform

EVENT_TYPES: dict[str, type["Event"]] = {}


class Event:
    """A fact in the past tense. It belongs to one stream, the history of one aggregate.

    A field named `personal`, where a fact has one, holds all of its personal data: the log keeps
    it apart, so that it can be erased without touching the rest.
    """

    __slots__ = ()

    stream_category: ClassVar[str]
    schema_version: ClassVar[int] = 1

    @property
    def key(self) -> str:
        """Identifies the aggregate among those of its kind."""
        raise NotImplementedError

    @property
    def stream(self) -> str:
        return f"{self.stream_category}/{self.key}"


AnEvent = TypeVar("AnEvent", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(cls: type[AnEvent]) -> type[AnEvent]:
    """Declare a fact: a frozen dataclass that the log can read back by its name. Raises TypeError
    where another fact has this name, under which that one is recorded already."""
    declared = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    if known := EVENT_TYPES.get(declared.__name__):
        raise TypeError(
            f"{declared.__module__} declares a fact {declared.__name__}, and {known.__module__} has"
            " one of this name: the log tells facts by their names."
        )
    EVENT_TYPES[declared.__name__] = declared
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Generic[E_co]):
    """A fact as the log holds it.

    `position` is its place in the whole log, dense from 1 and in commit order; `version` its place
    in its stream, dense from 1. `recorded_at` is the server's clock and never decreases along
    positions; `occurred_at` is what views show, and differs only in imports. Both are aware UTC,
    cut to milliseconds.
    """

    position: int
    stream: str
    version: int
    event: E_co
    recorded_at: datetime
    occurred_at: datetime
    actor: str
    command_id: str
    causation: str | None
