"""SQLAlchemy's statements, compiled once for each database and then run as the driver's own SQL.

Compiling, binding and converting anew for every command is most of what a statement costs here.
All parameters are integers, text and bytes, which both drivers take as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver takes it, and the names of its parameters in the text's order."""

    text: str
    names: Sequence[str]

    def values(self, parameters: Parameters) -> tuple[Any, ...]:
        return tuple([parameters[name] for name in self.names])


class Statements:
    """Runs statements on connections of one database. Parameters go by their names; of an insert,
    these are the columns'. One that is missing is a KeyError."""

    def __init__(self) -> None:
        self._compiled: dict[Statement, _Compiled] = {}

    async def run(
        self, connection: AsyncConnection, statement: Statement, parameters: Parameters
    ) -> CursorResult[*tuple[Any, ...]]:
        compiled = self._compile(connection, statement)
        return await connection.exec_driver_sql(compiled.text, compiled.values(parameters))

    async def run_many(
        self, connection: AsyncConnection, statement: Statement, rows: Iterable[Parameters]
    ) -> None:
        """Runs once for each row."""
        compiled = self._compile(connection, statement)
        if values := [compiled.values(row) for row in rows]:
            await connection.exec_driver_sql(compiled.text, values)

    def _compile(self, connection: AsyncConnection, statement: Statement) -> _Compiled:
        known = self._compiled.get(statement)
        if known is None:
            compiled = statement.compile(dialect=connection.dialect)
            known = _Compiled(str(compiled), tuple(compiled.positiontup or ()))
            self._compiled[statement] = known
        return known
