"""The audit finds nothing wrong with what the bus wrote, and names what was changed by hand."""

import pytest

from commands.audit import AuditReport, audit
from commands.bus import Bus
from commands.command import Command
from commands.orders.cancel_order import CancelOrder
from commands.products.change_price import ChangePrice
from commands.stock.receive_stock import ReceiveStock
from commands.store.database import Database
from tests.commands.recorded import execute
from tests.commands.wanted import customer, order, price, product

ADA = customer()
PENCIL = product("1.50", sku="P-1")
PLACED = order(ADA, (PENCIL, 1), reference="PO 7")
HISTORY: list[Command] = [
    ADA,
    PENCIL,
    PLACED,
    ChangePrice(product_id=PENCIL.product_id, price=price("2")),
    CancelOrder(order_id=PLACED.order_id, reason="no"),
    *[ReceiveStock(product_id=PENCIL.product_id, quantity=1)] * 98,
]
STOCK, PRODUCT = f"stock/{PENCIL.product_id}", f"product/{PENCIL.product_id}"


@pytest.fixture
async def filled(bus: Bus, database: Database) -> Database:
    answers = await bus.handle_together(HISTORY, actor="import", cause="day 1")
    assert isinstance(answers, tuple)
    return database


async def test_an_empty_log_is_in_order(database: Database) -> None:
    assert await audit(database) == AuditReport()


async def test_what_the_bus_wrote_is_in_order(filled: Database) -> None:
    assert await audit(filled) == AuditReport(facts=106, streams=4, rows=2, snapshots=1)


DAMAGES = {
    "a lost fact": (
        "DELETE FROM events WHERE position = 100",
        [
            "the log has no position 100",
            f"{STOCK} goes from version 94 to 96",
            f"the snapshot of {STOCK} differs from the fold",
        ],
    ),
    "a fact behind the head": (
        "UPDATE log_head SET position = 105",
        [
            "the log goes on behind its head, position 105",
            f"the snapshot of {STOCK} is of a version that its stream never had",
            f"{STOCK} is kept at version 101, the log has 100",
        ],
    ),
    "a fact before its time": (
        "UPDATE events SET recorded_at = recorded_at - 1 WHERE position = 50",
        ["position 50 was recorded before the one below it"],
    ),
    "a changed price": (
        "UPDATE products SET price = 1",
        [f"the row of {PRODUCT} differs from the fold"],
    ),
    "a changed name": (
        "UPDATE customers SET name = 'Eve'",
        [f"the row of customer/{ADA.customer_id} differs from the fold"],
    ),
    "a lost address": (
        "DELETE FROM customer_addresses",
        [f"the row of customer/{ADA.customer_id} differs from the fold"],
    ),
    "a product of nowhere": (
        "INSERT INTO products VALUES ('prd_x', 's', 'n', NULL, 'Office', 1, 'GBP', FALSE)",
        ["the row of product/prd_x differs from the fold"],
    ),
    "a stream's wrong version": (
        f"UPDATE streams SET version = 1 WHERE stream = '{PRODUCT}'",
        [f"{PRODUCT} is kept at version 1, the log has 2"],
    ),
    "a wrong snapshot": (
        'UPDATE snapshots SET state = \'{"on_hand": 5, "reserved": 0}\'',
        [f"the snapshot of {STOCK} differs from the fold"],
    ),
    "a snapshot of the future": (
        "UPDATE snapshots SET version = 1000",
        [f"the snapshot of {STOCK} is of a version that its stream never had"],
    ),
    "a lost reference": (
        "DELETE FROM order_references",
        [f"the reference 'PO 7' of {PLACED.order_id} differs from the fold"],
    ),
}


@pytest.mark.parametrize(("statement", "problems"), DAMAGES.values(), ids=DAMAGES.keys())
async def test_each_damage_is_named(filled: Database, statement: str, problems: list[str]) -> None:
    await execute(filled, statement)
    assert (await audit(filled)).problems == problems
