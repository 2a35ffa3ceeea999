"""`diptych verify` and `diptych rebuild`, beside a busy server and without any."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from projections.catalogue import all_projections
from readmodels.embedded.process import running_mongod
from tests.e2e.crowd import Crowd
from tests.e2e.mongo import documents
from tests.e2e.server import PATIENCE, Accepted, Api, serving_api
from tests.e2e.shop import lines, new_customer, new_order, new_product
from tests.schema.running import ROOT, diptych, environment, serving

VIEWS = tuple(projection.name for projection in all_projections())


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return diptych(*arguments, env=environment(DIPTYCH_DATA=str(data)))


@contextmanager
def tables(data: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(data / "diptych.sqlite")) as connection, connection:
        yield connection


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, Api]]:
    with serving_api(tmp_path) as (_, api):
        yield tmp_path, api


def test_verify_counts_what_it_compared_and_finds_nothing_wrong(
    served: tuple[Path, Api],
) -> None:
    data, api = served
    customer, product = new_customer(api), new_product(api, initialStock=10)
    new_order(api, customerId=customer.id, items=lines((product, 2)))
    mongod = running_mongod(data)
    ran = run(data, "verify")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        f"Write store: sqlite:///{data}/diptych.sqlite; documents: the embedded MongoDB in"
        f" {data}/mongo",
        "log: 5 facts in 4 streams; 2 rows and 0 snapshots compared, 0 problems",
        # Beside the category itself, what its only product adds to it.
        "category_stats: 2 documents compared at position 5, 0 differ",
        *(f"{view}: 1 documents compared at position 5, 0 differ" for view in VIEWS[1:]),
    ]
    # The server's own MongoDB was used, and left to it.
    assert running_mongod(data) == mongod
    assert api.is_ready() == {"status": "ready", "wrong": {}}


def test_verify_names_the_documents_that_are_wrong_missing_or_too_many(
    served: tuple[Path, Api],
) -> None:
    data, api = served
    orders = [new_order(api) for _ in range(3)]
    api.accepted("confirmOrder", orderId=orders[2].id)
    assert run(data, "verify").returncode == 0
    with documents(data) as database:
        changed = database["order.1"].update_one({"_id": orders[0].id}, {"$set": {"status": "X"}})
        assert changed.modified_count == 1
        copy = database["order.1"].find_one_and_delete({"_id": orders[1].id})
        assert copy is not None
        database["order.1"].insert_one(copy | {"_id": "ord_0"})
    ran = run(data, "verify")
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    first = lines.index("order: 4 documents compared at position 16, 3 differ")
    assert lines[first : first + 4] == [
        "order: 4 documents compared at position 16, 3 differ",
        "  ord_0",
        f"  {orders[0].id}",
        f"  {orders[1].id}",
    ]
    assert "order_list_item: 3 documents compared at position 16, 0 differ" in ran.stdout
    rebuilt = run(data, "rebuild", "order")
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")
    assert run(data, "verify").returncode == 0


def test_verify_finds_rows_snapshots_and_facts_that_are_not_what_they_should_be(
    served: tuple[Path, Api],
) -> None:
    data, api = served
    product = new_product(api)
    for _ in range(100):
        last = api.accepted("receiveStock", productId=product.id, quantity=1)
    assert last.position == "101"

    def problems() -> list[str]:
        ran = run(data, "verify")
        assert ran.returncode == 1
        return [line.strip() for line in ran.stdout.splitlines() if line.startswith("  ")]

    with tables(data) as connection:
        connection.execute("UPDATE products SET price = price + 1")
    assert problems() == [f"the row of product/{product.id} differs from the fold"]
    with tables(data) as connection:
        connection.execute("UPDATE products SET price = price - 1")
        changed = connection.execute("UPDATE snapshots SET state = replace(state, '100', '101')")
        assert changed.rowcount == 1
    assert problems() == [f"the snapshot of stock/{product.id} differs from the fold"]
    with tables(data) as connection:
        connection.execute("DELETE FROM snapshots")
        connection.execute("DELETE FROM events WHERE position = 50")
    found = problems()
    assert found[:2] == [
        "the log has no position 50",
        f"stock/{product.id} goes from version 48 to 50",
    ]
    # What the lost fact did is still in the product's document.
    assert found[-1] == product.id


def test_an_older_write_store_that_was_restored_is_told_of_until_each_view_is_rebuilt(
    tmp_path: Path,
) -> None:
    file, copy = tmp_path / "diptych.sqlite", tmp_path / "copy"
    with serving_api(tmp_path) as (_, api):
        new_order(api)
        with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(copy)) as then:
            now.backup(then)
        new_order(api)
    for left in tmp_path.glob("diptych.sqlite*"):
        left.unlink()
    copy.rename(file)
    ran = run(tmp_path, "verify")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[2:] == [
        f"{view}: nothing can be compared. The log ends at position 5, before 10, which the view"
        f" {view} shows: its documents were made of another log. Run 'diptych rebuild {view}' to"
        " make them of this one."
        for view in VIEWS
    ]
    rebuilt = run(tmp_path, "rebuild")
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")
    switched = [line for line in rebuilt.stdout.splitlines() if line.endswith("switched.")]
    assert switched == [f"{view}: rebuilt to position 5 and switched." for view in VIEWS]
    ran = run(tmp_path, "verify")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_each_view_is_rebuilt_beside_a_busy_server_while_it_is_read(
    served: tuple[Path, Api],
) -> None:
    data, api = served
    crowd = Crowd(hot=new_product(api), rare=new_product(api), seed=1)
    customer = new_customer(api)
    order = new_order(api, customerId=customer.id)
    reader = Reader(api.url, customer, crowd.hot, order)
    with crowd.ordering(2):
        crowd.server_is_at(api.url)
        crowd.wait_for_answers(10)
        with reader.reading():
            ran = run(data, "rebuild")
        assert (ran.returncode, ran.stderr) == (0, "")
        switched = [line for line in ran.stdout.splitlines() if line.endswith("switched.")]
        assert [line.partition(": rebuilt to position ")[0] for line in switched] == list(VIEWS)
        crowd.wait_for_answers(1)
    with documents(data) as database:
        read_from = {each["_id"]: each["collection"] for each in database["checkpoints"].find()}
    assert read_from == {view: f"{view}.2" for view in VIEWS}
    assert run(data, "verify").returncode == 0
    last = max((answer for _, answer in crowd.accepted.values()), key=lambda a: int(a.position))
    shown = "query Read($p: Position) { orders(minPosition: $p) { position } }"
    assert int(api.data(shown, p=last.position)["orders"]["position"]) >= int(last.position)


class Reader:
    """Reads one document of each view, again and again, each of which is there."""

    _QUERY = (
        "query Read($c: ID!, $p: ID!, $o: ID!, $min: Position) {"
        " customer(id: $c, minPosition: $min) { id } product(id: $p, minPosition: $min) { id }"
        " order(id: $o, minPosition: $min) { id }"
        " orders(filter: {customerId: $c}, minPosition: $min) { nodes { id } } }"
    )

    def __init__(self, url: str, customer: Accepted, product: Accepted, order: Accepted) -> None:
        self._url, self._order = url, order
        self._ids = {"c": customer.id, "p": product.id, "o": order.id}
        self._expected = {
            "customer": {"id": customer.id},
            "product": {"id": product.id},
            "order": {"id": order.id},
            "orders": {"nodes": [{"id": order.id}]},
        }
        self._ending = threading.Event()
        self._reads = 0
        self._fault: BaseException | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        thread = threading.Thread(target=self._read)
        thread.start()
        try:
            yield
        finally:
            self._ending.set()
            thread.join(PATIENCE)
        assert self._fault is None
        assert self._reads > 0

    def _read(self) -> None:
        try:
            with Api(self._url) as api:
                while not self._ending.is_set():
                    found = api.data(self._QUERY, min=self._order.position, **self._ids)
                    assert found == self._expected
                    self._reads += 1
        except BaseException as fault:
            self._fault = fault


def test_a_view_that_there_is_not_is_one_sentence(tmp_path: Path) -> None:
    ran = run(tmp_path, "rebuild", "paintings")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"diptych: There is no view 'paintings'; there are: {', '.join(VIEWS)}.\n"
    )
    assert running_mongod(tmp_path) is None


def test_a_command_without_a_server_leaves_nothing_running(tmp_path: Path) -> None:
    assert run(tmp_path, "verify").returncode == 0
    assert running_mongod(tmp_path) is None
    assert run(tmp_path, "rebuild", "order").returncode == 0
    assert running_mongod(tmp_path) is None


def test_commands_and_servers_of_one_folder_share_its_mongod(tmp_path: Path) -> None:
    with serving_api(tmp_path) as (first, api), serving(tmp_path) as second:
        mongod = running_mongod(tmp_path)
        order = new_order(api)
        with Api(second.url) as other:
            confirmed = other.run("confirmOrder", "order { status }", orderId=order.id)
            assert confirmed["order"] == {"status": "CONFIRMED"}
        with _command(tmp_path, "verify") as one, _command(tmp_path, "verify") as another:
            assert (one.wait(60), another.wait(60)) == (0, 0)
        assert first.ends_after(signal.SIGTERM) == 0
        assert running_mongod(tmp_path) == mongod
        with Api(second.url) as other:
            shipped = other.run(
                "shipOrder", "order { status }", orderId=order.id, carrier="P", trackingNumber="T"
            )
            assert shipped["order"] == {"status": "SHIPPED"}
    assert running_mongod(tmp_path) is None


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_signal_in_the_middle_of_a_command_stops_what_it_started(
    tmp_path: Path, signum: signal.Signals, code: int
) -> None:
    with _command(tmp_path, "verify") as command:
        _until_it_has_a_mongod(tmp_path, command)
        started = psutil.Process(command.pid).children(recursive=True)
        command.send_signal(signum)
        assert command.wait(30) == code
        assert command.stderr is not None
        assert command.stderr.read() == ""
    assert running_mongod(tmp_path) is None
    assert [process for process in started if process.is_running()] == []


def _until_it_has_a_mongod(data: Path, command: subprocess.Popen[str]) -> None:
    while not (data / "mongod.log").exists():
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"It ended with {command.wait(0.02)}")


@contextmanager
def _command(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "schema", *arguments],
        cwd=ROOT,
        env=environment(DIPTYCH_DATA=str(data)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)
