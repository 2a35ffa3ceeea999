"""A group commit: works that arrived together, decided one after another and saved as one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from commands.aggregate import Need
from commands.clock import to_milliseconds
from commands.command import Command
from commands.events import Event, Recorded
from commands.outcome import Accepted, CommandFault, Refused
from commands.process import Process
from commands.refusal import Code, Refusal, Rejected
from commands.store.loading import Loading
from commands.store.saving import Fact, Saving
from commands.store.statements import Parameters
from commands.supervision import Pace
from commands.work import Answer, Work
from commands.world import Draft, Loaded, Undeclared, Versioned

KEYS_KEPT = 30 * 24 * 3600 * 1000
"""Milliseconds for which an idempotency key answers."""

DECIDE_FOR = 0.5
"""Seconds after which a batch takes no further work. So what waits behind costly works is not
recorded all at once and too late, but some of it in time."""

Key = tuple[str, str]
Answered = tuple[bytes | None, Accepted]
"""The fingerprint of an input that was accepted, and what it was answered."""


@dataclass(slots=True)
class Batch:
    """Decides works on top of the log's head, which was recorded at `head_at`, as of `now`.

    `recorded` are the works whose answers hold only once the batch is committed. `left` are those
    that it did not come to.
    """

    head: int
    head_at: datetime
    now: datetime
    keys_since: int
    """Milliseconds since 1970: idempotency keys of before do not answer any more."""
    loading: Loading
    loaded: Loaded = field(default_factory=Loaded)
    facts: list[Fact] = field(default_factory=list)
    answers: dict[Work, Answer | CommandFault] = field(default_factory=dict)
    recorded: list[Work] = field(default_factory=list)
    left: Sequence[Work] = ()
    _outcomes: dict[Key, Answered] = field(default_factory=dict)
    _recorded: dict[str, dict[str, Accepted]] = field(default_factory=dict)
    _versions: dict[str, int] = field(default_factory=dict)
    _new_outcomes: dict[Key, Parameters] = field(default_factory=dict)

    async def decide(self, works: Sequence[Work]) -> None:
        await self._prepare(works)
        clock = asyncio.get_running_loop().time
        began, pace = clock(), Pace()
        for number, work in enumerate(works):
            if clock() - began > DECIDE_FOR:
                self.left = works[number:]
                return
            await pace.keep()
            if not work.is_answered:
                self.answers[work] = await self._outcome(work)

    async def save(self, saving: Saving, processes: Sequence[Process]) -> None:
        if not self.facts:
            await saving.head(self.head, self.head_at)
            await saving.trial()
            return
        await saving.facts(self.facts)
        await saving.states(self._versions, self.changed)
        await saving.references(self.facts)
        await saving.timers(self.facts, processes)
        await saving.outcomes(list(self._new_outcomes.values()))

    def answer(self) -> None:
        """Tells everybody what became of their works."""
        for work, answer in self.answers.items():
            if isinstance(answer, CommandFault):
                work.fail(answer)
            else:
                work.settle(answer)

    @property
    def changed(self) -> dict[str, Versioned]:
        """What became of every stream that got facts."""
        return {stream: self.loaded.states[stream] for stream in self._versions}

    async def _prepare(self, works: Sequence[Work]) -> None:
        """Loads, in as few queries as possible, what the works can be known to need."""
        keys = {work.idempotency_key for work in works if work.idempotency_key is not None}
        if keys:
            self._outcomes.update(await self.loading.outcomes(keys, self.keys_since))
        derived = [id for work in works if work.causation is not None for id in work.command_ids]
        if derived:
            self._recorded = await self.loading.recorded(derived)
        undecided = [work for work in works if not work.refusals]
        while undecided:
            draft = Draft(self.loaded)
            missing = {work: _missing_up_front(work, draft) for work in undecided}
            undecided = [work for work, needs in missing.items() if needs]
            await self.loading.load([n for needs in missing.values() for n in needs], self.loaded)

    async def _outcome(self, work: Work) -> Answer | CommandFault:
        try:
            return self._repeated(work) or await self._decided(work)
        except Rejected as rejected:
            return Refused(rejected.refusals)
        except CommandFault as fault:
            return fault

    def _repeated(self, work: Work) -> Answer | None:
        """The answer that was given before, where the work was already done."""
        if recorded := [self._recorded[id] for id in work.command_ids if id in self._recorded]:
            # As recorded, whatever is asked for now. A command's first fact is its target's.
            return tuple(next(iter(outcomes.values())) for outcomes in recorded)
        if work.idempotency_key is None:
            return None
        outcome = self._outcomes.get((work.actor, work.idempotency_key))
        if outcome is None:
            return None
        fingerprint, accepted = outcome
        if fingerprint != work.fingerprint:
            raise Rejected(
                Refusal(
                    Code.IDEMPOTENCY_KEY_REUSED,
                    "This key was used with another input. Use a new key for a new request.",
                    ("idempotency_key",),
                )
            )
        if (work.actor, work.idempotency_key) in self._new_outcomes:
            self.recorded.append(work)
        return (accepted,)

    async def _decided(self, work: Work) -> Answer:
        if work.refusals:
            raise Rejected(*work.refusals)
        draft = Draft(self.loaded)
        for command, command_id in zip(work.commands, work.command_ids, strict=True):
            try:
                await self._decide(command, command_id, work, draft)
            except (Rejected, SQLAlchemyError):
                raise
            except Exception as error:
                raise CommandFault(f"Deciding {type(command).__name__} failed.") from error
        for decided in draft.decided:
            self._versions.setdefault(decided.stream, self.loaded.states[decided.stream][0])
        draft.take_over()
        return self._append(work, draft)

    async def _decide(self, command: Command, command_id: str, work: Work, draft: Draft) -> None:
        _refuse_stale(command, draft)
        at = work.occurred_at or self.now
        while True:
            try:
                events = tuple(command.decide(draft, at))
            except Undeclared:
                # What an earlier command of the batch brought about is needed now: deciding is
                # pure, so it can be done again.
                if not (missing := draft.missing(command.needs(draft))):
                    raise
                await self.loading.load(missing, self.loaded)
            else:
                draft.record(events, at, command_id)
                return

    def _append(self, work: Work, draft: Draft) -> Answer:
        position = self.head
        last: dict[str, int] = {}
        reached: dict[tuple[str, str], int] = {}
        for decided in draft.decided:
            position += 1
            last[decided.command_id] = position
            reached[decided.command_id, decided.stream] = decided.version
            fact: Recorded[Event] = Recorded(
                position=position,
                stream=decided.stream,
                version=decided.version,
                event=decided.event,
                recorded_at=self.now,
                occurred_at=decided.occurred_at,
                actor=work.actor,
                command_id=decided.command_id,
                causation=work.causation,
            )
            self.facts.append((fact, decided.ordinal))
        self.head = position
        targets = [command.target for command in work.commands]
        answer = tuple(
            Accepted(target.key, reached[command_id, target.stream], last[command_id])
            for target, command_id in zip(targets, work.command_ids, strict=True)
        )
        self.recorded.append(work)
        if work.idempotency_key is not None:
            self._remember((work.actor, work.idempotency_key), work.fingerprint, answer[-1])
        return answer

    def _remember(self, key: Key, fingerprint: bytes | None, accepted: Accepted) -> None:
        actor, idempotency_key = key
        self._outcomes[key] = (fingerprint, accepted)
        self._new_outcomes[key] = {
            "actor": actor,
            "key": idempotency_key,
            "fingerprint": fingerprint,
            "aggregate_id": accepted.aggregate_id,
            "version": accepted.version,
            "position": accepted.position,
            "recorded_at": to_milliseconds(self.now),
        }


def _refuse_stale(command: Command, draft: Draft) -> None:
    expected = getattr(command, "expected_version", None)
    current = draft.version(command.target.stream)
    if expected is not None and current not in (0, expected):
        raise Rejected(
            Refusal(
                Code.CONFLICT,
                f"The current version is {current}, not {expected}: read it again and decide anew.",
                ("expected_version",),
            )
        )


def _missing_up_front(work: Work, draft: Draft) -> list[Need]:
    try:
        return [need for command in work.commands for need in draft.missing(command.needs(draft))]
    except Exception:
        return []  # deciding will meet the same fault, and answers it to the one who asked
