"""Puts in stock what an import sold out: the format tells what was sold, not what was there, and a
shop without stock takes no orders."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Final

from commands.bus import Accepted, Bus
from commands.given import Id
from commands.lookup import Lookup, OnShelf
from commands.stock.receive_stock import ReceiveStock
from schema.importing.importer import ACTOR

UNITS: Final = 100
"""Units that are received of each product that has none left."""

_AT_ONCE: Final = 100


async def restock(bus: Bus, lookup: Lookup, skus: Iterable[str]) -> int:
    """Receives UNITS of each of these products that is on sale and has none to order, and answers
    how many there were. Done again, it finds nothing to do."""
    restocked = 0
    left = iter(sorted(skus))
    while chunk := list(islice(left, _AT_ONCE)):
        sold_out = [found for found in (await lookup.products(chunk)).values() if _sold_out(found)]
        outcomes = await asyncio.gather(*(_receive(bus, found) for found in sold_out))
        restocked += sum(outcomes)
    return restocked


def _sold_out(found: OnShelf) -> bool:
    return found.stock.available == 0 and not found.product.discontinued


async def _receive(bus: Bus, found: OnShelf) -> bool:
    receive = ReceiveStock(product_id=Id(found.product.id), quantity=UNITS)
    return isinstance(await bus.handle(receive, actor=ACTOR), Accepted)
