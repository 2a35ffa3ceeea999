"""Compares what the write side keeps for speed with what the log says that it should be."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.aggregate import AGGREGATES, Aggregate, Kept
from commands.events import Event, Recorded
from commands.orders.guards import OrderStatus
from commands.orders.order import Order
from commands.store.codec import decode_state
from commands.store.database import Database
from commands.store.log import READ, READ_HEAD, to_fact
from commands.store.rows import ROWS
from commands.store.tables import order_references, snapshots, streams, timers

CHUNK = 2_000


@dataclass(slots=True)
class AuditReport:
    """How much was compared, and in words what is wrong."""

    facts: int = 0
    streams: int = 0
    rows: int = 0
    snapshots: int = 0
    problems: list[str] = field(default_factory=list)


async def audit(database: Database) -> AuditReport:
    """Folds the whole log in one snapshot of the database, beside writers or without any: positions
    and versions are dense, times never decrease; streams, rows, claims and snapshots equal the
    fold, and no timer outlives what it waits for."""
    async with database.reading_once() as connection:
        auditing = _Audit(database, connection)
        await auditing.run()
        return auditing.report


class _Audit:
    def __init__(self, database: Database, connection: AsyncConnection) -> None:
        self._database, self._connection = database, connection
        self._states: dict[str, tuple[int, Aggregate]] = {}
        self._broken: set[str] = set()
        self.report = AuditReport()

    async def run(self) -> None:
        due = {row.stream: row for row in await self._rows(select(snapshots))}
        async for fact in self._log():
            self._fold(fact)
            if (snapshot := due.get(fact.stream)) and snapshot.version == fact.version:
                self._compare_snapshot(due.pop(fact.stream))
        for stream in due:
            self._wrong(f"the snapshot of {stream} is of a version that its stream never had")
        await self._compare_streams()
        await self._compare_rows()
        await self._compare_references()
        await self._compare_timers()

    async def _log(self) -> AsyncIterator[Recorded[Event]]:
        ((head,),) = await self._run(READ_HEAD, {})
        recorded_at = None
        for after in range(0, head, CHUNK):
            upto = min(after + CHUNK, head)
            facts = [to_fact(row) for row in await self._run(READ, {"after": after, "upto": upto})]
            missing = set(range(after + 1, upto + 1)) - {fact.position for fact in facts}
            for position in sorted(missing):
                self._wrong(f"the log has no position {position}")
            for fact in facts:
                if recorded_at and fact.recorded_at < recorded_at:
                    self._wrong(f"position {fact.position} was recorded before the one below it")
                recorded_at = fact.recorded_at
                self.report.facts += 1
                yield fact
        if await self._run(READ, {"after": head, "upto": head + 1}):
            self._wrong(f"the log goes on behind its head, position {head}")

    def _fold(self, fact: Recorded[Event]) -> None:
        version, state = self._states.get(fact.stream, (0, None))
        if fact.version != version + 1:
            self._wrong(f"{fact.stream} goes from version {version} to {fact.version}")
        if fact.stream in self._broken:
            return
        try:
            evolved = AGGREGATES[fact.event.stream_category].evolve(state, fact.event)
        except TypeError as error:
            self._broken.add(fact.stream)
            self._wrong(f"{fact.stream} cannot be folded at position {fact.position}: {error}")
        else:
            self._states[fact.stream] = fact.version, evolved

    def _compare_snapshot(self, snapshot: Any) -> None:
        state = self._states[snapshot.stream][1]
        if snapshot.revision != state.revision:
            return  # of an earlier shape of the aggregate: never read again
        self.report.snapshots += 1
        if decode_state(type(state), snapshot.state) != state:
            self._wrong(f"the snapshot of {snapshot.stream} differs from the fold")

    async def _compare_streams(self) -> None:
        stored = {row.stream: row.version for row in await self._rows(select(streams))}
        folded = {stream: version for stream, (version, _) in self._states.items()}
        self.report.streams = len(folded)
        for stream in sorted(stored.keys() | folded.keys()):
            if stored.get(stream) != folded.get(stream):
                self._wrong(
                    f"{stream} is kept at version {stored.get(stream, 0)},"
                    f" the log has {folded.get(stream, 0)}"
                )

    async def _compare_rows(self) -> None:
        for aggregate, rows in ROWS.items():
            stored = {
                f"{aggregate.category}/{row.id}": rows.to_state(row)
                for row in await self._run(rows.load_all, {})
            }
            folded = {
                stream: state
                for stream, (_, state) in self._states.items()
                if state.kept is Kept.STATE_STORED and isinstance(state, aggregate)
            }
            self.report.rows += len(folded)
            for stream in sorted(stored.keys() | folded.keys()):
                if stored.get(stream) != folded.get(stream):
                    self._wrong(f"the row of {stream} differs from the fold")

    async def _compare_references(self) -> None:
        stored = {(r.reference, r.order_id) for r in await self._rows(select(order_references))}
        folded = {
            (claim.value, stream.partition("/")[2])
            for stream, (_, state) in self._states.items()
            for claim in state.claims
            if claim.kind == "reference"
        }
        for reference, order_id in sorted(stored ^ folded):
            self._wrong(f"the reference {reference!r} of {order_id} differs from the fold")

    async def _compare_timers(self) -> None:
        """Each waits for something that is still to be waited for. Which there should be depends on
        what was set when their facts were recorded."""
        for row in await self._rows(select(timers)):
            _, order = self._states.get(f"{Order.category}/{row.key}", (0, None))
            if not (isinstance(order, Order) and order.status is OrderStatus.PENDING):
                self._wrong(f"the timer {row.process} of {row.key} waits for nothing")

    async def _run(self, statement: Any, parameters: dict[str, Any]) -> Any:
        result = await self._database.statements.run(self._connection, statement, parameters)
        return result.fetchall()

    async def _rows(self, statement: Any) -> Any:
        return (await self._connection.execute(statement)).fetchall()

    def _wrong(self, problem: str) -> None:
        self.report.problems.append(problem)
