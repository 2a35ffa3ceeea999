"""What is logged of a statement that failed says which one, and nothing of whom it was about."""

import logging
import traceback

import pytest
from sqlalchemy.exc import DBAPIError

from commands.bus import running_bus
from commands.outcome import CommandFault
from commands.store.database import Database
from tests.commands.conftest import Clock
from tests.commands.recorded import execute
from tests.commands.wanted import HOME, customer

NAME, EMAIL = "Zelda Quirk", "zelda@quirk.example"
REFUSING = {
    "sqlite": "CREATE TRIGGER refusing BEFORE INSERT ON customers"
    " BEGIN SELECT RAISE(ABORT, 'refused'); END",
    "postgresql": "ALTER TABLE customers ADD CONSTRAINT refused CHECK (id = '')",
}


async def test_a_statement_that_is_refused_shows_none_of_its_values(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await execute(database, REFUSING[database.url.get_backend_name()])
    async with running_bus(database, clock) as bus:
        with pytest.raises(CommandFault) as refused:
            await bus.handle(customer(name=NAME, email=EMAIL))
    logging.getLogger("test").error("It failed.", exc_info=refused.value)
    assert "INSERT INTO customers" in caplog.text
    assert "refused" in caplog.text
    for personal in (NAME, EMAIL, HOME.line1, HOME.city):
        assert personal not in caplog.text


@pytest.mark.parametrize(
    "statement",
    [
        # asyncpg itself cannot send the value, or the server cannot read it.
        "SELECT $1::int",
        "SELECT $1::text::int",
        "SELECT $1::text::json",
    ],
)
async def test_a_value_that_postgresql_cannot_take_is_not_shown(
    postgres: str, statement: str
) -> None:
    database = Database(postgres)
    for engine in (database.writer, database.reader, database.patient):
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError) as raised:
                await connection.exec_driver_sql(statement, (EMAIL,))
        text = "".join(traceback.format_exception(raised.value))
        assert statement in text
        assert EMAIL.partition("@")[0] not in text
    await database.close()
