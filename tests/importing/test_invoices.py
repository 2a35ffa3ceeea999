from collections import Counter
from pathlib import Path

from schema.importing.invoices import survey
from schema.importing.records import Malformed
from schema.importing.tally import Fate
from tests.importing.retail import invoices, line, written


def test_lines_of_an_invoice_need_not_stand_together(tmp_path: Path) -> None:
    file = written(
        tmp_path, line("1", "A"), line("2", "B"), line("1", "C"), line("3", "D"), line("2", "E")
    )
    found, malformed = invoices(file)
    assert [(each.number, [at.sku for at in each.lines]) for each in found] == [
        ("1", ["A", "C"]),
        ("3", ["D"]),
        ("2", ["B", "E"]),
    ]
    assert malformed == []


def test_a_survey_counts_lines_and_says_where_invoices_end(tmp_path: Path) -> None:
    surveyed = survey(written(tmp_path, line("1"), line("2"), "spoilt", line("1", quantity="x")))
    assert (surveyed.lines, surveyed.last_line) == (4, {"1": 5, "2": 3})


def test_an_invoice_is_whole_without_its_malformed_lines(tmp_path: Path) -> None:
    file = written(tmp_path, line("1", "A"), "spoilt", line("1", "B", quantity="x"), line("2"))
    found, malformed = invoices(file)
    assert [(each.number, [at.sku for at in each.lines]) for each in found] == [
        ("1", ["A"]),
        ("2", ["10001"]),
    ]
    assert malformed == [
        Malformed(3, "it has 1 fields, the header 8"),
        Malformed(4, "Quantity 'x' is no whole number"),
    ]


def test_lines_that_do_not_count_are_named(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        line(quantity=0),
        line(quantity=-3),
        line(price=0),
        line(price="-1"),
        line(price="0.001"),
        line(customer="70002"),
        line(customer="70001.0"),
        line(customer=""),
    )
    (invoice,), _ = invoices(file)
    assert [each.customer for each in invoice.lines] == ["70002"]
    assert invoice.others == Counter(
        {Fate.NO_UNITS: 2, Fate.NO_PRICE: 2, Fate.NOT_IN_PENCE: 1, Fate.OTHER_CUSTOMER: 2}
    )


def test_a_credit_note_counts_what_it_gives_back(tmp_path: Path) -> None:
    (note,), _ = invoices(
        written(tmp_path, line("C1", "A", -2), line("C1", "A", -3), line("C1", "B", 1))
    )
    assert note.is_credit_note
    assert note.units == {"A": 5}
    assert note.others == Counter({Fate.NO_UNITS: 1})


def test_customers_are_known_by_invented_addresses(tmp_path: Path) -> None:
    found, _ = invoices(
        written(
            tmp_path,
            line("1", customer="70001.0"),
            line("2", customer="", country="Channel Islands"),
        )
    )
    assert [each.email for each in found] == [
        "customer-70001@online-retail.invalid",
        "guest-channel-islands@online-retail.invalid",
    ]
