"""`diptych rebuild [VIEW]`: folds views from nothing, beside those that are read, and switches."""

import sys
from typing import Any

from projections.catalogue import all_projections
from projections.feed import WrongLog
from projections.projection import Projection
from projections.rebuild import rebuild as rebuild_view
from projections.rules import RuleFailed
from schema.app import Diptych, running
from schema.cli.stores import both_stores
from schema.cli.view_failed import ViewFailed
from schema.settings import Settings


async def rebuild(settings: Settings, view: str | None) -> int:
    """Answers 0 once reads go to the new documents, of all views where none is named; 2 where there
    is no such view.

    Raises ViewFailed, once all others are rebuilt, and RebuildSuperseded where another rebuild
    began meanwhile.
    """
    projections = {projection.name: projection for projection in all_projections()}
    if view is not None and view not in projections:
        known = ", ".join(sorted(projections))
        print(f"diptych: There is no view {view!r}; there are: {known}.", file=sys.stderr)
        return 2
    asked = projections.values() if view is None else [projections[view]]
    failures = []
    async with running(settings, projecting=False) as diptych:
        print(both_stores(settings), flush=True)
        for projection in asked:
            try:
                await _rebuild(diptych, projection)
            except (RuleFailed, WrongLog) as failed:
                failures.append(failed)
    if failures:
        raise ViewFailed(" ".join(str(failed) for failed in failures)) from failures[0]
    return 0


async def _rebuild(diptych: Diptych, projection: Projection[Any]) -> None:
    name = projection.name
    checkpoint = await rebuild_view(
        diptych.store, diptych.feed, projection, _Printed(name), diptych.supervisor
    )
    print(f"{name}: rebuilt to position {checkpoint.position} and switched.", flush=True)


class _Printed:
    """A line for each tenth of the way."""

    def __init__(self, view: str) -> None:
        self._view, self._tenths = view, 0

    def __call__(self, position: int, target: int) -> None:
        if (tenths := position * 10 // target) > self._tenths:
            self._tenths = tenths
            print(f"{self._view}: {position:,} of {target:,} facts", flush=True)
