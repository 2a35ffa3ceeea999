"""The write store's clock in SQL."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class store_time(GenericFunction[int]):
    """The moment at which it is evaluated, in milliseconds since 1970, by the clock of PostgreSQL's
    machine. SQLite's is this machine's."""

    type = BigInteger()
    inherit_cache = True


@compiles(store_time, "postgresql")
def _in_postgresql(_: store_time, __: Any, **kw: Any) -> str:
    # Not now(), which is the moment at which the transaction began.
    return "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"


@compiles(store_time, "sqlite")
def _in_sqlite(_: store_time, __: Any, **kw: Any) -> str:
    # A Julian day, which begins at noon. SQLite's own count is of whole milliseconds.
    return "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
