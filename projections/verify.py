"""Compares a view's documents with what the log says that they should be."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from projections.feed import Feed
from projections.fold import Folding, folding
from projections.projection import Projection
from projections.summing import SummaryFolding
from readmodels.store import Store
from readmodels.view import D

BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class ViewReport:
    """How many documents there are or should be, their parts included, and the ids, in order, of
    those that are missing, too many or different, at a position of the log."""

    view: str
    position: int
    compared: int
    differing: Sequence[str]


async def verify_view(store: Store, projection: Projection[D], feed: Feed) -> ViewReport:
    """Fold the log afresh and compare every document, beside a running engine or without one."""
    document = projection.view.document
    fold = folding(projection)
    # Most of the log is folded before the snapshot is opened, which MongoDB keeps for minutes only.
    settled = store.checkpoint(document).settled
    await _fold_on(projection.name, feed, fold, 0, settled)
    async with store.snapshot(document) as snapshot:
        shown = snapshot.checkpoint.position
        on_their_way = {each.position: each.reached for each in snapshot.checkpoint.fan_outs}
        await _fold_on(projection.name, feed, fold, settled, shown, on_their_way)
        compared, differing = await _compare(fold.documents, snapshot.documents)
        if projection.view.part:
            inner, differing_inside = await _compare(fold.parts, snapshot.parts)
            compared, differing = compared + inner, differing + differing_inside
    return ViewReport(projection.name, shown, compared, sorted(differing))


async def _compare(
    expected: dict[str, Any], stored: AsyncIterator[tuple[str, Any]]
) -> tuple[int, list[str]]:
    """How many there are or should be, and the ids of those that are not as they should be."""
    compared = len(expected)
    differing = []
    async for id, found in stored:
        should_be = expected.pop(id, None)
        compared += should_be is None
        if should_be is None or found != should_be:
            differing.append(id)
    return compared, [*differing, *expected]


async def _fold_on(
    view: str,
    feed: Feed,
    fold: Folding[Any] | SummaryFolding[Any, Any],
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
        fold.take_in(facts, on_their_way)
        after = facts[-1].position
