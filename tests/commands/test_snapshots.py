"""Where state comes from: snapshots, the fold, rows and the cache all say the same."""

import json

import pytest

from commands.aggregate import Ref
from commands.bus import Bus, running_bus
from commands.command import Command
from commands.orders.confirm_order import ConfirmOrder
from commands.products.change_price import ChangePrice
from commands.products.product import Product
from commands.refusal import Code
from commands.stock.receive_stock import ReceiveStock
from commands.stock.stock import Stock
from commands.store.cache import AggregateCache
from commands.store.database import Database
from commands.store.loading import Loading
from commands.world import Loaded, Versioned
from tests.commands.conftest import Clock
from tests.commands.recorded import accepted, codes, execute, rows
from tests.commands.wanted import customer, order, price, product


async def stored(database: Database, ref: Ref[Stock] | Ref[Product]) -> Versioned:
    """What the database alone says of an aggregate, with nothing cached."""
    async with database.reading() as connection:
        loading = Loading(connection, database.statements, AggregateCache())
        loaded = Loaded()
        await loading.load([ref], loaded)
    return loaded.states[ref.stream]


async def test_a_snapshot_is_kept_at_each_hundredth_version(bus: Bus, database: Database) -> None:
    pencil = product(initial_stock=1)
    accepted(await bus.handle(pencil))
    for quantity in range(2, 100):
        accepted(await bus.handle(ReceiveStock(product_id=pencil.product_id, quantity=quantity)))
    assert await rows(database, "SELECT * FROM snapshots") == []
    accepted(await bus.handle(ReceiveStock(product_id=pencil.product_id, quantity=100)))
    ((stream, version, revision, state),) = await rows(database, "SELECT * FROM snapshots")
    assert (stream, version, revision) == (f"stock/{pencil.product_id}", 100, 1)
    assert json.loads(state) == {"on_hand": 5050, "reserved": 0}
    for quantity in range(101, 202):
        accepted(await bus.handle(ReceiveStock(product_id=pencil.product_id, quantity=quantity)))
    ((_, version, _, state),) = await rows(database, "SELECT * FROM snapshots")
    assert (version, json.loads(state)["on_hand"]) == (200, 20_100)


async def test_a_batch_that_leaps_over_a_hundredth_version_snapshots_too(
    bus: Bus, database: Database
) -> None:
    pencil = product(initial_stock=1)
    commands = [ReceiveStock(product_id=pencil.product_id, quantity=1)] * 149
    await bus.handle_together([pencil, *commands], actor="import", cause="stocktaking")
    ((_, version, _, state),) = await rows(database, "SELECT * FROM snapshots")
    assert (version, json.loads(state)) == (150, {"on_hand": 150, "reserved": 0})
    assert await stored(database, Ref(Stock, pencil.product_id)) == (150, Stock(on_hand=150))


@pytest.mark.parametrize("snapshot", ["current", "of another revision", "missing"])
async def test_a_state_is_the_same_from_a_snapshot_as_from_the_whole_stream(
    bus: Bus, database: Database, snapshot: str
) -> None:
    pencil = product(initial_stock=1_000)
    commands = [ReceiveStock(product_id=pencil.product_id, quantity=2)] * 120
    await bus.handle_together([pencil, *commands], actor="import", cause="stocktaking")
    edits = {
        # That this is read at all shows in what it says.
        "current": "UPDATE snapshots SET version = 100, state = '{\"on_hand\": 5}'",
        "of another revision": "UPDATE snapshots SET revision = 2, state = 'unreadable'",
        "missing": "DELETE FROM snapshots",
    }
    await execute(database, edits[snapshot])
    expected = Stock(on_hand=1_240)
    if snapshot == "current":
        expected = Stock(on_hand=5 + 21 * 2)
    assert await stored(database, Ref(Stock, pencil.product_id)) == (121, expected)


async def test_a_row_gives_the_state_that_its_facts_fold_to(bus: Bus, database: Database) -> None:
    ink = product("300", "JPY", description="Blue")
    accepted(await bus.handle(ink))
    accepted(await bus.handle(ChangePrice(product_id=ink.product_id, price=price("5", "JPY"))))
    version, state = await stored(database, Ref(Product, ink.product_id))
    assert version == 2
    assert isinstance(state, Product)
    assert (state.shelf, state.description, state.price.minor) == ("Office", "Blue", 5)


async def test_a_new_process_goes_on_where_the_old_one_ended(url: str, clock: Clock) -> None:
    ada, pencil = customer(), product(initial_stock=3)
    placed = order(ada, (pencil, 2))
    lives: list[list[Command]] = [
        [ada, pencil],
        [placed],
        [ConfirmOrder(order_id=placed.order_id)],
    ]
    for commands in lives:
        database = Database(url)
        async with running_bus(database, clock) as bus:
            for command in commands:
                accepted(await bus.handle(command))
            assert codes(await bus.handle(order(ada, (pencil, 4)))) == [
                (Code.OUT_OF_STOCK, "items.0.quantity")
            ]
        await database.close()


async def test_a_cached_state_never_hides_what_another_process_wrote(
    bus: Bus, other_bus: Bus
) -> None:
    ada, pencil = customer(), product("1.50", initial_stock=4)
    accepted(await bus.handle(ada))
    accepted(await bus.handle(pencil))
    first = order(ada, (pencil, 3))
    accepted(await other_bus.handle(first))
    assert codes(await bus.handle(order(ada, (pencil, 2)))) == [
        (Code.OUT_OF_STOCK, "items.0.quantity")
    ]
    assert accepted(await bus.handle(ConfirmOrder(order_id=first.order_id))).version == 2
    assert codes(await other_bus.handle(ConfirmOrder(order_id=first.order_id))) == [
        (Code.ORDER_NOT_PENDING, "order_id")
    ]
    dearer = ChangePrice(product_id=pencil.product_id, price=price("2"))
    assert accepted(await other_bus.handle(dearer)).version == 2
    stale = ChangePrice(product_id=pencil.product_id, price=price("3"), expected_version=1)
    assert codes(await bus.handle(stale)) == [(Code.CONFLICT, "expected_version")]
    assert accepted(await bus.handle(dearer)).version == 3


def test_the_cache_keeps_what_was_used_last() -> None:
    cache = AggregateCache(size=2)
    cache.keep({"stock/a": (1, Stock()), "stock/b": (1, Stock())})
    assert cache.get("stock/a", 1) == Stock()
    cache.keep({"stock/c": (3, Stock(on_hand=1))})
    assert cache.get("stock/b", 1) is None
    assert cache.get("stock/a", 1) == Stock()
    assert cache.get("stock/c", 2) is None
    assert cache.get("stock/c", 3) == Stock(on_hand=1)
