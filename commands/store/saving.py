"""Writes what was decided, inside its transaction: facts, streams, rows, snapshots,
timers, outcomes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from random import randbytes

from sqlalchemy import (
    Delete,
    Insert,
    Update,
    bindparam,
    delete,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.aggregate import AGGREGATES, Aggregate, Kept
from commands.clock import to_milliseconds
from commands.events import Event, OrderPlaced, Recorded
from commands.process import Process, Timer
from commands.store.codec import encode_state
from commands.store.log import ADVANCE_HEAD, APPEND, NOTIFY, to_row
from commands.store.rows import ROWS
from commands.store.statements import Parameters, Statement, Statements
from commands.store.tables import order_references, outcomes, snapshots, streams, trials
from commands.store.timers import SET_TIMER, TAKE_BACK
from commands.store.timers import to_row as to_timer_row
from commands.world import Versioned

SNAPSHOT_EVERY = 100

TRIAL_BYTES = 64 * 1024
"""Written to find out whether anything can be: more than most commands need. The head alone finds
room on a disk that has none left for a command."""

# PostgreSQL's INSERT … ON CONFLICT is SQLite's too.
_save_stream = insert(streams)
_save_stream = _save_stream.on_conflict_do_update(
    index_elements=["stream"], set_={"version": _save_stream.excluded.version}
)
_save_snapshot = insert(snapshots)
_save_snapshot = _save_snapshot.on_conflict_do_update(
    index_elements=["stream"],
    set_={name: _save_snapshot.excluded[name] for name in ("version", "revision", "state")},
)
_save_outcome = insert(outcomes)
_save_outcome = _save_outcome.on_conflict_do_update(
    index_elements=["actor", "key"],
    set_={
        column.name: _save_outcome.excluded[column.name]
        for column in outcomes.c
        if not column.primary_key
    },
)
_forgotten = (
    select(outcomes.c.actor, outcomes.c.key)
    .where(outcomes.c.recorded_at < bindparam("before"))
    .order_by(outcomes.c.recorded_at)
    .limit(bindparam("limit"))
    # Without one SQLite's dialect adds a parameter of its own.
    .offset(literal_column("0"))
    # Another process may be at the same rows.
    .with_for_update(skip_locked=True)
)
_forget_outcomes = delete(outcomes).where(tuple_(outcomes.c.actor, outcomes.c.key).in_(_forgotten))
_save_reference = insert(order_references)
_try = update(trials).values(written=bindparam("bytes"))

Fact = tuple[Recorded[Event], int]
"""A fact, and its ordinal among those of its command."""


class Saving:
    """Writes of one transaction."""

    def __init__(self, connection: AsyncConnection, statements: Statements) -> None:
        self._connection, self._statements = connection, statements

    async def facts(self, facts: Sequence[Fact]) -> None:
        """Appends to the log and moves its head."""
        last = facts[-1][0]
        await self._many(APPEND, [to_row(fact, ordinal) for fact, ordinal in facts])
        await self.head(last.position, last.recorded_at)
        if self._connection.dialect.name == "postgresql":
            await self._statements.run(self._connection, NOTIFY, {})

    async def head(self, position: int, recorded_at: datetime) -> None:
        await self._statements.run(
            self._connection,
            ADVANCE_HEAD,
            {"to_position": position, "to_recorded_at": to_milliseconds(recorded_at)},
        )

    async def trial(self) -> None:
        """Writes as much as a command does, and no fact."""
        await self._statements.run(self._connection, _try, {"bytes": randbytes(TRIAL_BYTES)})

    async def states(self, before: Mapping[str, int], after: Mapping[str, Versioned]) -> None:
        """Streams' versions, rows of state-stored aggregates, and snapshots where one is due;
        `before` holds the versions that the streams had."""
        await self._many(
            _save_stream,
            [{"stream": stream, "version": version} for stream, (version, _) in after.items()],
        )
        await self._rows(state for _, state in after.values() if state)
        await self._many(
            _save_snapshot,
            [
                {
                    "stream": stream,
                    "version": version,
                    "revision": state.revision,
                    "state": encode_state(state),
                }
                for stream, (version, state) in after.items()
                if state
                and state.kept is Kept.EVENT_SOURCED
                and version // SNAPSHOT_EVERY > before[stream] // SNAPSHOT_EVERY
            ],
        )

    async def references(self, facts: Iterable[Fact]) -> None:
        placed = [fact.event for fact, _ in facts if isinstance(fact.event, OrderPlaced)]
        await self._many(
            _save_reference,
            [
                {"reference": event.reference, "order_id": event.order_id}
                for event in placed
                if event.reference is not None
            ],
        )

    async def timers(self, facts: Iterable[Fact], processes: Sequence[Process]) -> None:
        """Those that the facts set, and that none of them takes back at once."""
        for process in processes:
            new: dict[str, Timer] = {}
            done: list[Parameters] = []
            for fact, _ in facts:
                if timer := process.timer_set_by(fact):
                    new[timer.key] = timer
                elif (key := process.key_done_by(fact)) and new.pop(key, None) is None:
                    done.append({"of_process": process.name, "of_key": key})
            await self._many(SET_TIMER, [to_timer_row(timer) for timer in new.values()])
            await self._many(TAKE_BACK, done)

    async def outcomes(self, rows: Sequence[Parameters]) -> None:
        """Idempotency records, by the names of the table's columns."""
        await self._many(_save_outcome, rows)

    async def forget_outcomes(self, before: int, limit: int) -> int:
        """Deletes the oldest of those recorded before then, at most `limit`; answers how many."""
        result = await self._statements.run(
            self._connection, _forget_outcomes, {"before": before, "limit": limit}
        )
        return result.rowcount

    async def _rows(self, states: Iterable[Aggregate]) -> None:
        """Statement by statement, in the order in which the first state needs them: parents come
        before what refers to them."""
        writes: dict[Insert | Update | Delete, list[Parameters]] = defaultdict(list)
        for state in states:
            if state.kept is Kept.STATE_STORED:
                for statement, values in ROWS[AGGREGATES[state.category]].to_writes(state):
                    writes[statement].append(values)
        for statement, rows in writes.items():
            await self._many(statement, rows)

    async def _many(self, statement: Statement, rows: Sequence[Parameters]) -> None:
        await self._statements.run_many(self._connection, statement, rows)
