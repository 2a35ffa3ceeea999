"""One command goes wrong: its caller learns of it, and its neighbours do not."""

import asyncio
from collections.abc import Sequence

import pytest

from commands.bus import Bus, running_bus
from commands.command import Command
from commands.outcome import Accepted, CommandFault
from commands.store.database import Database
from commands.store.unavailable import Unavailable
from tests.commands.conftest import Clock
from tests.commands.recorded import accepted, facts, rows
from tests.commands.strange import LookElsewhere, Misdecide, Misneed, RegisterPriced
from tests.commands.wanted import customer, product


async def outcomes(bus: Bus, commands: Sequence[Command]) -> list[object]:
    """Of commands that are saved together, what became of each."""
    return await asyncio.gather(
        *(bus.handle(command) for command in commands), return_exceptions=True
    )


@pytest.mark.parametrize(
    "wrong", [Misdecide(), Misneed(), LookElsewhere()], ids=lambda w: type(w).__name__
)
async def test_a_command_whose_deciding_raises_is_a_fault_and_its_neighbours_are_recorded(
    bus: Bus, database: Database, wrong: Command
) -> None:
    before, after = customer(), product()
    first, fault, last = await outcomes(bus, [before, wrong, after])
    assert isinstance(fault, CommandFault)
    assert str(fault) == f"Deciding {type(wrong).__name__} failed."
    assert first == Accepted(before.customer_id, 1, 1)
    assert last == Accepted(after.product_id, 1, 3)
    assert len(await facts(database)) == 3
    assert await rows(database, "SELECT name FROM products") == [("Pencil",)]


@pytest.mark.parametrize("minor", [-1, 10**10 + 1, 2**63, -(2**63) - 1])
async def test_what_the_database_refuses_is_a_fault_and_its_neighbours_are_recorded(
    bus: Bus, database: Database, minor: int
) -> None:
    before, after = customer(), product()
    first, fault, last = await outcomes(bus, [before, RegisterPriced(minor=minor), after])
    assert isinstance(fault, CommandFault)
    assert str(fault) == "What was decided could not be recorded."
    assert isinstance(first, Accepted)
    assert isinstance(last, Accepted)
    assert len(await facts(database)) == 3
    accepted(await bus.handle(customer()))


async def test_an_actor_whom_the_database_cannot_keep_is_a_fault_of_that_command_alone(
    bus: Bus, database: Database
) -> None:
    first, fault, last = await asyncio.gather(
        bus.handle(customer()),
        bus.handle(customer(), actor="\ud800"),
        bus.handle(customer()),
        return_exceptions=True,
    )
    assert isinstance(fault, CommandFault)
    assert isinstance(first, Accepted)
    assert isinstance(last, Accepted)
    assert len(await facts(database)) == 2


async def test_a_fault_takes_the_commands_of_its_own_work_with_it(
    bus: Bus, database: Database
) -> None:
    with pytest.raises(CommandFault):
        await bus.handle_together([customer(), Misdecide()], actor="import", cause="day 1")
    with pytest.raises(CommandFault):
        await bus.handle_together([customer(), RegisterPriced(minor=-1)], actor="a", cause="day 1")
    assert await facts(database) == []


async def test_a_fault_leaves_its_idempotency_key_free(bus: Bus, database: Database) -> None:
    with pytest.raises(CommandFault):
        await bus.handle(RegisterPriced(minor=-1), idempotency_key="k")
    accepted(await bus.handle(customer(), idempotency_key="k"))


async def test_what_was_asked_before_the_end_is_answered_and_what_comes_later_is_not_taken(
    database: Database, clock: Clock
) -> None:
    async with running_bus(database, clock) as bus:
        asked = [asyncio.create_task(bus.handle(customer())) for _ in range(350)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert not all(each.done() for each in asked)
    answers = await asyncio.wait_for(asyncio.gather(*asked), timeout=30)
    assert sorted(accepted(answer).position for answer in answers) == list(range(1, 351))
    with pytest.raises(Unavailable, match=r"^The server is stopping; nothing was recorded\.$"):
        await bus.handle(customer())
    assert len(await facts(database)) == 350


async def test_each_commit_is_told_with_its_last_position(database: Database, clock: Clock) -> None:
    told: list[int] = []
    async with running_bus(database, clock, on_commit=told.append) as bus:
        accepted(await bus.handle(product()))
        await bus.handle(customer(email=""))
        await bus.handle_together([], actor="a", cause="c")
        accepted(await bus.handle(customer()))
    assert told == [2, 3]
