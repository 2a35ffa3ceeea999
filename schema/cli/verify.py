"""`diptych verify`: compares everything that is stored with what the log says that it should be."""

from collections.abc import Sequence

from commands.audit import audit
from projections.catalogue import all_projections
from projections.rules import RuleFailed
from projections.verify import ViewReport, verify_view
from schema.app import running
from schema.cli.level import level
from schema.cli.stores import both_stores
from schema.cli.view_failed import ViewFailed
from schema.settings import Settings

SHOWN = 20
"""Differences that are listed for each part; all are counted."""


async def verify(settings: Settings) -> int:
    """Answers 0 where everything is as it should be, else 1. Raises ViewFailed."""
    async with running(settings) as diptych:
        print(both_stores(settings), flush=True)
        await level(diptych.store, diptych.feed)
        report = await audit(diptych.database)
        print(
            f"log: {report.facts:,} facts in {report.streams:,} streams; "
            f"{report.rows:,} rows and {report.snapshots:,} snapshots compared,"
            f" {len(report.problems):,} problems"
        )
        _list(report.problems)
        clean = not report.problems
        for projection in all_projections():
            try:
                view = await verify_view(diptych.store, projection, diptych.feed)
            except RuleFailed as failed:
                raise ViewFailed(str(failed)) from failed
            _print(view)
            clean = clean and view.clean
    return 0 if clean else 1


def _print(view: ViewReport) -> None:
    if view.wrong_log:
        print(f"{view.view}: nothing can be compared. {view.wrong_log}")
        return
    print(
        f"{view.view}: {view.compared:,} documents compared at position {view.position},"
        f" {len(view.differing):,} differ"
    )
    _list(view.differing)


def _list(differences: Sequence[str]) -> None:
    for difference in differences[:SHOWN]:
        print(f"  {difference}")
    if len(differences) > SHOWN:
        print(f"  … and {len(differences) - SHOWN:,} more")
