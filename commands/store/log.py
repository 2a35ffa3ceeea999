"""The event log in SQL: rows to facts and back."""

from sqlalchemy import bindparam, func, insert, literal_column, select, update

from commands.clock import from_milliseconds, to_milliseconds
from commands.events import Event, Recorded
from commands.store.codec import decode_event, encode_event
from commands.store.statements import AnyRow, Parameters
from commands.store.store_time import store_time
from commands.store.tables import events, log_head

_locked = select(log_head.c.position, log_head.c.recorded_at).with_for_update().cte("locked")
LOCK_HEAD = select(_locked.c.position, _locked.c.recorded_at, store_time())
"""The store's time is that at which the lock was got. On SQLite the transaction itself is the lock:
it begins IMMEDIATE."""

LOOK_AT_HEAD = select(log_head.c.position, log_head.c.recorded_at, store_time())
"""The same without the lock."""

READ_HEAD = select(log_head.c.position)

ADVANCE_HEAD = update(log_head).values(
    position=bindparam("to_position"), recorded_at=bindparam("to_recorded_at")
)

APPEND = insert(events)

FACT_COLUMNS = (
    events.c.position,
    events.c.stream,
    events.c.version,
    events.c.type,
    events.c.schema_version,
    events.c.recorded_at,
    events.c.occurred_at,
    events.c.actor,
    events.c.command_id,
    events.c.causation,
    events.c.data,
    events.c.personal,
)

READ = (
    select(*FACT_COLUMNS)
    .where(events.c.position > bindparam("after"), events.c.position <= bindparam("upto"))
    .order_by(events.c.position)
)
"""Positions are dense, so that a range of them is a number of facts."""

NOTIFY = select(func.pg_notify(literal_column("'diptych_log'"), literal_column("''")))


def to_row(fact: Recorded[Event], ordinal: int) -> Parameters:
    """What APPEND takes. `ordinal` counts the facts of the fact's command."""
    data, personal = encode_event(fact.event)
    return {
        "position": fact.position,
        "stream": fact.stream,
        "version": fact.version,
        "type": type(fact.event).__name__,
        "schema_version": fact.event.schema_version,
        "recorded_at": to_milliseconds(fact.recorded_at),
        "occurred_at": to_milliseconds(fact.occurred_at),
        "actor": fact.actor,
        "command_id": fact.command_id,
        "ordinal": ordinal,
        "causation": fact.causation,
        "data": data,
        "personal": personal,
    }


def to_fact(row: AnyRow) -> Recorded[Event]:
    (
        position,
        stream,
        version,
        type,
        schema_version,
        recorded_at,
        occurred_at,
        actor,
        command_id,
        causation,
        data,
        personal,
    ) = row
    return Recorded(
        position=position,
        stream=stream,
        version=version,
        event=decode_event(type, schema_version, data, personal),
        recorded_at=from_milliseconds(recorded_at),
        occurred_at=from_milliseconds(occurred_at),
        actor=actor,
        command_id=command_id,
        causation=causation,
    )
