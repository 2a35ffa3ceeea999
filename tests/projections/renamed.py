"""A customer with many orders who takes another name, and a process that projects it.

python -m tests.projections.renamed MONGO_URL DATABASE CHUNK
"""

import asyncio
import sys

from projections import fanning
from projections.engine import Engine
from projections.order import order
from readmodels.store import Store
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    customer_renamed,
    order_confirmed,
    order_placed,
)


def renamed_log(orders: int) -> MemoryLog:
    """Ada, Bea, their orders in turn, `ord_0000` and on, and Ada's new name: Countess."""
    log = MemoryLog(customer_registered("cus_ada"), customer_registered("cus_bea", "Bea"))
    for n in range(orders):
        customer, name = [("cus_ada", "Ada"), ("cus_bea", "Bea")][n % 2]
        log.record(order_placed(f"ord_{n:04}", customer=customer, name=name))
    log.record(customer_renamed("cus_ada"))
    return log


def killed_log() -> MemoryLog:
    """What the process projects: with later facts of orders that the name has yet to reach."""
    log = renamed_log(orders=1_000)
    for n in range(900, 1_000):
        log.record(order_confirmed(f"ord_{n:04}", "cus_ada"))
    log.record(customer_renamed("cus_ada", "Duchess"))
    log.record(order_placed("ord_0777_later", customer="cus_ada", name="Duchess"))
    return log


async def main(url: str, database: str, chunk: int) -> None:
    fanning.CHUNK = chunk  # type: ignore[misc]  # small, so that kills fall between chunks
    async with await Store.open(url, database) as store, Engine(store, killed_log(), [order]):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
