"""`diptych serve` as a process: ready, signalled, killed, started again."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from readmodels.embedded.binary import find_mongod
from readmodels.embedded.process import running_mongod
from tests.schema.running import ROOT, diptych, environment, serving

REGISTER = (
    'mutation { registerCustomer(input: {name: "Ada", email: "ada@example.org"}) { customerId } }'
)


def test_it_says_where_the_playground_is_once_it_serves(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        page = httpx.get(f"{server.url}/graphql", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "<title>Diptych playground</title>" in page.text


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_that_was_started(tmp_path: Path, signum: signal.Signals) -> None:
    with serving(tmp_path) as server:
        started = psutil.Process(server.process.pid).children(recursive=True)
        assert running_mongod(tmp_path) is not None
        socket_url = server.url.replace("http", "ws", 1) + "/graphql"
        with connect(socket_url, subprotocols=[Subprotocol("graphql-transport-ws")]):
            assert server.ends_after(signum) == 0
    assert running_mongod(tmp_path) is None
    assert [process for process in started if process.is_running()] == []


def test_once_it_says_that_it_is_ready_so_does_its_address(tmp_path: Path) -> None:
    for _ in ("first start", "second start"):
        with serving(tmp_path) as server:
            assert httpx.get(f"{server.url}/readyz").json() == {"status": "ready", "wrong": {}}


def test_a_command_that_waits_for_a_lock_is_answered_before_the_server_stops(
    tmp_path: Path,
) -> None:
    with (
        serving(tmp_path) as server,
        closing(sqlite3.connect(tmp_path / "diptych.sqlite", isolation_level=None)) as other,
        connect(
            server.url.replace("http", "ws", 1) + "/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
        ) as follower,
        _asking(server.url, REGISTER) as asking,
    ):
        other.execute("BEGIN IMMEDIATE")
        asking.request()
        # What came before this request has been taken when it is answered.
        httpx.get(f"{server.url}/healthz")
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            follower.recv(timeout=2)
        status, answer = asking.answer()
        assert server.process.wait(timeout=30) == 0
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert (status, answer["data"]) == (200, None)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAVAILABLE"]


def test_a_second_signal_only_hurries_it(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.ends_after(signal.SIGINT, signal.SIGINT) == 0


def test_after_a_kill_the_next_start_takes_the_stale_mongod_over(tmp_path: Path) -> None:
    with serving(tmp_path) as killed:
        stale = running_mongod(tmp_path)
        assert stale is not None
        killed.ends_after(signal.SIGKILL)
        assert running_mongod(tmp_path) == stale
    with serving(tmp_path) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert running_mongod(tmp_path) == stale
    assert running_mongod(tmp_path) is None


def test_a_port_in_use_is_one_sentence_and_starts_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = diptych("serve", env=environment(DIPTYCH_DATA=str(tmp_path), DIPTYCH_PORT=str(port)))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"diptych: Port {port} of 127.0.0.1 is in use: "
        "set DIPTYCH_PORT to another, or to 0 for any.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DIPTYCH_PORT", "http", "DIPTYCH_PORT is 'http'; it must be a port, 0 to 65535."),
        ("DIPTYCH_MONGOD", "/nowhere", "DIPTYCH_MONGOD is '/nowhere', which is not a file."),
        (
            "DIPTYCH_HOST",
            "192.0.2.1",
            "DIPTYCH_HOST is '192.0.2.1', which is no address of this machine.",
        ),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_sentence(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    settings = {"DIPTYCH_DATA": str(tmp_path), "DIPTYCH_PORT": "0"} | {name: value}
    ran = diptych("serve", env=environment(**settings))
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"diptych: {sentence}\n")


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "mongodb://u:se/cret@127.0.0.1:notaport/x",
            "'mongodb://u:***@127.0.0.1:notaport/x': "
            "it must be mongodb://host:port/database, with % escapes in names.",
        ),
        (
            "mongodb://127.0.0.1:1/a b",
            "'mongodb://127.0.0.1:1/a b': "
            "it must be mongodb://host:port/database, with % escapes in names.",
        ),
    ],
)
def test_a_url_that_mongodb_cannot_read_is_one_sentence(
    tmp_path: Path, driver: str, url: str, sentence: str
) -> None:
    ran = _starts(tmp_path, DIPTYCH_MONGO_URL=url, DIPTYCH_MONGO_DRIVER=driver)
    assert ran == (2, "", f"diptych: DIPTYCH_MONGO_URL is {sentence}\n")


def test_a_mongodb_that_does_not_answer_is_one_sentence_without_the_password(
    tmp_path: Path,
) -> None:
    code, said, complaint = _starts(tmp_path, DIPTYCH_MONGO_URL="mongodb://u:secret@127.0.0.1:1/x")
    assert (code, said) == (2, "")
    assert complaint == (
        "diptych: DIPTYCH_MONGO_URL is 'mongodb://u:***@127.0.0.1:1/x': "
        "MongoDB does not answer: 127.0.0.1:1: [Errno 111] Connection refused.\n"
    )


def test_a_mongodb_whose_name_is_unknown_is_one_sentence(tmp_path: Path) -> None:
    code, said, complaint = _starts(tmp_path, DIPTYCH_MONGO_URL="mongodb+srv://nope.invalid/x")
    assert (code, said) == (2, "")
    assert complaint.startswith("diptych: DIPTYCH_MONGO_URL is 'mongodb+srv://nope.invalid/x': ")
    assert complaint.count("\n") == 1


def test_a_mongodb_that_is_no_replica_set_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "db").mkdir()
    at = ["--dbpath", str(tmp_path / "db"), "--port", str(port), "--bind_ip", "127.0.0.1"]
    with subprocess.Popen(
        [find_mongod(None), *at], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as mongod:
        try:
            url = f"mongodb://127.0.0.1:{port}/x"
            ran = _starts(tmp_path, DIPTYCH_MONGO_URL=url)
        finally:
            mongod.terminate()
    assert ran == (
        2,
        "",
        f"diptych: DIPTYCH_MONGO_URL is '{url}': "
        "its server is no replica set: start it with --replSet and initiate it.\n",
    )


def test_ctrl_c_while_it_is_still_being_loaded_is_quiet(tmp_path: Path) -> None:
    env = environment(DIPTYCH_DATA=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-v", "-m", "schema", "serve"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        # Its parts are being imported, which takes some tenths of a second.
        while "schema.cli.main" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in said


def _starts(data: Path, **settings: str) -> tuple[int, str, str]:
    """What a start that fails answers and says."""
    ran = diptych("serve", env=environment(DIPTYCH_DATA=str(data), DIPTYCH_PORT="0", **settings))
    return ran.returncode, ran.stdout, ran.stderr


class _Asking:
    """A request that is sent now and whose answer is read later."""

    def __init__(self, connection: HTTPConnection, query: str) -> None:
        self._connection, self._query = connection, query

    def request(self) -> None:
        typed = {"Content-Type": "application/json"}
        self._connection.request("POST", "/graphql", json.dumps({"query": self._query}), typed)

    def answer(self) -> tuple[int, Any]:
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())


@contextmanager
def _asking(url: str, query: str) -> Iterator[_Asking]:
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        yield _Asking(connection, query)
