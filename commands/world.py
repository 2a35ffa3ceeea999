"""The state that commands are decided on: what was loaded, and what was decided since."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from commands.aggregate import AGGREGATES, A, Aggregate, Claim, Need, Ref
from commands.events import Event

Versioned = tuple[int, Aggregate | None]


class Undeclared(Exception):
    """A command looked at something that it had not declared to need."""


@dataclass(slots=True)
class Loaded:
    """States by stream, with their versions (0 and None where nothing was recorded), and who has
    which claimed value."""

    states: dict[str, Versioned] = field(default_factory=dict)
    owners: dict[Claim, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """A fact before it has its position, and its place in its stream."""

    event: Event
    stream: str
    version: int
    occurred_at: datetime
    command_id: str
    ordinal: int


class Draft:
    """A world to decide in: what it adds is seen by later commands of the same work, and by nobody
    else before it is taken over."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._states: dict[str, Versioned] = {}
        self._owners: dict[Claim, str | None] = {}
        self.decided: list[Decided] = []

    def find(self, aggregate: type[A], key: str) -> A | None:
        state = self._versioned(f"{aggregate.category}/{key}")[1]
        assert state is None or isinstance(state, aggregate)
        return state

    def owner(self, claim: Claim) -> str | None:
        if claim in self._owners:
            return self._owners[claim]
        if claim not in self._loaded.owners:
            raise Undeclared(claim)
        return self._loaded.owners[claim]

    def version(self, stream: str) -> int:
        return self._versioned(stream)[0]

    def missing(self, needs: Iterable[Need]) -> list[Need]:
        """What has not been loaded yet, as far as it can be told before that is."""
        missing: list[Need] = []
        try:
            for need in needs:
                if isinstance(need, Ref):
                    if need.stream not in self._states and need.stream not in self._loaded.states:
                        missing.append(need)
                elif need not in self._owners and need not in self._loaded.owners:
                    missing.append(need)
        except Undeclared:
            # What follows depends on something that is itself still missing.
            if not missing:
                raise
        return missing

    def record(self, events: Iterable[Event], occurred_at: datetime, command_id: str) -> None:
        for ordinal, event in enumerate(events):
            stream = event.stream
            version, state = self._versioned(stream)
            evolved = AGGREGATES[event.stream_category].evolve(state, event)
            self._states[stream] = version + 1, evolved
            self._move_claims(state, evolved, event.key)
            self.decided.append(
                Decided(event, stream, version + 1, occurred_at, command_id, ordinal)
            )

    def take_over(self) -> None:
        """What was decided here is what later works are decided on."""
        self._loaded.states.update(self._states)
        self._loaded.owners.update(self._owners)

    def _move_claims(self, before: Aggregate | None, after: Aggregate, key: str) -> None:
        had = before.claims if before else frozenset()
        if had == (has := after.claims):
            return
        self._owners.update(dict.fromkeys(had - has))
        self._owners.update(dict.fromkeys(has - had, key))

    def _versioned(self, stream: str) -> Versioned:
        found = self._states.get(stream) or self._loaded.states.get(stream)
        if found is None:
            raise Undeclared(stream)
        return found
