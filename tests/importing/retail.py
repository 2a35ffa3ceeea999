"""Files in the Online Retail format, written by hand, and what importing them records."""

from collections.abc import Sequence
from pathlib import Path

from commands.bus import Bus
from commands.events import Event, Recorded
from commands.feed import Feed
from commands.lookup import Lookup
from commands.store.database import Database
from schema.importing.importer import Importer
from schema.importing.invoices import Invoice, read_invoices, survey
from schema.importing.records import Malformed, MalformedFile
from schema.importing.tally import Tally

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def line(
    invoice: str = "600001",
    sku: str = "10001",
    quantity: object = 6,
    price: object = "2.50",
    *,
    customer: str = "70001",
    at: str = "2010-12-01 08:26:00",
    country: str = "France",
    description: str = "PAPER LANTERN",
) -> str:
    return f"{invoice},{sku},{description},{quantity},{at},{price},{customer},{country}"


def written(folder: Path, *lines: str, encoding: str = "utf-8", end: str = "\n") -> Path:
    """A file of these lines under the header."""
    file = folder / "orders.csv"
    file.write_bytes("".join(each + end for each in (HEADER, *lines)).encode(encoding))
    return file


def invoices(file: Path) -> tuple[list[Invoice], list[Malformed]]:
    """What a file holds, malformed lines apart."""
    malformed: list[Malformed] = []
    return list(read_invoices(file, survey(file), malformed.append)), malformed


async def imported(bus: Bus, database: Database, file: Path, *, strict: bool = False) -> Tally:
    """What the import counted; raises MalformedFile as it does."""
    tally = Tally()
    surveyed = survey(file)

    def on_malformed(at: Malformed) -> None:
        if strict:
            raise MalformedFile(f"line {at.line}: {at.wrong}")
        tally.is_malformed(at)

    importer = Importer(bus, Lookup(database), surveyed.last_line, tally, lambda: None)
    await importer.run(read_invoices(file, surveyed, on_malformed))
    assert tally.total == surveyed.lines
    return tally


async def recorded(database: Database) -> Sequence[Recorded[Event]]:
    """The whole log."""
    return await Feed(database).read(0, 100_000)


async def facts(database: Database) -> list[Event]:
    return [each.event for each in await recorded(database)]
