"""Given these facts, when this command, then those facts, or refusals: deciding, with no store."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from commands.aggregate import AGGREGATES, A, Aggregate, Claim, Need, Ref
from commands.command import Command
from commands.events import Event
from commands.refusal import Code, Refusal, Rejected

NOW = datetime(2024, 5, 17, 9, 30, 15, 123000, tzinfo=UTC)


class Known:
    """The world that the facts made. It remembers what a command looked at."""

    def __init__(self, facts: Iterable[Event]) -> None:
        self.states: dict[str, Aggregate] = {}
        self.looked_at: set[Need] = set()
        for fact in facts:
            kind = AGGREGATES[fact.stream_category]
            self.states[fact.stream] = kind.evolve(self.states.get(fact.stream), fact)

    def find(self, aggregate: type[A], key: str) -> A | None:
        ref = Ref(aggregate, key)
        self.looked_at.add(ref)
        state = self.states.get(ref.stream)
        assert state is None or isinstance(state, aggregate)
        return state

    def owner(self, claim: Claim) -> str | None:
        self.looked_at.add(claim)
        for stream, state in self.states.items():
            if claim in state.claims:
                return stream.partition("/")[2]
        return None


@dataclass(frozen=True)
class Decision:
    events: tuple[Event, ...]
    refusals: tuple[Refusal, ...]

    def then(self, *events: Event) -> None:
        assert self.refusals == ()
        assert self.events == events

    def refused(self, *reasons: tuple[Code, str]) -> None:
        """Each a code and a field's path, joined by dots."""
        assert self.events == ()
        given = [(reason.code, ".".join(reason.field or ())) for reason in self.refusals]
        assert given == list(reasons)
        assert all(reason.message.endswith(".") for reason in self.refusals)

    def invalid(self, *fields: str) -> None:
        self.refused(*((Code.INVALID_INPUT, field) for field in fields))

    @property
    def words(self) -> list[str]:
        return [reason.message for reason in self.refusals]


@dataclass(frozen=True)
class Given:
    facts: tuple[Event, ...]

    def and_then(self, command: Command) -> "Given":
        """The same, and what the command brought about."""
        decision = self.when(command)
        assert decision.refusals == ()
        return Given((*self.facts, *decision.events))

    def when(self, command: Command) -> Decision:
        if wrong := tuple(command.check()):
            return Decision((), wrong)
        world = Known(self.facts)
        try:
            decision = Decision(tuple(command.decide(world, NOW)), ())
        except Rejected as rejected:
            decision = Decision((), rejected.refusals)
        undeclared = world.looked_at - set(command.needs(world))
        assert not undeclared, f"{type(command).__name__} does not declare to need {undeclared}"
        return decision


def given(*facts: Event) -> Given:
    return Given(facts)
