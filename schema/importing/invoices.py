"""Lines put together to the invoices and credit notes that they were printed on."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schema.importing.online_retail import Line, check, read_raw_lines
from schema.importing.records import Malformed
from schema.importing.tally import Fate

OnMalformed = Callable[[Malformed], None]


@dataclass(frozen=True, slots=True)
class Survey:
    """What must be known of a file beforehand: how many lines it has, and on which one each
    invoice ends."""

    lines: int
    last_line: dict[str, int]


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, or a credit note, whose number begins with C and whose units are what it gives
    back.

    `lines` are those that count, with positive units and prices; what the others are is counted in
    `others`. The first that counts says whose it is, where to and when: lines of somebody else on
    it do not count.
    """

    number: str
    last_line: int
    lines: Sequence[Line]
    others: Counter[Fate]

    @property
    def is_credit_note(self) -> bool:
        return _is_credit_note(self.number)

    @property
    def at(self) -> datetime:
        return self.lines[0].at

    @property
    def email(self) -> str:
        return email_of(self.lines[0])

    @property
    def units(self) -> Counter[str]:
        """Units by stock code, all positive."""
        units: Counter[str] = Counter()
        for line in self.lines:
            units[line.sku] += abs(line.units)
        return units


def survey(path: Path) -> Survey:
    """Raises MalformedFile where the header lacks a column."""
    lines = 0
    last_line: dict[str, int] = {}
    for raw in read_raw_lines(path):
        lines += 1
        if not isinstance(raw, Malformed):
            last_line[raw.invoice] = raw.line
    return Survey(lines, last_line)


def read_invoices(path: Path, surveyed: Survey, on_malformed: OnMalformed) -> Iterator[Invoice]:
    """The invoices in the order in which they end in the file; the lines of one need not stand
    together. Malformed lines are left out of their invoice, unless `on_malformed` raises."""
    open_ones: dict[str, list[Line]] = {}
    for raw in read_raw_lines(path):
        line = raw if isinstance(raw, Malformed) else check(raw)
        if isinstance(line, Malformed):
            on_malformed(line)
        else:
            open_ones.setdefault(line.invoice, []).append(line)
        if not isinstance(raw, Malformed) and surveyed.last_line[raw.invoice] == raw.line:
            if lines := open_ones.pop(raw.invoice, None):
                yield to_invoice(raw.invoice, raw.line, lines)


def to_invoice(number: str, last_line: int, lines: Iterable[Line]) -> Invoice:
    counting: list[Line] = []
    others: Counter[Fate] = Counter()
    for line in lines:
        if fate := _fate_apart(line, counting):
            others[fate] += 1
        else:
            counting.append(line)
    return Invoice(number, last_line, counting, others)


def email_of(line: Line) -> str:
    """Invented; it is what the customer is known by: one for each id, and one for all lines of a
    country that name nobody."""
    if line.customer is not None:
        return f"customer-{line.customer}@online-retail.invalid"
    country = re.sub(r"\W+", "-", line.country.casefold())
    return f"guest-{country}@online-retail.invalid"


def _is_credit_note(number: str) -> bool:
    return number.startswith("C")


def _fate_apart(line: Line, before: Sequence[Line]) -> Fate | None:
    """Why the line does not count; None where it does."""
    if (-line.units if _is_credit_note(line.invoice) else line.units) <= 0:
        return Fate.NO_UNITS
    if line.price <= 0:
        return Fate.NO_PRICE
    if line.price * 100 % 1:
        return Fate.NOT_IN_PENCE
    if before and email_of(line) != email_of(before[0]):
        return Fate.OTHER_CUSTOMER
    return None
