"""Several commands in one transaction, under a cause that is acted on once."""

import asyncio
from datetime import timedelta

from commands.bus import Bus
from commands.command import Command
from commands.given import Id
from commands.orders.cancel_order import CancelOrder
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.deliver_order import DeliverOrder
from commands.orders.ship_order import ShipOrder
from commands.outcome import Accepted
from commands.refusal import Code
from commands.stock.receive_stock import ReceiveStock
from commands.store.database import Database
from tests.commands.conftest import Clock
from tests.commands.recorded import codes, facts, rows
from tests.commands.wanted import customer, order, product


async def test_each_is_decided_on_what_the_ones_before_it_left(
    bus: Bus, database: Database
) -> None:
    ada, pencil = customer(), product(initial_stock=2)
    placed, more = order(ada, (pencil, 2)), order(ada, (pencil, 1))
    commands: list[Command] = [
        ada,
        pencil,
        placed,
        ReceiveStock(product_id=pencil.product_id, quantity=1),
        more,
        ConfirmOrder(order_id=placed.order_id),
        ShipOrder(order_id=placed.order_id, carrier="a", tracking_number="b"),
        DeliverOrder(order_id=placed.order_id),
        CancelOrder(order_id=more.order_id, reason="no"),
    ]
    assert await bus.handle_together(commands, actor="import", cause="day 1") == (
        Accepted(ada.customer_id, 1, 1),
        Accepted(pencil.product_id, 1, 3),
        Accepted(placed.order_id, 1, 5),
        Accepted(pencil.product_id, 3, 6),
        Accepted(more.order_id, 1, 8),
        Accepted(placed.order_id, 2, 9),
        Accepted(placed.order_id, 3, 11),
        Accepted(placed.order_id, 4, 12),
        Accepted(more.order_id, 2, 14),
    )
    assert len(await facts(database)) == 14


async def test_all_are_recorded_or_none(bus: Bus, database: Database) -> None:
    ada, pencil = customer(), product(initial_stock=2)
    placed = order(ada, (pencil, 2))
    refused = await bus.handle_together(
        [ada, pencil, placed, order(ada, (pencil, 1))], actor="import", cause="day 1"
    )
    assert codes(refused) == [(Code.OUT_OF_STOCK, "items.0.quantity")]
    wrong = await bus.handle_together([ada, customer(email="")], actor="import", cause="day 1")
    assert codes(wrong) == [(Code.INVALID_INPUT, "email")]
    assert await facts(database) == []
    for table in ("streams", "customers", "products", "categories", "order_references"):
        assert await rows(database, f"SELECT * FROM {table}") == []
    # Nor does anything of it linger in memory: its values are free.
    assert await bus.handle_together([ada, pencil, placed], actor="import", cause="day 1") == (
        Accepted(ada.customer_id, 1, 1),
        Accepted(pencil.product_id, 1, 3),
        Accepted(placed.order_id, 1, 5),
    )


async def test_a_cause_is_acted_on_once(
    bus: Bus, other_bus: Bus, database: Database, clock: Clock
) -> None:
    ada, pencil = customer(), product(initial_stock=5)
    await bus.handle_together([ada, pencil], actor="import", cause="catalogue")

    def commands() -> list[Command]:
        placed = order(ada, (pencil, 2), reference="PO 7")
        return [placed, ConfirmOrder(order_id=placed.order_id)]

    first = await bus.handle_together(commands(), actor="import", cause="PO 7")
    clock.step(timedelta(days=365))
    await bus.handle(ReceiveStock(product_id=pencil.product_id, quantity=1))
    for each in (bus, other_bus):
        assert await each.handle_together(commands(), actor="import", cause="PO 7") == first
    assert len(await facts(database)) == 7


async def test_a_cause_that_comes_fifty_times_at_once_is_acted_on_once(
    bus: Bus, other_bus: Bus, database: Database
) -> None:
    pencil = product(initial_stock=5)
    await bus.handle(pencil)
    receive = [ReceiveStock(product_id=pencil.product_id, quantity=1)] * 2
    answers = await asyncio.gather(
        *(
            each.handle_together(receive, actor="process", cause="delivery 7")
            for _ in range(25)
            for each in (bus, other_bus)
        )
    )
    assert len(answers) == 50
    assert set(answers) == {(Accepted(pencil.product_id, 2, 3), Accepted(pencil.product_id, 3, 4))}
    assert len(await facts(database)) == 4


async def test_a_refused_cause_may_come_again(bus: Bus, database: Database) -> None:
    pencil = product()
    receive = [ReceiveStock(product_id=pencil.product_id, quantity=1)]
    early = await bus.handle_together(receive, actor="process", cause="delivery 7")
    assert codes(early) == [(Code.NOT_FOUND, "product_id")]
    await bus.handle(pencil)
    again = await bus.handle_together(receive, actor="process", cause="delivery 7")
    assert again == (Accepted(pencil.product_id, 2, 3),)


async def test_nothing_to_do_does_nothing(bus: Bus, database: Database) -> None:
    nothing, something = await asyncio.gather(
        bus.handle_together([], actor="process", cause="nothing"),
        bus.handle(customer()),
    )
    assert nothing == ()
    assert isinstance(something, Accepted)
    assert len(await facts(database)) == 1


async def test_what_is_asked_of_nothing_is_not_found_whatever_its_id(
    bus: Bus, database: Database
) -> None:
    for wrong in ("\0", "\ud800", "x" * 1_000_000, "", "ord_"):
        unknown = ConfirmOrder(order_id=Id(wrong), expected_version=3)
        assert codes(await bus.handle(unknown)) == [(Code.NOT_FOUND, "order_id")]
