"""What became of the lines, and what the import brought about."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from schema.importing.records import Malformed

MALFORMED_SHOWN = 20
REFUSED_SHOWN = 20


class Fate(StrEnum):
    """Every line of the file has exactly one."""

    IMPORTED = "imported"
    IMPORTED_BEFORE = "imported by an earlier run"
    NOT_IMPORTED_THEN = "invoice imported earlier without this line"
    NO_UNITS = "no order line: quantity not positive"
    NO_PRICE = "no order line: price not positive"
    NOT_IN_PENCE = "no order line: price not in whole pence"
    OTHER_CUSTOMER = "no order line: not of the invoice's customer"
    PARTIAL_CREDIT = "partial credit"
    REFUSED = "refused"
    MALFORMED = "malformed"


@dataclass(slots=True)
class Day:
    """Of the orders placed on a UTC day: how many, and what those that were not cancelled are
    worth, in GBP."""

    orders: int = 0
    revenue: Decimal = Decimal()


@dataclass(slots=True)
class Tally:
    """Counts lines by their fate; money is in GBP."""

    lines: Counter[Fate] = field(default_factory=Counter)
    orders: int = 0
    cancelled: int = 0
    customers: int = 0
    products: int = 0
    ordered: Decimal = Decimal()
    credited: Decimal = Decimal()
    days: defaultdict[date, Day] = field(default_factory=lambda: defaultdict(Day))
    malformed: list[Malformed] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.lines.total()

    def is_placed(self, at: datetime, total: Decimal) -> None:
        self.orders += 1
        self.ordered += total
        day = self.days[at.date()]
        day.orders += 1
        day.revenue += total

    def is_cancelled(self, placed_at: datetime, total: Decimal) -> None:
        self.cancelled += 1
        self.credited += total
        self.days[placed_at.date()].revenue -= total

    def is_malformed(self, line: Malformed) -> None:
        self.lines[Fate.MALFORMED] += 1
        if len(self.malformed) < MALFORMED_SHOWN:
            self.malformed.append(line)

    def is_refused(self, lines: int, invoice: str, why: str) -> None:
        self.lines[Fate.REFUSED] += lines
        if len(self.refused) < REFUSED_SHOWN:
            self.refused.append(f"invoice {invoice}: {why}")
