"""`diptych rebuild VIEW`: folds a view from nothing, beside the one that is read, and switches."""

import sys

from projections.catalogue import all_projections
from projections.feed import WrongLog
from projections.rebuild import rebuild as rebuild_view
from projections.rules import RuleFailed
from schema.app import running
from schema.cli.view_failed import ViewFailed
from schema.settings import Settings


async def rebuild(settings: Settings, view: str) -> int:
    """Answers 0 once reads go to the new documents; 2 where there is no such view.

    Raises ViewFailed, and RebuildSuperseded where another rebuild began meanwhile.
    """
    projections = {projection.name: projection for projection in all_projections()}
    if view not in projections:
        known = ", ".join(sorted(projections))
        print(f"diptych: There is no view {view!r}; there are: {known}.", file=sys.stderr)
        return 2
    async with running(settings, projecting=False) as diptych:
        try:
            checkpoint = await rebuild_view(
                diptych.store, diptych.feed, projections[view], _Printed(view)
            )
        except (RuleFailed, WrongLog) as failed:
            raise ViewFailed(str(failed)) from failed
    print(f"{view}: rebuilt to position {checkpoint.position} and switched.")
    return 0


class _Printed:
    """A line for each tenth of the way."""

    def __init__(self, view: str) -> None:
        self._view, self._tenths = view, 0

    def __call__(self, position: int, target: int) -> None:
        if (tenths := position * 10 // target) > self._tenths:
            self._tenths = tenths
            print(f"{self._view}: {position:,} of {target:,} facts", flush=True)
