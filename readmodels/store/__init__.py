"""The store of the documents; only this package knows MongoDB's driver.

store = await Store.open(url, database, "motor")
await store.get(Order, id)                       one document, or None
await store.page(Order, PageRequest(first=20))   a part of a list
await store.wait(Order, position, timeout=5)     until the view shows a position, or StaleRead
async for order in store.changes(Order, id):     a document, now and whenever it changes
"""

from readmodels.store.checkpoint import Checkpoint, Owner
from readmodels.store.errors import BadCursor, LeaseLost, ReadModelError, StaleRead, Unreachable
from readmodels.store.paging import Page, PageRequest
from readmodels.store.store import DriverName, Store

__all__ = [
    "BadCursor",
    "Checkpoint",
    "DriverName",
    "LeaseLost",
    "Owner",
    "Page",
    "PageRequest",
    "ReadModelError",
    "StaleRead",
    "Store",
    "Unreachable",
]
