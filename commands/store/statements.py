"""SQLAlchemy's statements, compiled once for each database and then run as the driver's own SQL.

Compiling, binding and converting anew for every command is most of what a statement costs here.
All parameters are integers, text and bytes, which both drivers take as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    Delete,
    Insert,
    Row,
    Select,
    Text,
    Update,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

Parameters = Mapping[str, Any]
AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
Statement = AnySelect | Insert | Update | Delete


class text_elements(GenericFunction[str]):
    """The texts of a JSON array, as rows."""

    name = "json_each"
    inherit_cache = True


@compiles(text_elements, "postgresql")
def _in_postgresql(element: text_elements, compiler: PGCompiler, **kw: Any) -> str:
    (array,) = element.clauses
    return f"json_array_elements_text({compiler.process(cast(array, JSON), **kw)})"


def among(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """`column IN (…)`, all values in one parameter made by json_array: so the statement's text
    stays the same however many there are."""
    values = func.json_each(bindparam(parameter, type_=Text())).table_valued("value")
    return column.in_(select(values.c.value))


def json_array(values: Iterable[str]) -> str:
    return msgspec.json.encode(list(values)).decode()


class Statements:
    """Runs statements on connections of one database."""

    def __init__(self) -> None:
        self._compiled: dict[int, tuple[str, list[str], Statement]] = {}

    async def run(
        self, connection: AsyncConnection, statement: Statement, parameters: Parameters
    ) -> CursorResult[*tuple[Any, ...]]:
        text, names = self._text(connection, statement)
        return await connection.exec_driver_sql(text, tuple(parameters[name] for name in names))

    async def run_many(
        self, connection: AsyncConnection, statement: Statement, rows: Sequence[tuple[Any, ...]]
    ) -> None:
        """Runs once for each row; its values stand in the order of the statement's text."""
        if rows:
            await connection.exec_driver_sql(self._text(connection, statement)[0], list(rows))

    def _text(self, connection: AsyncConnection, statement: Statement) -> tuple[str, list[str]]:
        known = self._compiled.get(id(statement))
        if known is None:
            compiled = statement.compile(dialect=connection.dialect)
            # The statement is kept beside its text, so that its id is not given to another.
            known = (str(compiled), list(compiled.positiontup or ()), statement)
            self._compiled[id(statement)] = known
        return known[0], known[1]
