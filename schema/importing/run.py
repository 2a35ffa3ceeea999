"""One run of `diptych import`: from the file to every view."""

import asyncio
import sys
from pathlib import Path

from rich.console import Console

from commands.lookup import Lookup
from schema.app import Diptych, running
from schema.cli.level import level
from schema.cli.stores import both_stores
from schema.importing.importer import Importer
from schema.importing.invoices import Survey, read_invoices, survey
from schema.importing.progress import shown_progress
from schema.importing.records import Malformed, MalformedFile
from schema.importing.report import report
from schema.importing.restock import UNITS, restock
from schema.importing.tally import Tally
from schema.settings import Settings

DONE, STOPPED, UNREADABLE = 0, 1, 2


async def import_orders(settings: Settings, *, format: str, file: Path, strict: bool) -> int:
    """Import a file and answer the exit code: 1 where it is malformed (with `strict`, in any of
    its lines), 2 where it cannot be read.

    Stopped at any point it can be run again, and goes on.
    """
    assert format == "online-retail"
    try:
        surveyed = await asyncio.to_thread(survey, file)
        async with running(settings) as diptych:
            print(both_stores(settings), flush=True)
            return await _import(diptych, file, surveyed, strict)
    except MalformedFile as malformed:
        return _failed(f"{file}, {malformed}.", STOPPED)
    except OSError as error:
        if error.filename != str(file):
            raise
        return _failed(f"{file} cannot be read: {error.strerror}.", UNREADABLE)
    except asyncio.CancelledError:
        _failed("stopped; the same command goes on from here.", STOPPED)
        raise


async def _import(diptych: Diptych, file: Path, surveyed: Survey, strict: bool) -> int:
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    tally = Tally()

    def on_malformed(line: Malformed) -> None:
        if strict:
            raise MalformedFile(f"line {line.line}: {line.wrong}")
        tally.is_malformed(line)

    stopped: MalformedFile | None = None
    lookup = Lookup(diptych.database)
    with shown_progress(console) as shown:
        shown.stage("Importing", "lines", surveyed.lines)
        importer = Importer(
            bus=diptych.bus,
            lookup=lookup,
            last_line=surveyed.last_line,
            tally=tally,
            on_progress=lambda: shown.done(tally.total),
        )
        try:
            await importer.run(read_invoices(file, surveyed, on_malformed))
        except MalformedFile as malformed:
            stopped = malformed
        restocked = await restock(diptych.bus, lookup, importer.skus)
        shown.stage("Views", "facts", await diptych.feed.head())
        await level(diptych.store, diptych.feed, lambda position, _: shown.done(position))
    if restocked:
        print(f"Sold out by these orders, {UNITS} units each received: {restocked:,} products.")
    for line in report(tally):
        console.print(line)
    if stopped:
        raise stopped
    return DONE


def _failed(sentence: str, code: int) -> int:
    sys.stderr.write(f"diptych: {sentence}\n")
    return code
