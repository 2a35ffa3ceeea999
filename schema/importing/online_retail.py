"""The lines of UCI's "Online Retail" format: read, and checked before anything is made of them.

Source: Chen, D. (2015), "Online Retail", UCI Machine Learning Repository, doi.org/10.24432/C5BW33.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from commands.checks import MAX_PRICE, MAX_QUANTITY, SHORT
from schema.importing.records import Malformed, MalformedFile, Record, read_records

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)

# A table program that read the number as a fraction wrote 17850 as 17850.0.
_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2})")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RawLine:
    """A record's values by column, not looked at yet."""

    line: int
    invoice: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One well-formed line of an invoice or a credit note.

    `units` are negative where they were given back, `price` is GBP for one unit and `at` aware
    UTC. `customer` is None where the line names none.
    """

    line: int
    invoice: str
    sku: str
    description: str
    units: int
    at: datetime
    price: Decimal
    customer: str | None
    country: str


class _Wrong(Exception):
    """What is wrong with a value."""


def read_raw_lines(path: Path) -> Iterator[RawLine | Malformed]:
    """The file's lines, in any order of the columns; more columns may stand among them.

    Raises MalformedFile where the header lacks a column.
    """
    records = read_records(path)
    values_of = _columns(next(records, None))
    for record in records:
        if isinstance(record, Malformed):
            yield record
        else:
            values = tuple(value.strip() for value in values_of(record.fields))
            yield RawLine(record.line, values[0], values)


def check(raw: RawLine) -> Line | Malformed:
    """The line with its values understood, or the first thing that is wrong with it."""
    invoice, sku, description, quantity, date, price, customer, country = raw.values
    try:
        return Line(
            line=raw.line,
            invoice=_text("InvoiceNo", invoice),
            sku=_text("StockCode", sku),
            description=_text("Description", description) if description else "",
            units=_units(quantity),
            at=_instant(date),
            price=_price(price),
            customer=_customer(customer),
            country=_text("Country", country, SHORT // 2),
        )
    except _Wrong as wrong:
        return Malformed(raw.line, str(wrong))


def _columns(header: Record | Malformed | None) -> Callable[..., tuple[str, ...]]:
    """Takes the values of our columns, in our order, out of a record's fields."""
    if not isinstance(header, Record):
        raise MalformedFile(f"line 1: there is no header; the columns are {', '.join(COLUMNS)}")
    names = [name.strip() for name in header.fields]
    for name in COLUMNS:
        if name not in names:
            raise MalformedFile(
                f"line {header.line}: there is no column {name}; the columns are"
                f" {', '.join(COLUMNS)}"
            )
    return itemgetter(*(names.index(name) for name in COLUMNS))


def _text(column: str, value: str, limit: int = SHORT) -> str:
    if not value:
        raise _Wrong(f"{column} is empty")
    if len(value) > limit:
        raise _Wrong(f"{column} has {len(value):,} characters; at most {limit} are possible")
    if _UNSTORABLE.search(value):
        raise _Wrong(f"{column} holds a NUL or a lone surrogate")
    return value


def _units(value: str) -> int:
    whole = _WHOLE.fullmatch(value)
    if whole is None:
        raise _Wrong(f"Quantity {_shown(value)} is no whole number")
    units = int(whole[1])
    if abs(units) > MAX_QUANTITY:
        raise _Wrong(f"Quantity {units:,} is beyond {MAX_QUANTITY:,}")
    return units


def _price(value: str) -> Decimal:
    try:
        price = Decimal(value)
    except InvalidOperation:
        raise _Wrong(f"UnitPrice {_shown(value)} is no number") from None
    if not price.is_finite() or abs(price) > Decimal(MAX_PRICE) / 100:
        raise _Wrong(f"UnitPrice {_shown(value)} is beyond what a price can be")
    return price


def _customer(value: str) -> str | None:
    if not value:
        return None
    whole = _WHOLE.fullmatch(value)
    if whole is None or whole[1].startswith("-"):
        raise _Wrong(f"CustomerID {_shown(value)} is no customer's number")
    return whole[1]


@lru_cache(maxsize=1_000)
def _instant(value: str) -> datetime:
    try:
        if american := _AMERICAN.fullmatch(value):
            month, day, year, hour, minute = map(int, american.groups())
            return datetime(year, month, day, hour, minute, tzinfo=UTC)
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _Wrong(
            f"InvoiceDate {_shown(value)} is neither YYYY-MM-DD HH:MM:SS nor M/D/YYYY H:MM"
        ) from None


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else f"{value[:40]}…")
