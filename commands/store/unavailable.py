"""When the write store is in trouble, and not what it was given."""

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from commands.supervision import Away


class Unavailable(Away):
    """The write store cannot be reached, or did not answer in time. Nothing was recorded."""


_POSTGRESQL_CLASSES: Final = (
    "08",  # the connection
    "53",  # resources: memory, disk, connections
    "57",  # an operator, a shutdown, or a timeout of a statement
    "58",  # the system beneath PostgreSQL, such as its disk
)
_POSTGRESQL_STATES: Final = (
    "25006",  # read-only: a standby, or so set
    "25P03",  # idle in a transaction for too long
    "25P04",  # a transaction that took too long
    "40001",  # a serialization failure
    "40003",  # it is not known whether the statement completed
    "40P01",  # a deadlock
    "55P03",  # a lock that was not to be had
)
_SQLITE_CODES: Final = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
)


def is_outage(error: BaseException) -> bool:
    """Whether the drivers say that the database is in trouble, which may pass. All else is a fault:
    of a statement, of its values, of the tables or of the rights to them, and damaged files."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _says_outage(error.orig)
    return isinstance(error, OSError | NoConnectionFree) or _says_outage(error)


def _says_outage(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        # The low byte is the error's kind; the rest says more of it.
        code = getattr(error, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in _SQLITE_CODES
    # Both asyncpg's own errors and SQLAlchemy's of its dialect have it.
    state = getattr(error, "sqlstate", None)
    return state is not None and (
        state.startswith(_POSTGRESQL_CLASSES) or state in _POSTGRESQL_STATES
    )
