"""`diptych import` as a process: run to its end, killed and run again, beside a server."""

import csv
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.importing.retail import line, written
from tests.schema.running import ROOT, diptych, environment, serving

REAL = ROOT.parent / "shared" / "data" / "online_retail.csv"
MARK = 'Data: "Online Retail", UCI Machine Learning Repository, doi.org/10.24432/C5BW33, CC BY 4.0.'

PLACED = (
    "SELECT json_extract(data, '$.reference') FROM events WHERE type = 'OrderPlaced'"
    " ORDER BY position"
)


def run_import(data: Path, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    env = environment(DIPTYCH_DATA=str(data))
    return diptych("import", "online-retail", str(file), *options, env=env)


def counts(output: str) -> dict[str, int]:
    """The report's lines of the file, by what became of them."""
    report = output[output.index("lines read") :].partition("\n\n")[0]
    found = (each.rsplit(maxsplit=1) for each in report.splitlines())
    return {name.strip(): int(count.replace(",", "")) for name, count in found}


def rows(data: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(data / "diptych.sqlite")) as database:
        return database.execute(query).fetchall()


def assert_clean(data: Path) -> None:
    verified = diptych("verify", env=environment(DIPTYCH_DATA=str(data)))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_file_is_imported_and_every_view_shows_it(tmp_path: Path) -> None:
    file = written(tmp_path, line("1"), line("1", sku="B", quantity=-1), line("2"), "spoilt")
    ran = run_import(tmp_path / "data", file)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert counts(ran.stdout) == {
        "lines read": 4,
        "imported": 2,
        "no order line: quantity not positive": 1,
        "malformed": 1,
    }
    data = tmp_path / "data"
    assert ran.stdout.startswith(
        f"Write store: sqlite:///{data}/diptych.sqlite; documents: the embedded MongoDB in"
        f" {data}/mongo\n"
    )
    assert "Sold out by these orders, 100 units each received: 1 products.\n" in ran.stdout
    assert ran.stdout.endswith(
        "Orders placed and confirmed: 2 (GBP 30.00); cancelled by credit notes: 0 (GBP 0.00);"
        " new customers: 1; new products: 1.\n"
        "Revenue per day of placing (UTC), without what was cancelled:\n"
        "  2010-12-01  GBP          30.00        2 orders\n"
        "Malformed, the first 1:\n"
        "  line 5: it has 1 fields, the header 8\n"
        f"{MARK}\n"
    )
    assert_clean(tmp_path / "data")


def test_strict_names_the_line_and_leaves_its_invoice_out(tmp_path: Path) -> None:
    file = written(tmp_path, line("1"), line("2"), line("2", at="yesterday"), line("3"))
    ran = run_import(tmp_path / "data", file, "--strict")
    assert ran.returncode == 1
    assert ran.stderr == (
        f"diptych: {file}, line 4: InvoiceDate 'yesterday' is neither YYYY-MM-DD HH:MM:SS nor"
        " M/D/YYYY H:MM.\n"
    )
    assert rows(tmp_path / "data", "SELECT reference FROM order_references") == [("1",)]


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (None, 2, "orders.csv cannot be read: No such file or directory."),
        (
            b"InvoiceNo,StockCode\n",
            1,
            "orders.csv, line 1: there is no column Description; the columns are InvoiceNo,"
            " StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_is_started(
    tmp_path: Path, content: bytes | None, code: int, sentence: str
) -> None:
    file = tmp_path / "orders.csv"
    if content is not None:
        file.write_bytes(content)
    ran = run_import(tmp_path / "data", file)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert ran.stderr == f"diptych: {tmp_path}/{sentence}\n"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("signum", "code"),
    [
        (signal.SIGKILL, -signal.SIGKILL),
        pytest.param(signal.SIGTERM, 143, marks=pytest.mark.long),
        (signal.SIGINT, 130),
    ],
)
def test_stopped_at_any_moment_it_goes_on_when_run_again(
    tmp_path: Path, signum: signal.Signals, code: int
) -> None:
    data = tmp_path / "data"
    invoices = 600
    file = written(
        tmp_path,
        *(line(str(n), sku=f"S{n % 40}", quantity=n % 9 + 1) for n in range(1, invoices + 1)),
    )
    # Its rows tell how far it is; at the signal it is somewhere in the middle.
    assert diptych("migrate", env=environment(DIPTYCH_DATA=str(data))).returncode == 0
    with subprocess.Popen(
        [sys.executable, "-m", "schema", "import", "online-retail", str(file)],
        cwd=ROOT,
        env=environment(DIPTYCH_DATA=str(data)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while rows(data, "SELECT count(*) FROM order_references") == [(0,)]:
            assert process.poll() is None
        process.send_signal(signum)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    stopped = "diptych: stopped; the same command goes on from here.\n"
    assert said == ("" if signum == signal.SIGKILL else stopped)
    ((before,),) = rows(data, "SELECT count(*) FROM order_references")
    assert isinstance(before, int)
    assert 0 < before < invoices

    again = run_import(data, file)
    assert again.returncode == 0, again.stderr
    assert counts(again.stdout) == {
        "lines read": invoices,
        "imported": invoices - before,
        "imported by an earlier run": before,
    }
    assert rows(data, PLACED) == [(str(n),) for n in range(1, invoices + 1)]
    assert_clean(data)


def test_beside_a_server_it_uses_and_leaves_the_servers_stores(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data) as server:
        (mongod,) = (data / "mongo" / "mongod.lock").read_text().split()
        ran = run_import(data, written(tmp_path, line("1"), line("2")))
        assert ran.returncode == 0, ran.stderr
        assert counts(ran.stdout) == {"lines read": 2, "imported": 2}
        assert (data / "mongo" / "mongod.lock").read_text().split() == [mongod]
        assert server.process.poll() is None
        assert_clean(data)


def test_a_terminal_shows_a_bar(tmp_path: Path) -> None:
    file = written(tmp_path, line("1"), line("2"))
    ours, its = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "schema", "import", "online-retail", str(file)],
        cwd=ROOT,
        env=environment(DIPTYCH_DATA=str(tmp_path / "data"), TERM="xterm", COLUMNS="100"),
        stdin=subprocess.DEVNULL,
        stdout=its,
    ) as process:
        os.close(its)
        shown = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                shown += os.read(ours, 4096)
            except OSError:
                break
    os.close(ours)
    assert process.returncode == 0
    assert b"Importing" in shown
    assert b"2/2" in shown
    assert b"lines/s" in shown


