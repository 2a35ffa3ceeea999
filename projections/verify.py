"""Compares a view's documents with what the log says that they should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from projections.feed import Feed
from projections.fold import fold
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
    expected: dict[str, D] = {}
    # Most of the log is folded before the snapshot is opened, which MongoDB keeps for minutes only.
    position = store.checkpoint(document).position
    await _fold_on(projection, feed, expected, 0, position)
    async with store.snapshot(document) as snapshot:
        shown = snapshot.checkpoint.position
        await _fold_on(projection, feed, expected, position, shown)
        compared = len(expected)
        differing = []
        async for id, found in snapshot.documents:
            should_be = expected.pop(id, None)
            compared += should_be is None
            if should_be is None or found != should_be:
                differing.append(id)
    return ViewReport(projection.name, shown, compared, sorted([*differing, *expected]))


async def _fold_on(
    projection: Projection[D], feed: Feed, documents: dict[str, D], after: int, until: int
) -> None:
    while after < until:
        facts = await feed.read(after, min(BATCH, until - after))
        if not facts:
            raise ValueError(
                f"The log ends at {after}, before position {until} of the view {projection.name}:"
                " its documents were made of another log."
            )
        fold(projection, facts, documents)
        after = facts[-1].position
