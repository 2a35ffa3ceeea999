"""Timers in SQL."""

from sqlalchemy import bindparam, delete, func, insert, literal_column, select

from commands.clock import from_milliseconds, to_milliseconds
from commands.process import Timer
from commands.store.statements import AnyRow, Parameters, among
from commands.store.tables import timers

SET_TIMER = insert(timers)

TAKE_BACK = delete(timers).where(
    timers.c.process == bindparam("of_process"), timers.c.key == bindparam("of_key")
)

DUE = (
    select(timers)
    .where(
        timers.c.process == bindparam("process"),
        timers.c.due_at <= bindparam("now"),
        ~among(timers.c.key, "resting"),
    )
    .order_by(timers.c.due_at)
    .limit(bindparam("limit"))
    # Without one SQLite's dialect adds a parameter of its own.
    .offset(literal_column("0"))
)

NEXT_DUE = select(func.min(timers.c.due_at)).where(
    timers.c.process == bindparam("process"), timers.c.due_at > bindparam("now")
)


def to_row(timer: Timer) -> Parameters:
    """What SET_TIMER takes."""
    return {
        "process": timer.process,
        "key": timer.key,
        "set_at": to_milliseconds(timer.set_at),
        "due_at": to_milliseconds(timer.due_at),
    }


def to_timer(row: AnyRow) -> Timer:
    """Of a row of DUE."""
    return Timer(row.process, row.key, from_milliseconds(row.set_at), from_milliseconds(row.due_at))
