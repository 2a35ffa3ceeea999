"""How the views stand: what their workers and rebuilds last said of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.connection import CHECKPOINTS, REBUILDS, Connection, checkpoint_from
from readmodels.store.driver import Raw
from readmodels.view import VIEWS


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild on its way: the position that it has come to, the one to reach, and when it said
    so."""

    position: int
    target: int
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """`document_count` is the worker's, or MongoDB's own where it has not counted yet. `rebuild` is
    the latest begun, unless it has switched."""

    checkpoint: Checkpoint
    document_count: int
    rebuild: Rebuild | None


async def read_statuses(connection: Connection) -> Sequence[ViewStatus]:
    """One for each view, by name, also for one that nothing was ever written for."""
    checkpoints = {
        raw["_id"]: checkpoint_from(raw) async for raw in connection.collection(CHECKPOINTS).find()
    }
    rebuilds = {raw["_id"]: raw async for raw in connection.collection(REBUILDS).find()}
    statuses = []
    for name in sorted(view.name for view in VIEWS.values()):
        checkpoint = checkpoints.get(name) or Checkpoint.initial(name)
        count = checkpoint.documents
        if count is None:
            documents = connection.collection(checkpoint.collection)
            count = await documents.estimated_document_count()
        statuses.append(ViewStatus(checkpoint, count, _under_way(rebuilds.get(name, {}))))
    return statuses


async def report_rebuild(
    connection: Connection, view: str, number: int, position: int, target: int
) -> None:
    """Say how far a rebuild has come, unless a later one has begun."""
    await connection.collection(REBUILDS).update_one(
        {"_id": view, "number": number},
        {"$set": {"position": position, "target": target, "reported_at": datetime.now(UTC)}},
    )


async def end_rebuild(connection: Connection, view: str, number: int) -> None:
    """Say no more of a rebuild, unless a later one has begun."""
    await connection.collection(REBUILDS).update_one(
        {"_id": view, "number": number}, {"$unset": {"reported_at": ""}}
    )


def _under_way(record: Mapping[str, Raw]) -> Rebuild | None:
    raw: Raw = dict(record)
    if not raw or "reported_at" not in raw or raw.get("switched") == raw["number"]:
        return None
    return Rebuild(raw["position"], raw["target"], raw["reported_at"])
