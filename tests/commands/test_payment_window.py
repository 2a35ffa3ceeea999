"""An order that is not confirmed in time is cancelled: once, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from commands import timers
from commands.audit import audit
from commands.bus import Bus, running_bus
from commands.command import Command
from commands.customers.register_customer import RegisterCustomer
from commands.events import OrderCancelled, StockReleased
from commands.given import Id
from commands.orders.cancel_order import CancelOrder
from commands.orders.change_shipping_address import ChangeShippingAddress
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.payment_window import PaymentWindow, in_words
from commands.orders.place_order import PlaceOrder
from commands.outcome import Refused
from commands.products.register_product import RegisterProduct
from commands.store.database import Database
from commands.timers import LOOK_EVERY, Timers, running_timers
from tests.commands.conftest import Clock
from tests.commands.deciding import NOW
from tests.commands.recorded import accepted, execute, facts, rows
from tests.commands.wanted import HOME, customer, order, product

DAY = timedelta(hours=24)
MOMENT = timedelta(milliseconds=1)
WINDOW = PaymentWindow(DAY)


class Shop:
    """A customer, a product, and a server with a payment window."""

    def __init__(self, bus: Bus, timers: Timers) -> None:
        self.bus, self.timers = bus, timers
        self.ada: RegisterCustomer = customer()
        self.pencil: RegisterProduct = product(initial_stock=1_000)

    async def open(self) -> None:
        accepted(await self.bus.handle(self.ada))
        accepted(await self.bus.handle(self.pencil))

    async def place(self, quantity: int = 2) -> Id:
        placed: PlaceOrder = order(self.ada, (self.pencil, quantity))
        accepted(await self.bus.handle(placed))
        return placed.order_id


@asynccontextmanager
async def serving(
    url: str, clock: Clock, window: PaymentWindow = WINDOW
) -> AsyncIterator[tuple[Bus, Timers]]:
    """A server of its own over that database, whose timers fire when they are told to."""
    database = Database(url)
    try:
        async with running_bus(database, clock, processes=[window]) as bus:
            yield bus, Timers(database, bus, window, clock)
    finally:
        await database.close()


@pytest.fixture
async def shop(url: str, clock: Clock) -> AsyncIterator[Shop]:
    async with serving(url, clock) as (bus, timers):
        shop = Shop(bus, timers)
        await shop.open()
        yield shop


async def waiting(database: Database) -> list[str]:
    return [key for (key,) in await rows(database, "SELECT key FROM timers ORDER BY due_at, key")]


async def cancelled(database: Database) -> list[tuple[str, str]]:
    """Each cancelled order, as often as it was, and the reason."""
    log = [fact.event for fact in await facts(database)]
    return [(each.order_id, each.reason) for each in log if isinstance(each, OrderCancelled)]


async def test_an_order_that_is_not_confirmed_in_time_is_cancelled_and_its_stock_released(
    shop: Shop, database: Database, clock: Clock
) -> None:
    placed = await shop.place(quantity=2)
    clock.step(DAY - MOMENT)
    await shop.timers.fire()
    assert await cancelled(database) == []
    clock.step(MOMENT)
    await shop.timers.fire()
    *_, cancelling, releasing = await facts(database)
    assert isinstance(cancelling.event, OrderCancelled)
    assert cancelling.event.reason == "Not confirmed within 24 hours."
    assert cancelling.event.order_id == placed
    assert releasing.event == StockReleased(
        product_id=shop.pencil.product_id, order_id=placed, quantity=2
    )
    assert cancelling.recorded_at == cancelling.occurred_at == NOW + DAY
    assert cancelling.actor == "payment_window"
    assert cancelling.causation == f"payment_window/{placed}"
    assert await waiting(database) == []


async def test_what_is_confirmed_or_cancelled_loses_its_timer(
    shop: Shop, database: Database, clock: Clock
) -> None:
    confirmed, called_off, left = [await shop.place() for _ in range(3)]
    assert len(await waiting(database)) == 3
    accepted(await shop.bus.handle(ConfirmOrder(order_id=confirmed)))
    accepted(await shop.bus.handle(CancelOrder(order_id=called_off, reason="no")))
    assert await waiting(database) == [left]
    clock.step(DAY)
    await shop.timers.fire()
    assert await cancelled(database) == [
        (called_off, "no"),
        (left, "Not confirmed within 24 hours."),
    ]


async def test_what_is_placed_and_confirmed_at_once_never_has_a_timer(
    shop: Shop, database: Database
) -> None:
    placed = order(shop.ada, (shop.pencil, 1))
    both: list[Command] = [placed, ConfirmOrder(order_id=placed.order_id)]
    await shop.bus.handle_together(both, actor="import", cause="1")
    assert await waiting(database) == []


async def test_the_window_counts_from_when_the_order_was_recorded(
    shop: Shop, database: Database, clock: Clock
) -> None:
    long_ago = datetime(2010, 12, 1, tzinfo=UTC)
    placed = order(shop.ada, (shop.pencil, 1))
    await shop.bus.handle_together([placed], actor="import", cause="1", occurred_at=long_ago)
    clock.step(DAY - MOMENT)
    await shop.timers.fire()
    assert await waiting(database) == [placed.order_id]
    clock.step(MOMENT)
    await shop.timers.fire()
    assert [id for id, _ in await cancelled(database)] == [placed.order_id]


async def test_an_order_sent_elsewhere_meanwhile_still_runs_out_of_time(
    shop: Shop, database: Database, clock: Clock
) -> None:
    placed = await shop.place()
    accepted(await shop.bus.handle(ChangeShippingAddress(order_id=placed, shipping_address=HOME)))
    clock.step(DAY)
    await shop.timers.fire()
    assert [id for id, _ in await cancelled(database)] == [placed]


async def test_a_confirmation_that_comes_just_before_wins(
    shop: Shop, database: Database, clock: Clock
) -> None:
    placed = await shop.place()
    clock.step(DAY)
    (timer,) = await shop.timers._due(clock())
    accepted(await shop.bus.handle(ConfirmOrder(order_id=placed)))
    assert isinstance(await shop.timers._fire(timer), Refused)
    await shop.timers.fire()
    assert await cancelled(database) == []
    accepted(await shop.bus.handle(CancelOrder(order_id=placed, reason="by hand")))


async def test_two_servers_cancel_an_order_once(
    shop: Shop, url: str, database: Database, clock: Clock
) -> None:
    placed = [await shop.place() for _ in range(20)]
    clock.step(DAY)
    async with serving(url, clock) as (_, others):
        mine, theirs = await shop.timers._due(clock()), await others._due(clock())
        assert mine == theirs
        assert len(mine) == 20
        for timer in mine:
            assert await shop.timers._fire(timer)
            assert await others._fire(timer)
    assert sorted(id for id, _ in await cancelled(database)) == sorted(placed)


async def test_a_timer_outlives_its_server(
    shop: Shop, url: str, database: Database, clock: Clock
) -> None:
    placed = await shop.place()
    clock.step(10 * DAY)
    async with serving(url, clock) as (_, later):
        await later.fire()
    assert await cancelled(database) == [(placed, "Not confirmed within 24 hours.")]


async def test_an_order_keeps_the_window_in_which_it_was_placed(
    shop: Shop, url: str, database: Database, clock: Clock
) -> None:
    patient = await shop.place()
    async with serving(url, clock, PaymentWindow(timedelta(seconds=90))) as (bus, timers):
        hasty = order(shop.ada, (shop.pencil, 1))
        accepted(await bus.handle(hasty))
        clock.step(timedelta(seconds=90))
        await timers.fire()
        assert await cancelled(database) == [(hasty.order_id, "Not confirmed within 90 seconds.")]
        clock.step(DAY)
        await timers.fire()
    assert (patient, "Not confirmed within 24 hours.") in await cancelled(database)


async def test_without_a_window_nothing_is_waited_for_but_old_timers_still_go(
    shop: Shop, url: str, database: Database, clock: Clock
) -> None:
    earlier, left = await shop.place(), await shop.place()
    async with serving(url, clock, PaymentWindow(timedelta(0))) as (bus, _):
        accepted(await bus.handle(order(shop.ada, (shop.pencil, 1))))
        accepted(await bus.handle(ConfirmOrder(order_id=earlier)))
    assert await waiting(database) == [left]


async def test_a_refused_order_leaves_no_timer(shop: Shop, database: Database) -> None:
    await shop.bus.handle(order(shop.ada, (shop.pencil, 1_001)))
    assert await waiting(database) == []


async def test_the_audit_names_a_timer_that_waits_for_nothing(
    shop: Shop, database: Database
) -> None:
    pending, confirmed = await shop.place(), await shop.place()
    accepted(await shop.bus.handle(ConfirmOrder(order_id=confirmed)))
    assert (await audit(database)).problems == []
    for key in (confirmed, "ord_x"):
        await execute(database, f"INSERT INTO timers VALUES ('payment_window', '{key}', 1, 2)")
    assert sorted((await audit(database)).problems) == sorted(
        f"the timer payment_window of {key} waits for nothing" for key in (confirmed, "ord_x")
    )
    assert pending in await waiting(database)


async def test_many_fall_due_at_once(
    shop: Shop, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers, "AT_ONCE", 10)
    placed = [await shop.place() for _ in range(25)]
    clock.step(DAY)
    assert [await shop.timers.fire() for _ in range(3)] == [0.0, 0.0, LOOK_EVERY]
    assert sorted(id for id, _ in await cancelled(database)) == sorted(placed)


async def test_the_next_timer_is_waited_for_and_new_ones_are_looked_for(
    shop: Shop, clock: Clock
) -> None:
    assert await shop.timers.fire() == LOOK_EVERY
    await shop.place()
    assert await shop.timers.fire() == LOOK_EVERY
    clock.step(DAY - timedelta(milliseconds=250))
    assert await shop.timers.fire() == 0.25


async def test_a_running_server_fires_what_fell_due_while_none_ran(
    shop: Shop, url: str, clock: Clock
) -> None:
    placed = await shop.place()
    clock.step(DAY)
    database = Database(url)
    committed = asyncio.Event()
    async with (
        running_bus(database, clock, lambda _: committed.set(), [WINDOW]) as bus,
        running_timers(database, bus, WINDOW, clock),
        asyncio.timeout(30),
    ):
        await committed.wait()
    assert [id for id, _ in await cancelled(database)] == [placed]
    await database.close()


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=24), "24 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(milliseconds=250), "0.25 seconds"),
        (timedelta(hours=876_000), "876,000 hours"),
    ],
)
def test_a_window_is_told_in_its_largest_whole_unit(length: timedelta, words: str) -> None:
    assert in_words(length) == words
