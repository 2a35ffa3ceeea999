"""Compares a view's documents with what the log says that they should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from projections.feed import Feed
from projections.fold import Folding
from projections.projection import Projection
from readmodels.store import Store
from readmodels.view import D

BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class ViewReport:
    """How many documents there are or should be, and the ids, in order, of those that are missing,
    too many or different, at a position of the log."""

    view: str
    position: int
    compared: int
    differing: Sequence[str]


async def verify_view(store: Store, projection: Projection[D], feed: Feed) -> ViewReport:
    """Fold the log afresh and compare every document, beside a running engine or without one."""
    document = projection.view.document
    folding = Folding(projection)
    # Most of the log is folded before the snapshot is opened, which MongoDB keeps for minutes only.
    settled = store.checkpoint(document).settled
    await _fold_on(projection.name, feed, folding, 0, settled)
    async with store.snapshot(document) as snapshot:
        shown = snapshot.checkpoint.position
        on_their_way = {each.position: each.reached for each in snapshot.checkpoint.fan_outs}
        await _fold_on(projection.name, feed, folding, settled, shown, on_their_way)
        expected = folding.documents
        compared = len(expected)
        differing = []
        async for id, found in snapshot.documents:
            should_be = expected.pop(id, None)
            compared += should_be is None
            if should_be is None or found != should_be:
                differing.append(id)
    return ViewReport(projection.name, shown, compared, sorted([*differing, *expected]))


async def _fold_on(
    view: str,
    feed: Feed,
    folding: Folding[D],
    after: int,
    until: int,
    on_their_way: Mapping[int, str] | None = None,
) -> None:
    while after < until:
        facts = await feed.read(after, min(BATCH, until - after))
        if not facts:
            raise ValueError(
                f"The log ends at {after}, before position {until} of the view {view}:"
                " its documents were made of another log."
            )
        folding.take_in(facts, on_their_way)
        after = facts[-1].position
