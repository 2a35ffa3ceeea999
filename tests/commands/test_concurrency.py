"""What many ask for at once, of one bus and of several."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from commands.bus import Bus
from commands.command import Command
from commands.events import PriceChanged, StockReserved
from commands.outcome import Accepted, Outcome, Refused
from commands.products.change_price import ChangePrice
from commands.refusal import Code
from commands.store.database import Database
from tests.commands.recorded import accepted, codes, events, facts, rows
from tests.commands.wanted import customer, order, price, product


async def at_once(buses: Sequence[Bus], commands: Sequence[Command]) -> list[Outcome]:
    """The outcomes of all commands, given to the buses in turn, none awaiting another."""
    return await asyncio.gather(
        *(
            buses[index % len(buses)].handle(command, actor=f"client {index}")
            for index, command in enumerate(commands)
        )
    )


def tally(outcomes: Sequence[Outcome]) -> Counter[str]:
    """How many were accepted, and how many refused for which first reason."""
    return Counter(
        "accepted"
        if isinstance(outcome, Accepted)
        else "+".join(code for code, _ in codes(outcome))
        for outcome in outcomes
    )


def reasons(outcomes: Sequence[Outcome]) -> set[str]:
    """What the refused are told."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    return {refusal.message for outcome in refused for refusal in outcome.refusals}


def winner(outcomes: Sequence[Outcome]) -> str:
    """The id of the one that was accepted."""
    (one,) = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    return one.aggregate_id


@pytest.fixture(params=["one bus", "two buses"])
def buses(request: pytest.FixtureRequest, bus: Bus, other_bus: Bus) -> list[Bus]:
    return [bus] if request.param == "one bus" else [bus, other_bus]


async def test_one_of_fifty_gets_an_email_whatever_its_case(
    buses: list[Bus], database: Database
) -> None:
    emails = ["ada@example.org", "Ada@Example.org", "ADA@EXAMPLE.ORG"]
    outcomes = await at_once(buses, [customer(email=emails[n % 3]) for n in range(50)])
    assert tally(outcomes) == {"accepted": 1, "ALREADY_EXISTS": 49}
    assert reasons(outcomes) == {f"The customer {winner(outcomes)} has this email."}
    assert len(await facts(database)) == 1
    assert await rows(database, "SELECT count(*) FROM customers") == [(1,)]


async def test_one_of_fifty_gets_a_sku(buses: list[Bus], database: Database) -> None:
    outcomes = await at_once(buses, [product(sku="P-1") for _ in range(50)])
    assert tally(outcomes) == {"accepted": 1, "ALREADY_EXISTS": 49}
    assert reasons(outcomes) == {f"The product {winner(outcomes)} has this SKU."}
    assert await rows(database, "SELECT sku FROM products") == [("P-1",)]


async def test_one_of_fifty_gets_a_reference(buses: list[Bus], database: Database) -> None:
    ada, pencil = customer(), product()
    accepted(await buses[0].handle(ada))
    accepted(await buses[0].handle(pencil))
    outcomes = await at_once(buses, [order(ada, (pencil, 1), reference="PO 7") for _ in range(50)])
    assert tally(outcomes) == {"accepted": 1, "ALREADY_EXISTS": 49}
    assert reasons(outcomes) == {f"The order {winner(outcomes)} has this reference."}
    assert await rows(database, "SELECT * FROM order_references") == [("PO 7", winner(outcomes))]


async def test_of_200_orders_for_100_in_stock_exactly_100_are_accepted(
    buses: list[Bus], database: Database
) -> None:
    ada, pencil = customer(), product(initial_stock=100)
    accepted(await buses[0].handle(ada))
    accepted(await buses[0].handle(pencil))
    outcomes = await at_once(buses, [order(ada, (pencil, 1)) for _ in range(200)])
    assert tally(outcomes) == {"accepted": 100, "OUT_OF_STOCK": 100}
    reserved = [event for event in await events(database) if isinstance(event, StockReserved)]
    assert sum(event.quantity for event in reserved) == 100
    positions = sorted(o.position for o in outcomes if isinstance(o, Accepted))
    assert positions == list(range(5, 205, 2))


async def test_of_fifty_changes_of_one_version_one_is_accepted(
    buses: list[Bus], database: Database
) -> None:
    pencil = product()
    accepted(await buses[0].handle(pencil))
    changes = [
        ChangePrice(product_id=pencil.product_id, price=price(f"{n}"), expected_version=1)
        for n in range(50)
    ]
    outcomes = await at_once(buses, changes)
    assert tally(outcomes) == {"accepted": 1, "CONFLICT": 49}
    assert len(await facts(database)) == 3
    refused = next(outcome for outcome in outcomes if isinstance(outcome, Refused))
    assert refused.refusals[0].message == (
        "The current version is 2, not 1: read it again and decide anew."
    )
    assert refused.refusals[0].field == ("expected_version",)


async def test_without_an_expected_version_none_conflicts(
    buses: list[Bus], database: Database
) -> None:
    pencil = product()
    accepted(await buses[0].handle(pencil))
    changes = [ChangePrice(product_id=pencil.product_id, price=price(f"{n}")) for n in range(50)]
    outcomes = await at_once(buses, changes)
    assert tally(outcomes) == {"accepted": 50}
    assert sorted(accepted(outcome).version for outcome in outcomes) == list(range(2, 52))
    ((minor,),) = await rows(database, "SELECT price FROM products")
    last = (await events(database))[-1]
    assert isinstance(last, PriceChanged)
    assert minor == last.price.minor


async def test_a_stale_version_is_a_conflict_before_it_is_anything_else(
    bus: Bus, database: Database
) -> None:
    pencil = product()
    accepted(await bus.handle(pencil))
    for expected in (0, 2, -1, 2**70):
        wrong = ChangePrice(
            product_id=pencil.product_id, price=price("1", "EUR"), expected_version=expected
        )
        assert codes(await bus.handle(wrong)) == [(Code.CONFLICT, "expected_version")]
    right = ChangePrice(product_id=pencil.product_id, price=price("1"), expected_version=1)
    assert accepted(await bus.handle(right)).version == 2


async def test_a_caller_who_goes_away_takes_nothing_back(bus: Bus, database: Database) -> None:
    asking = asyncio.create_task(bus.handle(customer()))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    accepted(await bus.handle(customer()))
    assert len(await facts(database)) == 2