SALES = """
{ sales(from: "2010-12-01", to: "2011-12-01") {
  day currency ordersPlaced ordersCancelled unitsSold revenue { amount } } }
"""

Day = tuple[int, Decimal]
"""How many orders, and what those that were not cancelled are worth."""


def reported_days(output: str) -> dict[str, Day]:
    """The report's days."""
    found = re.findall(r"^  (\d{4}-\d\d-\d\d)  GBP +(\S+) +(\S+) orders$", output, re.MULTILINE)
    return {
        day: (int(orders.replace(",", "")), Decimal(revenue.replace(",", "")))
        for day, revenue, orders in found
    }


def sales(data: Path) -> list[dict[str, Any]]:
    """What a server over the imported data answers."""
    with serving(data) as server:
        answer = httpx.post(f"{server.url}/graphql", json={"query": SALES}, timeout=30).json()
    found: list[dict[str, Any]] = answer["data"]["sales"]
    return found


def shown_days(found: list[dict[str, Any]]) -> dict[str, Day]:
    assert {each["currency"] for each in found} <= {"GBP"}
    return {
        each["day"]: (each["ordersPlaced"], Decimal(each["revenue"]["amount"])) for each in found
    }


def test_the_days_of_the_report_are_those_that_the_server_shows(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        line("1", quantity=4, price="2.50", at="2010-12-01 23:59:00"),
        line("2", quantity=1, price="7.00", at="2010-12-02 00:00:00"),
        line("3", sku="B", quantity=3, price="1.10", at="2010-12-02 10:00:00"),
        line("C4", sku="B", quantity=-3, price="1.10", at="2010-12-05 10:00:00"),
    )
    ran = run_import(tmp_path / "data", file)
    assert ran.returncode == 0, ran.stderr
    found = sales(tmp_path / "data")
    expected = {"2010-12-01": (1, Decimal("10.00")), "2010-12-02": (2, Decimal("7.00"))}
    assert reported_days(ran.stdout) == shown_days(found) == expected
    assert [each["ordersCancelled"] for each in found] == [0, 1]


@pytest.mark.skipif(not REAL.exists(), reason="the data set's file is not beside the project")
def test_the_real_orders_add_up(tmp_path: Path) -> None:
    data = tmp_path / "data"
    ran = run_import(data, REAL)
    assert ran.returncode == 0, ran.stderr
    with REAL.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    fates: Counter[str] = Counter()
    totals: dict[str, Decimal] = defaultdict(Decimal)
    units: Counter[str] = Counter()
    invoices: dict[str, set[str]] = defaultdict(set)
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    units_of_day: Counter[str] = Counter()
    for each in lines:
        quantity, unit_price = int(each["Quantity"]), Decimal(each["UnitPrice"])
        if each["InvoiceNo"].startswith("C"):
            fates["partial credit"] += 1
        elif quantity <= 0:
            fates["no order line: quantity not positive"] += 1
        elif unit_price <= 0:
            fates["no order line: price not positive"] += 1
        else:
            fates["imported"] += 1
            totals[each["InvoiceNo"]] += quantity * unit_price
            units[each["StockCode"]] += quantity
            day = each["InvoiceDate"][:10]
            invoices[day].add(each["InvoiceNo"])
            revenue[day] += quantity * unit_price
            units_of_day[day] += quantity
    assert counts(ran.stdout) == {"lines read": len(lines), **fates}
    placed = rows(
        data,
        "SELECT json_extract(data, '$.reference'), json_extract(data, '$.total.minor')"
        " FROM events WHERE type = 'OrderPlaced'",
    )
    assert dict(placed) == {number: int(total * 100) for number, total in totals.items()}
    sold = rows(
        data,
        "SELECT sku, sum(json_extract(data, '$.quantity')) FROM events"
        " JOIN products ON id = json_extract(data, '$.product_id')"
        " WHERE type = 'StockReserved' GROUP BY sku",
    )
    assert dict(sold) == units
    assert_clean(data)
    days = {day: (len(numbers), revenue[day]) for day, numbers in invoices.items()}
    found = sales(data)
    assert reported_days(ran.stdout) == shown_days(found) == days
    assert {each["day"]: int(each["unitsSold"]) for each in found} == units_of_day
