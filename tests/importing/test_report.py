from datetime import date
from decimal import Decimal

from schema.importing.records import Malformed
from schema.importing.report import LICENCE, report
from schema.importing.tally import Day, Fate, Tally


def test_a_report_names_what_became_of_every_line() -> None:
    tally = Tally(orders=1_200, cancelled=1, customers=3, products=2, ordered=Decimal("1234.5"))
    tally.lines.update({Fate.IMPORTED: 9_000, Fate.PARTIAL_CREDIT: 7})
    tally.is_malformed(Malformed(12, "InvoiceNo is empty"))
    tally.is_refused(2, "600001", "OUT_OF_STOCK: None is left.")
    tally.days[date(2010, 12, 2)] = Day(200, Decimal("34.5"))
    tally.days[date(2010, 12, 1)] = Day(1_000, Decimal(1_200))
    assert list(report(tally)) == [
        "lines read                                          9,010",
        "  imported                                          9,000",
        "  partial credit                                        7",
        "  refused                                               2",
        "  malformed                                             1",
        "",
        "Orders placed and confirmed: 1,200 (GBP 1,234.50);"
        " cancelled by credit notes: 1 (GBP 0.00); new customers: 3; new products: 2.",
        "Revenue per day of placing (UTC), without what was cancelled:",
        "  2010-12-01  GBP       1,200.00    1,000 orders",
        "  2010-12-02  GBP          34.50      200 orders",
        "Malformed, the first 1:",
        "  line 12: InvoiceNo is empty",
        "Refused, the first 1:",
        "  invoice 600001: OUT_OF_STOCK: None is left.",
        LICENCE,
    ]


def test_a_report_names_the_first_malformed_lines_and_counts_all() -> None:
    tally = Tally()
    for line in range(2, 102):
        tally.is_malformed(Malformed(line, "Country is empty"))
    assert tally.lines == {Fate.MALFORMED: 100}
    assert [at.line for at in tally.malformed] == list(range(2, 22))
