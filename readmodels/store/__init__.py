"""The store of the documents; only this package knows MongoDB's driver.

store = await Store.open(url, database, "motor")
await store.get(Order, id)                       one document, or None
await store.page(Order, PageRequest(first=20))   a part of a list
await store.wait(Order, position, timeout=5)     until the view shows a position, or StaleRead
async for order in store.changes(Order, id):     a document, now and whenever it changes
"""

from readmodels.store.changes import Changes
from readmodels.store.checkpoint import LAYOUT, Checkpoint, FanOut, Owner
from readmodels.store.driver import DriverName
from readmodels.store.errors import (
    BadCursor,
    LeaseLost,
    ReadModelError,
    RebuildSuperseded,
    SnapshotLost,
    StaleRead,
    Unreachable,
    Unreadable,
    Unusable,
)
from readmodels.store.list_change import Change, ChangeKind
from readmodels.store.owners import host, new_owner
from readmodels.store.paging import Page, PageRequest
from readmodels.store.rebuilding import NewCollection
from readmodels.store.snapshot import Snapshot
from readmodels.store.status import Rebuild, ViewStatus
from readmodels.store.store import Store, check_cursors
from readmodels.store.writing import StoredDocuments, ViewWriter

__all__ = [
    "LAYOUT",
    "BadCursor",
    "Change",
    "ChangeKind",
    "Changes",
    "Checkpoint",
    "DriverName",
    "FanOut",
    "LeaseLost",
    "NewCollection",
    "Owner",
    "Page",
    "PageRequest",
    "ReadModelError",
    "Rebuild",
    "RebuildSuperseded",
    "Snapshot",
    "SnapshotLost",
    "StaleRead",
    "Store",
    "StoredDocuments",
    "Unreachable",
    "Unreadable",
    "Unusable",
    "ViewStatus",
    "ViewWriter",
    "check_cursors",
    "host",
    "new_owner",
]
