"""Timers in SQL."""

from sqlalchemy import bindparam, delete, func, insert, literal_column, select

from commands.clock import from_milliseconds, to_milliseconds
from commands.process import Timer
from commands.store.statements import AnyRow
from commands.store.tables import timers

SET_TIMER = insert(timers)

TAKE_BACK = delete(timers).where(
    timers.c.process == bindparam("of_process"), timers.c.key == bindparam("of_key")
)

DUE = (
    select(timers)
    .where(timers.c.process == bindparam("process"), timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at)
    .limit(bindparam("limit"))
    # Without one SQLite's dialect adds a parameter of its own.
    .offset(literal_column("0"))
)

NEXT_DUE = select(func.min(timers.c.due_at)).where(
    timers.c.process == bindparam("process"), timers.c.due_at > bindparam("now")
)


def to_row(timer: Timer) -> tuple[str, str, int, int]:
    """The values of SET_TIMER."""
    return (
        timer.process,
        timer.key,
        to_milliseconds(timer.set_at),
        to_milliseconds(timer.due_at),
    )


def to_timer(row: AnyRow) -> Timer:
    process, key, set_at, due_at = row
    return Timer(process, key, from_milliseconds(set_at), from_milliseconds(due_at))
