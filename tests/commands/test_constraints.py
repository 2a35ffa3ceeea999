"""The database itself refuses what must never be, whoever writes it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from commands.bus import Bus
from commands.command import Command
from commands.store.database import Database
from tests.commands.recorded import accepted, facts, writing
from tests.commands.wanted import customer, order, product

ADA = customer("Ada", email="ada@example.org")
PENCIL = product("1.50", sku="P-1")
PLACED = order(ADA, (PENCIL, 1), reference="PO 7")

FACT = "INSERT INTO events VALUES ({}, {}, {}, 'T', 1, 0, 0, 'a', {}, {}, NULL, '{{}}', NULL)"
PRODUCT = "INSERT INTO products VALUES ({}, {}, 'n', NULL, {}, {}, 'GBP', {})"
VIOLATIONS = {
    "a position twice": FACT.format(1, "'s'", 1, "'c'", 0),
    "a version of a stream twice": FACT.format(9, f"'order/{PLACED.order_id}'", 1, "'c'", 0),
    "version 0": FACT.format(9, "'s'", 0, "'c'", 0),
    "a fact without a stream": FACT.format(9, "NULL", 1, "'c'", 0),
    "a fact without a command": FACT.format(9, "'s'", 1, "NULL", 0),
    "a second head": "INSERT INTO log_head VALUES (2, 0, 0)",
    "the head's row again": "INSERT INTO log_head VALUES (1, 0, 0)",
    "a snapshot of no stream": "INSERT INTO snapshots VALUES ('order/x', 1, 1, '{}')",
    "a stream twice": f"INSERT INTO streams VALUES ('stock/{PENCIL.product_id}', 1)",
    "an email twice": "INSERT INTO customers VALUES ('c', 'n', 'ADA@x', 'ada@example.org')",
    "a customer's id twice": f"INSERT INTO customers VALUES ('{ADA.customer_id}', 'n', 'e', 'e')",
    "a customer without a name": "INSERT INTO customers VALUES ('c', NULL, 'e', 'e')",
    "an address of nobody": (
        "INSERT INTO customer_addresses VALUES ('c', NULL, 'l', NULL, 'c', NULL, NULL, 'GB')"
    ),
    "a second address": (
        "INSERT INTO customer_addresses VALUES"
        f" ('{ADA.customer_id}', NULL, 'l', NULL, 'c', NULL, NULL, 'GB')"
    ),
    "a customer gone while the address stays": "DELETE FROM customers",
    "a SKU twice": PRODUCT.format("'p'", "'P-1'", "'Office'", 1, "FALSE"),
    "a product of no category": PRODUCT.format("'p'", "'s'", "'Nowhere'", 1, "FALSE"),
    "a category gone while its products stay": "DELETE FROM categories",
    "a price below 0": PRODUCT.format("'p'", "'s'", "'Office'", -1, "FALSE"),
    "a price above 10^10": PRODUCT.format("'p'", "'s'", "'Office'", 10**10 + 1, "FALSE"),
    "neither discontinued nor not": PRODUCT.format("'p'", "'s'", "'Office'", 1, "NULL"),
    "a reference twice": "INSERT INTO order_references VALUES ('PO 7', 'ord_x')",
    "two references of one order": (
        f"INSERT INTO order_references VALUES ('PO 8', '{PLACED.order_id}')"
    ),
    "a timer twice": "INSERT INTO timers VALUES ('p', 'k', 1, 2), ('p', 'k', 1, 3)",
    "a timer that is due before it is set": "INSERT INTO timers VALUES ('p', 'k', 2, 1)",
    "a timer that is never due": "INSERT INTO timers VALUES ('p', 'k', 2, NULL)",
    "an outcome twice": "INSERT INTO outcomes SELECT * FROM outcomes",
    "one fact of a command twice": (
        "INSERT INTO events SELECT 9, 's', 1, type, 1, 0, 0, actor, command_id, ordinal, NULL,"
        " data, personal FROM events WHERE position = 1"
    ),
}


@pytest.fixture
async def filled(bus: Bus, database: Database) -> Database:
    commands: list[Command] = [ADA, PENCIL, PLACED]
    for number, command in enumerate(commands):
        accepted(await bus.handle(command, idempotency_key=str(number)))
    return database


async def test_no_constraint_can_be_violated(filled: Database) -> None:
    for what, statement in VIOLATIONS.items():
        async with writing(filled) as connection:
            try:
                await connection.execute(text(statement))
            except IntegrityError:
                continue
        pytest.fail(f"The database took {what}.")
    assert len(await facts(filled)) == 5


async def test_a_row_within_the_constraints_is_taken(filled: Database) -> None:
    async with writing(filled) as connection:
        for statement in (
            FACT.format(9, "'s'", 1, "'c'", 0),
            "INSERT INTO customers VALUES ('c', 'n', 'e', 'e')",
            PRODUCT.format("'p'", "'s'", "'Office'", 10**10, "FALSE"),
            PRODUCT.format("'q'", "'t'", "'Office'", 0, "FALSE"),
            "INSERT INTO order_references VALUES ('PO 8', 'ord_x')",
        ):
            assert (await connection.execute(text(statement))).rowcount == 1
