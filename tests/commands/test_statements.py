"""Values go to the columns whose names they have, wherever those stand in their tables."""

import subprocess
import sys

import pytest
from sqlalchemy import column, insert, table

from commands.store.database import Database
from commands.store.statements import Statements
from tests.commands.recorded import execute, rows, writing

PROGRAM = """
import asyncio, sys
from datetime import timedelta

import sqlalchemy

as_declared = sqlalchemy.Table

def turned_round(name, metadata, *items):
    columns = [item for item in items if isinstance(item, sqlalchemy.Column)]
    return as_declared(name, metadata, *reversed(columns), *items[len(columns):])

sqlalchemy.Table = turned_round
from commands.store import tables
sqlalchemy.Table = as_declared
assert [column.name for column in tables.events.columns][0] == "personal"

from commands.audit import audit
from commands.bus import running_bus
from commands.customers.change_customer import ChangeCustomer
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.payment_window import PaymentWindow
from commands.store.database import Database
from commands.stock.receive_stock import ReceiveStock
from commands.store.timers import DUE, to_timer
from tests.commands.wanted import customer, order, product

async def main():
    database = Database(sys.argv[1])
    window = PaymentWindow(timedelta(hours=1))
    ada, pencil = customer(), product(description="Soft", name="Pencil")
    async with running_bus(database, processes=[window]) as bus:
        for command in [
            ada,
            pencil,
            ChangeCustomer(customer_id=ada.customer_id, name="Ada L."),
            *[ReceiveStock(product_id=pencil.product_id, quantity=1) for _ in range(100)],
        ]:
            await bus.handle(command)
        wanted = order(ada, (pencil, 2), reference="R1")
        placed = await bus.handle(wanted, idempotency_key="k")
        await bus.handle(ConfirmOrder(order_id=wanted.order_id))
        waiting = order(ada, (pencil, 3))
        await bus.handle(waiting)
    async with running_bus(database) as bus:
        assert await bus.handle(wanted, idempotency_key="k") == placed
        await bus.handle(ChangeCustomer(customer_id=ada.customer_id, name="Ada King"))
    report = await audit(database)
    assert (report.problems, report.rows, report.snapshots) == ([], 2, 1), report
    async with database.reading() as connection:
        found = await database.statements.run(
            connection,
            DUE,
            {"process": window.name, "now": 10**14, "limit": 9, "resting": "[]"},
        )
        (timer,) = [to_timer(row) for row in found]
    assert (timer.key, timer.due_at - timer.set_at) == (waiting.order_id, window.length), timer
    await database.close()

asyncio.run(main())
"""


def test_no_value_slides_where_a_table_has_its_columns_in_another_order(url: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, url], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


async def test_parameters_go_by_their_names(database: Database) -> None:
    await execute(database, "CREATE TABLE things (id INTEGER, colour TEXT, name TEXT)")
    add = insert(table("things", column("name"), column("id"), column("colour")))
    statements = Statements()
    async with writing(database) as connection:
        await statements.run_many(
            connection,
            add,
            [
                {"id": 1, "name": "a", "colour": "red"},
                {"colour": "blue", "name": "b", "id": 2},
            ],
        )
        await statements.run_many(connection, add, [])
        with pytest.raises(KeyError, match="colour"):
            await statements.run_many(connection, add, [{"id": 3, "name": "c"}])
        await connection.commit()
    assert await rows(database, "SELECT id, name, colour FROM things ORDER BY id") == [
        (1, "a", "red"),
        (2, "b", "blue"),
    ]
