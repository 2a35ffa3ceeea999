"""What an import sold out can be ordered afterwards."""

from pathlib import Path

from commands.bus import Bus
from commands.events import StockReceived
from commands.given import Id
from commands.lookup import Lookup
from commands.products.discontinue_product import DiscontinueProduct
from commands.store.database import Database
from schema.importing.restock import restock
from tests.commands.wanted import product
from tests.importing.retail import facts, imported, line, written


async def test_products_that_are_sold_out_are_received_once(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    await bus.handle(product("2.55", sku="PLENTY", initial_stock=50))
    file = written(tmp_path, line("1", sku="A"), line("1", sku="PLENTY"), line("2", sku="GONE"))
    await imported(bus, database, file)
    lookup = Lookup(database)
    shelves = await lookup.products(["A", "GONE", "PLENTY"])
    gone = Id(shelves["GONE"].product.id)
    await bus.handle(DiscontinueProduct(product_id=gone))
    before = len(await facts(database))
    assert await restock(bus, lookup, ["A", "GONE", "PLENTY", "UNKNOWN"]) == 1
    assert (await facts(database))[before:] == [
        StockReceived(product_id=shelves["A"].product.id, quantity=100)
    ]
    assert await restock(bus, lookup, ["A", "GONE", "PLENTY", "UNKNOWN"]) == 0
