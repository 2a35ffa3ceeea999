from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from schema.importing.online_retail import COLUMNS, Line, RawLine, check, read_raw_lines
from schema.importing.records import Malformed, MalformedFile
from tests.importing.retail import line, written


def checked(text: str) -> Line | Malformed:
    values = tuple(text.split(","))
    return check(RawLine(7, values[0], values))


def test_a_line_is_understood() -> None:
    assert checked(line()) == Line(
        line=7,
        invoice="600001",
        sku="10001",
        description="PAPER LANTERN",
        units=6,
        at=datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
        price=Decimal("2.50"),
        customer="70001",
        country="France",
    )


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2010-12-01 08:26:00", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("2010-12-01T08:26:31", datetime(2010, 12, 1, 8, 26, 31, tzinfo=UTC)),
        ("2010-12-01T08:26:00+02:00", datetime(2010, 12, 1, 6, 26, tzinfo=UTC)),
        ("12/1/2010 8:26", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("1/31/2011 18:05", datetime(2011, 1, 31, 18, 5, tzinfo=UTC)),
    ],
)
def test_dates_are_iso_or_american_and_utc(text: str, at: datetime) -> None:
    understood = checked(line(at=text))
    assert isinstance(understood, Line)
    assert understood.at == at


@pytest.mark.parametrize(
    ("text", "customer"), [("70001", "70001"), ("70001.0", "70001"), ("", None)]
)
def test_a_customers_number_may_look_like_a_fraction(text: str, customer: str | None) -> None:
    understood = checked(line(customer=text))
    assert isinstance(understood, Line)
    assert understood.customer == customer


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (line(invoice=""), "InvoiceNo is empty"),
        (line(sku=""), "StockCode is empty"),
        (line(sku="9" * 201), "StockCode has 201 characters; at most 200 are possible"),
        (line(description="A\x00"), "Description holds a NUL or a lone surrogate"),
        (line(country=""), "Country is empty"),
        (line(quantity="six"), "Quantity 'six' is no whole number"),
        (line(quantity="1.5"), "Quantity '1.5' is no whole number"),
        (line(quantity="1000001"), "Quantity 1,000,001 is beyond 1,000,000"),
        (line(quantity="9" * 60), f"Quantity '{'9' * 40}…' is no whole number"),
        (line(price="free"), "UnitPrice 'free' is no number"),
        (line(price="NaN"), "UnitPrice 'NaN' is beyond what a price can be"),
        (line(price="100000000.01"), "UnitPrice '100000000.01' is beyond what a price can be"),
        (line(customer="-1"), "CustomerID '-1' is no customer's number"),
        (line(customer="Ada"), "CustomerID 'Ada' is no customer's number"),
        (
            line(at="31/1/2011 18:05"),
            "InvoiceDate '31/1/2011 18:05' is neither YYYY-MM-DD HH:MM:SS nor M/D/YYYY H:MM",
        ),
        (
            line(at="0001-01-01T00:00:00+10:00"),
            "InvoiceDate '0001-01-01T00:00:00+10:00' is neither YYYY-MM-DD HH:MM:SS"
            " nor M/D/YYYY H:MM",
        ),
    ],
)
def test_what_is_wrong_with_a_line_is_said(text: str, wrong: str) -> None:
    assert checked(text) == Malformed(7, wrong)


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    names = ["Region", *reversed(COLUMNS)]
    values = ["North", *reversed(line().split(","))]
    file.write_text(f"{','.join(names)}\n{','.join(values)}\n")
    assert list(read_raw_lines(file)) == [RawLine(2, "600001", tuple(line().split(",")))]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "line 1: there is no header"),
        ("\n\nInvoice,Quantity\n", "line 3: there is no column InvoiceNo"),
    ],
)
def test_a_file_without_our_columns_is_malformed(tmp_path: Path, content: str, wrong: str) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(content)
    with pytest.raises(MalformedFile) as raised:
        list(read_raw_lines(file))
    assert str(raised.value) == (
        f"{wrong}; the columns are InvoiceNo, StockCode, Description, Quantity, InvoiceDate,"
        " UnitPrice, CustomerID, Country"
    )


def test_fields_stand_without_the_space_around_them(tmp_path: Path) -> None:
    file = written(tmp_path, line(sku=" 10001 "))
    assert list(read_raw_lines(file)) == [RawLine(2, "600001", tuple(line().split(",")))]
