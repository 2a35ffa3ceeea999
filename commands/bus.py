"""Takes commands, has those that arrive together recorded in one transaction, and answers.

One task writes. While a transaction is under way the next commands gather, so that the more there
are the fewer commits each costs, and none ever conflicts with another.

Every command has a deadline. One that waits at its deadline is taken out, and one that was decided
by then is not recorded: "nothing was recorded" is always true. Only where its COMMIT is under way
the answer is OutcomeUnknown.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from uuid import uuid4

from commands import checks
from commands.batch import Batch
from commands.clock import Clock, cut
from commands.command import Command
from commands.log_time import Moment
from commands.outcome import Accepted, CommandFault, Outcome, OutcomeUnknown, Refused
from commands.process import Process
from commands.recorder import Expired, Recorder
from commands.refusal import Refusal
from commands.store.database import Database
from commands.store.unavailable import Unavailable, is_outage
from commands.supervision import Supervisor, cancel_and_wait, is_fault, supervised_by
from commands.work import Answer, Work

__all__ = [
    "Accepted",
    "Bus",
    "CommandFault",
    "Moment",
    "Outcome",
    "OutcomeUnknown",
    "Refused",
    "Unavailable",
    "running_bus",
]

log = logging.getLogger(__name__)

COMMAND_WAIT = 4.0
"""Seconds after which a client's command is answered, whatever became of it: less than clients
usually wait for."""

TOGETHER_WAIT = 60.0
"""The same for commands that no client waits for."""

LONGEST_QUEUE = 1_000
"""Works that may wait; what comes then is refused at once."""

LARGEST_BATCH = 100

DOUBT = 3.0
"""Seconds after a command that the store could not record, in which a trial proves nothing: there
may be room for that and not for commands."""

STOP_MARGIN = 2.0
"""Seconds that the writer has after the last deadline to end what it is at."""

_NOT_AVAILABLE = "The write store is not available; nothing was recorded."
_TOO_LATE = "The write store did not answer in time; nothing was recorded."
_TOO_MANY = "Too many commands are waiting to be recorded; nothing was recorded."
_STOPPING = "The server is stopping; nothing was recorded."


class Bus:
    """`on_commit` is called after each commit with the log's last position, once the answers are
    given: it wakes readers. The timers of `processes` are set and taken back with the facts.

    Times are the store's, unless a `clock` stands in for it. `command_wait` is how many seconds a
    client's command has.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock | None = None,
        on_commit: Callable[[int], None] = lambda _: None,
        processes: Sequence[Process] = (),
        command_wait: float = COMMAND_WAIT,
    ) -> None:
        self._database, self._on_commit = database, on_commit
        self._command_wait = command_wait
        self._recorder = Recorder(database, clock, processes)
        self._waiting: dict[Work, None] = {}
        self._writing: Sequence[Work] = ()
        self._arrived = asyncio.Event()
        self._closing = False
        self._trial: Work | None = None
        self._follow_ups_failed = Counter[type[BaseException]]()
        self._recorded_at = self._failed_at = self._went_on_at = float("-inf")

    async def handle(
        self,
        command: Command,
        *,
        actor: str = "anonymous",
        idempotency_key: str | None = None,
    ) -> Outcome:
        """Decides a command and records its facts; answers once they are safe.

        Raises CommandFault where deciding failed, and Unavailable where the store did or too many
        wait: then nothing was recorded. Raises OutcomeUnknown where it cannot be known.
        """
        wrong_key = tuple(checks.text(idempotency_key, "idempotency_key"))
        refusals = (*command.check(), *wrong_key)
        if refusals and (wrong_key or idempotency_key is None):
            return Refused(refusals)
        answer = await self._ask(
            Work(
                [command],
                [str(uuid4())],
                actor,
                _deadline(self._command_wait),
                idempotency_key=idempotency_key,
                refusals=refusals,
            )
        )
        return answer if isinstance(answer, Refused) else answer[0]

    async def handle_together(
        self,
        commands: Sequence[Command],
        *,
        actor: str,
        cause: str,
        occurred_at: datetime | None = None,
    ) -> Answer:
        """Several commands in one transaction, each decided on what the ones before it left: all
        are recorded, or none. `cause` names what they follow from; for a cause whose commands the
        log already holds, nothing is done, and their first outcome is answered."""
        if not commands:
            return ()
        refusals: list[Refusal] = [wrong for command in commands for wrong in command.check()]
        if refusals:
            return Refused(tuple(refusals))
        return await self._ask(
            Work(
                commands,
                [f"{cause}/{number}" for number, _ in enumerate(commands)],
                actor,
                _deadline(TOGETHER_WAIT),
                causation=cause,
                occurred_at=occurred_at and cut(occurred_at),
            )
        )

    async def try_recording(self, within: float = 0.0) -> None:
        """Raises Unavailable where nothing can be recorded. What was recorded in the last `within`
        seconds is proof enough; otherwise something is written that is no fact, once for all who
        want to know."""
        if _now() - self._recorded_at <= within:
            return
        if self._trial is None or self._trial.is_answered:
            trial = Work([], [], "", _deadline(self._command_wait))
            self._enqueue(trial)
            self._trial = trial
        await self._answer(self._trial)
        if self._is_in_doubt():
            raise Unavailable(_NOT_AVAILABLE)

    async def moment(self) -> Moment:
        """The store's time, and how many seconds the log's is ahead of it."""
        return await self._recorder.log_time.read()

    @property
    def standing_for(self) -> float:
        """Seconds for which works have waited without the writer coming to an end of anything."""
        is_busy = self._waiting or self._writing
        return _now() - self._went_on_at if is_busy else 0.0

    async def run(self) -> None:
        """Writes until it is told to stop, and what was asked of it by then."""
        try:
            while works := await self._next_works():
                self._writing = works
                await self._forget_outcomes()
                await self._record(works)
                self._writing = ()
                self._went_on_at = _now()
        finally:
            for work in (*self._writing, *self._waiting):
                work.give_up(_STOPPING)
            self._writing = ()
            self._waiting.clear()
            await self._recorder.close()

    def stop(self) -> None:
        """Lets `run` finish what is under way, and end."""
        self._closing = True
        self._arrived.set()

    async def _ask(self, work: Work) -> Answer:
        self._enqueue(work)
        return await self._answer(work)

    def _enqueue(self, work: Work) -> None:
        if self._closing:
            raise Unavailable(_STOPPING)
        if len(self._waiting) >= LONGEST_QUEUE:
            raise Unavailable(_TOO_MANY)
        if not (self._waiting or self._writing):
            self._went_on_at = _now()
        self._waiting[work] = None
        self._arrived.set()
        expiry = asyncio.get_running_loop().call_at(work.deadline, self._expire, work)
        work.answer.add_done_callback(lambda _: expiry.cancel())

    async def _answer(self, work: Work) -> Answer:
        try:
            # A caller who goes away does not take back what it asked for.
            return await asyncio.shield(work.answer)
        except asyncio.CancelledError:
            work.answer.add_done_callback(_log_unheard_fault)
            raise

    def _expire(self, work: Work) -> None:
        self._waiting.pop(work, None)
        work.give_up(_TOO_LATE)

    async def _next_works(self) -> Sequence[Work]:
        """What waits to be written, at least one work unless the bus is stopping."""
        while not self._waiting:
            if self._closing:
                return ()
            self._arrived.clear()
            await self._arrived.wait()
        works = tuple(islice(self._waiting, LARGEST_BATCH))
        for work in works:
            del self._waiting[work]
        return works

    async def _record(self, works: Sequence[Work]) -> None:
        while works := [work for work in works if not work.is_answered]:
            try:
                batch = await self._recorder.record(works)
            except Expired:
                continue
            except Exception as error:
                await self._fail(works, error)
            else:
                # Those that the batch did not come to are the next.
                self._waiting = dict.fromkeys(batch.left) | self._waiting
                self._tell(batch)
            return

    async def _fail(self, works: Sequence[Work], error: Exception) -> None:
        """Nothing was recorded for those who have no answer."""
        unanswered = [work for work in works if not work.is_answered]
        if is_outage(error):
            self._database.outage.failed("writer", error)
            # Of one that met its deadline a trial tells whether the store or the command took long.
            if any(work.commands for work in unanswered):
                self._failed_at = _now()
            for work in unanswered:
                work.give_up(_NOT_AVAILABLE)
        elif len(unanswered) > 1:
            # One of them cannot be recorded: that one is to fail, and not its neighbours.
            for work in unanswered:
                await self._record([work])
        elif unanswered:
            fault = CommandFault("What was decided could not be recorded.")
            fault.__cause__ = error
            unanswered[0].fail(fault)
        else:
            log.error("A batch failed after its answers were given", exc_info=error)

    def _tell(self, batch: Batch) -> None:
        if batch.facts:
            self._failed_at = float("-inf")
        if batch.recorded and not self._is_in_doubt():
            self._database.outage.succeeded("writer")
            self._recorded_at = _now()
        if batch.facts:
            self._follow_up(batch.head)

    def _follow_up(self, head: int) -> None:
        """What fails each time is told of when that begins, and when it is over."""
        try:
            self._on_commit(head)
        except BaseException as error:
            if not is_fault(error):
                raise
            if type(error) not in self._follow_ups_failed:
                log.exception("What follows a commit failed at position %s", head)
            self._follow_ups_failed[type(error)] += 1
        else:
            if failures := self._follow_ups_failed.total():
                log.warning("What follows a commit is done again; it failed %d times.", failures)
                self._follow_ups_failed.clear()

    def _is_in_doubt(self) -> bool:
        return _now() - self._failed_at < DOUBT

    async def _forget_outcomes(self) -> None:
        try:
            await self._recorder.forget_outcomes()
        except Exception as error:
            if not is_outage(error):
                log.exception("Idempotency keys that have expired could not be deleted")


def _now() -> float:
    return asyncio.get_running_loop().time()


def _deadline(wait: float) -> float:
    return _now() + wait


def _log_unheard_fault(answer: asyncio.Future[Answer]) -> None:
    if isinstance(fault := answer.exception(), CommandFault):
        log.error("A command failed whose caller has gone away", exc_info=fault)


@asynccontextmanager
async def running_bus(
    database: Database,
    clock: Clock | None = None,
    on_commit: Callable[[int], None] = lambda _: None,
    processes: Sequence[Process] = (),
    supervisor: Supervisor | None = None,
    command_wait: float = COMMAND_WAIT,
) -> AsyncIterator[Bus]:
    """A bus whose writer runs as long as the context lasts. What was asked of it before its end is
    still answered, in no more time than a client's command has."""
    bus = Bus(database, clock, on_commit, processes, command_wait)
    async with supervised_by(supervisor) as tasks:
        # What it had taken to write when it died cannot be taken again.
        writer = tasks.start("writer", bus.run, again=False)
        try:
            yield bus
        finally:
            bus.stop()
            await asyncio.wait({writer}, timeout=command_wait + STOP_MARGIN)
            await cancel_and_wait(writer)
