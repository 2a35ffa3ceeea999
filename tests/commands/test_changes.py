"""Changes of customers and products on real databases: their rows and claims follow."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from commands.audit import audit
from commands.bus import Bus, running_bus
from commands.customers.change_customer import ChangeCustomer
from commands.fingerprint import fingerprint
from commands.given import Id
from commands.lookup import Lookup
from commands.products.change_product import ChangeProduct
from commands.refusal import Code
from commands.stock.adjust_stock import AdjustStock
from commands.store.database import Database
from commands.store.migrating import migrate
from tests.commands.recorded import accepted, codes, events, execute, facts, rows
from tests.commands.wanted import customer, product

ADA, BOB = customer("Ada", email="ada@x"), customer("Bob", email="bob@x")


def to_email(who: Any, email: str, **more: Any) -> ChangeCustomer:
    return ChangeCustomer(customer_id=who.customer_id, email=email, **more)


@pytest.fixture
async def known(bus: Bus) -> None:
    for each in (ADA, BOB):
        accepted(await bus.handle(each))


async def emails(database: Database) -> list[tuple[str, str, str]]:
    return await rows(database, "SELECT name, email, email_folded FROM customers ORDER BY name")


async def test_an_email_moves_with_its_claim(
    known: None, bus: Bus, other_bus: Bus, database: Database
) -> None:
    assert accepted(await bus.handle(to_email(ADA, "Ada@Y"))).version == 2
    assert await emails(database) == [("Ada", "Ada@Y", "ada@y"), ("Bob", "bob@x", "bob@x")]
    for each in (bus, other_bus):
        taken = await each.handle(customer(email="ADA@y"))
        assert codes(taken) == [(Code.ALREADY_EXISTS, "email")]
    accepted(await other_bus.handle(customer("Eve", email="ADA@X")))
    assert codes(await bus.handle(to_email(ADA, "ada@x"))) == [(Code.ALREADY_EXISTS, "email")]
    assert await Lookup(database).customers(["ada@y", "BOB@x"]) == {
        "ada@y": ADA.customer_id,
        "BOB@x": BOB.customer_id,
    }
    assert (await audit(database)).problems == []


async def test_emails_of_two_who_had_one_before_compositions_counted_stay_theirs(
    database: Database,
) -> None:
    async with running_bus(database) as bus:
        for each in (ADA, BOB):
            accepted(await bus.handle(each))
    for name, email in (("Ada", "zo\u00eb@x"), ("Bob", "zoe\u0308@x")):
        await execute(
            database,
            f"UPDATE customers SET email = '{email}', email_folded = '{email}'"
            f" WHERE name = '{name}'",
        )
    await execute(database, "DROP TABLE trials")
    await execute(database, "UPDATE alembic_version SET version_num = '0002'")
    await migrate(database)
    kept = [("Ada", "zo\u00eb@x", "zo\u00eb@x"), ("Bob", "zoe\u0308@x", BOB.customer_id)]
    assert await emails(database) == kept
    async with running_bus(database) as bus:
        rename = ChangeCustomer(customer_id=BOB.customer_id, name="Bobby")
        accepted(await bus.handle(rename))
        assert codes(await bus.handle(customer(email="ZOE\u0308@x"))) == [
            (Code.ALREADY_EXISTS, "email")
        ]
        accepted(await bus.handle(to_email(BOB, "bob@y")))
    assert (await emails(database))[1] == ("Bobby", "bob@y", "bob@y")


async def test_emails_change_hands_in_one_transaction(
    known: None, bus: Bus, database: Database
) -> None:
    swap = [to_email(ADA, "third@x"), to_email(BOB, "ada@x"), to_email(ADA, "bob@x")]
    await bus.handle_together(swap, actor="a", cause="swap")
    assert [row[:2] for row in await emails(database)] == [("Ada", "bob@x"), ("Bob", "ada@x")]
    assert (await audit(database)).problems == []


async def test_an_email_that_is_given_up_is_free_for_the_next_command_of_the_batch(
    known: None, bus: Bus, database: Database
) -> None:
    newcomer = customer("Cid", email="ada@x")
    first, second, third = await asyncio.gather(
        bus.handle(ChangeCustomer(customer_id=BOB.customer_id, name="Bo")),
        bus.handle(to_email(ADA, "ada@y")),
        bus.handle(newcomer),
    )
    assert [accepted(each).version for each in (first, second, third)] == [2, 2, 1]
    assert [row[:2] for row in await emails(database)] == [
        ("Ada", "ada@y"),
        ("Bo", "bob@x"),
        ("Cid", "ada@x"),
    ]


async def test_of_twenty_who_want_one_email_at_once_one_gets_it(
    bus: Bus, other_bus: Bus, database: Database
) -> None:
    people = [customer() for _ in range(20)]
    for each in people:
        accepted(await bus.handle(each))
    answers = await asyncio.gather(
        *(
            (bus, other_bus)[number % 2].handle(to_email(each, "one@x"))
            for number, each in enumerate(people)
        )
    )
    refused = [answer for answer in answers if getattr(answer, "refusals", None)]
    assert len(refused) == 19
    assert {reason for each in refused for reason in codes(each)} == {
        (Code.ALREADY_EXISTS, "email")
    }
    assert len(await facts(database)) == 21
    assert (await audit(database)).problems == []


async def test_an_address_is_cleared_and_set_again(
    known: None, bus: Bus, database: Database
) -> None:
    address = "SELECT line1, city FROM customer_addresses ORDER BY city"
    accepted(await bus.handle(ChangeCustomer(customer_id=ADA.customer_id, address=None)))
    assert len(await rows(database, address)) == 1
    assert ADA.address is not None
    moved = replace(ADA.address, city="Ockham")
    accepted(await bus.handle(ChangeCustomer(customer_id=ADA.customer_id, address=moved)))
    assert await rows(database, address) == [
        ("12 St James's Square", "London"),
        ("12 St James's Square", "Ockham"),
    ]
    assert (await audit(database)).problems == []


async def test_all_that_is_personal_of_a_change_stands_apart(
    known: None, bus: Bus, database: Database
) -> None:
    accepted(await bus.handle(to_email(ADA, "lovelace@x", name="Lovelace")))
    ((data, personal),) = await rows(
        database, "SELECT data, personal FROM events WHERE type = 'CustomerChanged'"
    )
    assert "ovelace" not in data
    assert personal.count("ovelace") == 2


async def test_a_product_s_row_follows_and_its_category_comes_to_be(
    bus: Bus, database: Database
) -> None:
    pencil = product(sku="P", description="Soft")
    accepted(await bus.handle(pencil))
    change = ChangeProduct(product_id=pencil.product_id, name="Pen", category="Art")
    assert accepted(await bus.handle(change)).version == 2
    assert await rows(database, "SELECT sku, name, description, category FROM products") == [
        ("P", "Pen", "Soft", "Art")
    ]
    assert await rows(database, "SELECT name FROM categories ORDER BY name") == [
        ("Art",),
        ("Office",),
    ]
    assert (await audit(database)).problems == []


async def test_an_adjustment_answers_the_version_of_the_stock(bus: Bus, database: Database) -> None:
    pencil = product(initial_stock=5)
    accepted(await bus.handle(pencil))
    adjusting = AdjustStock(product_id=pencil.product_id, change=-5, reason="counted")
    outcome = accepted(await bus.handle(adjusting))
    assert (outcome.aggregate_id, outcome.version) == (pencil.product_id, 2)
    assert codes(await bus.handle(adjusting)) == [(Code.OUT_OF_STOCK, "change")]
    assert len(await events(database)) == 3


async def test_a_stale_change_is_a_conflict(known: None, bus: Bus, database: Database) -> None:
    accepted(await bus.handle(to_email(ADA, "ada@y", expected_version=1)))
    stale = to_email(ADA, "ada@z", expected_version=1)
    assert codes(await bus.handle(stale)) == [(Code.CONFLICT, "expected_version")]
    assert len(await facts(database)) == 3


def test_what_is_kept_is_another_request_than_what_is_cleared_or_called_so() -> None:
    which = Id("cus_1")
    prints = {
        fingerprint(each)
        for each in (
            ChangeCustomer(customer_id=which, name="KEEP"),
            ChangeCustomer(customer_id=which, email="KEEP"),
            ChangeCustomer(customer_id=which, name="KEEP", address=None),
            ChangeCustomer(customer_id=which),
        )
    }
    assert len(prints) == 4
