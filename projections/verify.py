"""Compares a view's documents with what the log says that they should be."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from projections.feed import Feed, WrongLog
from projections.fold import Folding, folding
from projections.projection import Projection
from projections.same_log import mark_in
from projections.summing import SummaryFolding
from readmodels.store import SnapshotLost, Store
from readmodels.view import D

BATCH: Final = 1_000
ATTEMPTS: Final = 5
"""At a snapshot; one fails only where a collection of the view is made at that moment."""


@dataclass(frozen=True, slots=True)
class ViewReport:
    """How many documents there are or should be, their parts included, and the ids, in order, of
    those that are missing, too many or different, at a position of the log. Where the log does not
    reach that position nothing can be compared, and `wrong_log` says so."""

    view: str
    position: int
    compared: int
    differing: Sequence[str]
    wrong_log: str | None = None

    @property
    def clean(self) -> bool:
        return not self.differing and self.wrong_log is None


async def verify_view(store: Store, projection: Projection[D], feed: Feed) -> ViewReport:
    """Fold the log afresh and compare every document, beside a running engine or without one.

    Raises RuleFailed, and SnapshotLost where the view's collections keep being made anew.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await _verify_once(store, projection, feed)
        except SnapshotLost:
            continue
    return await _verify_once(store, projection, feed)


async def _verify_once(store: Store, projection: Projection[D], feed: Feed) -> ViewReport:
    try:
        return await _compared(store, projection, feed)
    except WrongLog as wrong:
        position = store.checkpoint(projection.view.document).position
        return ViewReport(projection.name, position, 0, [], str(wrong))


async def _compared(store: Store, projection: Projection[D], feed: Feed) -> ViewReport:
    document = projection.view.document
    fold = folding(projection)
    # Most of the log is folded before the snapshot is opened, which MongoDB keeps for minutes only.
    settled = store.checkpoint(document).settled
    await _fold_on(projection.name, feed, fold, 0, settled)
    async with store.snapshot(document) as snapshot:
        shown = snapshot.checkpoint.position
        await mark_in(feed, snapshot.checkpoint)
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
            raise WrongLog.ends_early(view, after, until)
        fold.take_in(facts, on_their_way)
        after = facts[-1].position
