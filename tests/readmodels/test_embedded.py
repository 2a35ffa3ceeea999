"""The embedded server: real processes, started, shared, killed and taken over."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymongo import AsyncMongoClient

from readmodels.embedded import MongodError, embedded_mongod
from readmodels.embedded.binary import find_mongod
from readmodels.embedded.process import running_mongod

ROOT = Path(__file__).parents[2]

OWNER = """
import asyncio, sys
from pathlib import Path
from readmodels.embedded import embedded_mongod

async def main():
    async with embedded_mongod(Path(sys.argv[1])) as url:
        print(url, flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


def pid_of(data: Path) -> int | None:
    running = running_mongod(data)
    return None if running is None else int(running.process.pid)


def client_of(url: str) -> AsyncMongoClient[dict[str, Any]]:
    return AsyncMongoClient(url)


async def insert(url: str, text: str) -> None:
    async with client_of(url) as client:
        await client.test.notes.insert_one({"_id": text})


async def notes(url: str) -> list[str]:
    async with client_of(url) as client:
        return [note["_id"] async for note in client.test.notes.find().sort("_id")]


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the data folder until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def url_from(owner: subprocess.Popen[str]) -> str:
    assert owner.stdout is not None
    return owner.stdout.readline().strip()


async def test_it_runs_while_it_is_used_and_keeps_its_data(tmp_path: Path) -> None:
    async with embedded_mongod(tmp_path) as first:
        await insert(first, "kept")
        pid = pid_of(tmp_path)
        assert pid is not None
    assert not psutil.pid_exists(pid)
    assert pid_of(tmp_path) is None
    async with embedded_mongod(tmp_path) as second:
        assert second == first
        assert await notes(second) == ["kept"]


async def test_transactions_and_change_streams_work(mongo_url: str) -> None:
    async with client_of(mongo_url) as client:
        collection = client.embedded_transactions.notes
        async with await collection.watch() as changes:
            async with client.start_session() as session, await session.start_transaction():
                await collection.insert_one({"_id": "together"}, session=session)
            change = await changes.next()
    assert change["fullDocument"] == {"_id": "together"}


async def test_it_listens_on_loopback_with_a_bounded_cache_in_its_own_session(
    tmp_path: Path,
) -> None:
    async with embedded_mongod(tmp_path, cache_mb=300) as url:
        running = running_mongod(tmp_path)
        assert running is not None
        assert url == f"mongodb://127.0.0.1:{running.port}/?directConnection=true"
        assert os.getsid(running.process.pid) == running.process.pid
        listening = {
            connection.laddr.ip
            for connection in running.process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }
        assert listening == {"127.0.0.1"}
        async with client_of(url) as client:
            status = await client.admin.command("serverStatus")
        assert status["wiredTiger"]["cache"]["maximum bytes configured"] == 300 * 1024 * 1024


async def test_it_moves_with_its_data_to_another_port_where_its_own_is_taken(
    tmp_path: Path,
) -> None:
    async with embedded_mongod(tmp_path) as first:
        await insert(first, "kept")
        running = running_mongod(tmp_path)
        assert running is not None

    async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(turn_away, "127.0.0.1", running.port):
        async with embedded_mongod(tmp_path) as second:
            assert second != first
            assert await notes(second) == ["kept"]
            await insert(second, "written")


async def test_the_last_of_two_users_stops_it(tmp_path: Path, owner: subprocess.Popen[str]) -> None:
    first = url_from(owner)
    async with embedded_mongod(tmp_path) as second:
        assert second == first
        pid = pid_of(tmp_path)
        owner.communicate()
        assert owner.returncode == 0
        assert pid_of(tmp_path) == pid
        await insert(second, "still here")
    assert pid_of(tmp_path) is None


async def test_a_user_beside_its_owner_leaves_it_running(
    tmp_path: Path, owner: subprocess.Popen[str]
) -> None:
    first = url_from(owner)
    pid = pid_of(tmp_path)
    async with embedded_mongod(tmp_path):
        pass
    assert pid_of(tmp_path) == pid
    await insert(first, "still here")
    owner.communicate()
    assert pid_of(tmp_path) is None


async def test_users_that_come_at_once_share_one(tmp_path: Path) -> None:
    async def use(number: int) -> int | None:
        async with embedded_mongod(tmp_path) as url:
            await insert(url, str(number))
            everybody_is_in.release()
            async with leaving:
                pass
            return pid_of(tmp_path)

    everybody_is_in, leaving = asyncio.Semaphore(0), asyncio.Lock()
    await leaving.acquire()
    users = [asyncio.create_task(use(number)) for number in range(3)]
    for _ in users:
        await everybody_is_in.acquire()
    pid = pid_of(tmp_path)
    leaving.release()
    await asyncio.gather(*users)
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_after_a_kill_the_next_user_takes_it_over_and_stops_it(
    tmp_path: Path, owner: subprocess.Popen[str]
) -> None:
    url = url_from(owner)
    await insert(url, "kept")
    pid = pid_of(tmp_path)
    owner.kill()
    owner.wait()
    assert pid_of(tmp_path) == pid
    async with embedded_mongod(tmp_path) as adopted:
        assert adopted == url
        assert pid_of(tmp_path) == pid
        assert await notes(adopted) == ["kept"]
    assert pid_of(tmp_path) is None


async def test_one_that_does_not_answer_is_ended_and_its_data_served_again(
    tmp_path: Path, owner: subprocess.Popen[str]
) -> None:
    await insert(url_from(owner), "kept")
    pid = pid_of(tmp_path)
    assert pid is not None
    owner.kill()
    owner.wait()
    os.kill(pid, signal.SIGSTOP)
    async with embedded_mongod(tmp_path) as url:
        assert pid_of(tmp_path) != pid
        assert await notes(url) == ["kept"]


@pytest.fixture
def foreign() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with us and ends with its input."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process


async def test_a_foreign_process_with_the_recorded_pid_is_left_alone(
    tmp_path: Path, foreign: subprocess.Popen[bytes]
) -> None:
    (tmp_path / "mongo").mkdir()
    (tmp_path / "mongo" / "mongod.lock").write_text(f"{foreign.pid}\n")
    assert running_mongod(tmp_path) is None
    async with embedded_mongod(tmp_path):
        assert pid_of(tmp_path) != foreign.pid
    assert foreign.poll() is None
    foreign.communicate(b"\n")
    assert foreign.returncode == 0


async def test_a_mongod_of_another_folder_is_not_ours(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    async with embedded_mongod(other):
        pid = pid_of(other)
        (ours / "mongo").mkdir(parents=True)
        (ours / "mongo" / "mongod.lock").write_text(f"{pid}\n")
        assert running_mongod(ours) is None
        async with embedded_mongod(ours):
            assert pid_of(ours) != pid
        assert pid_of(other) == pid


async def test_data_that_mongod_refuses_gives_its_own_reason(tmp_path: Path) -> None:
    (tmp_path / "mongo").mkdir()
    (tmp_path / "mongo" / "storage.bson").write_bytes(b"not what it wrote")
    with pytest.raises(MongodError, match=r"^mongod did not start: .+; its log is .+mongod\.log"):
        async with embedded_mongod(tmp_path):
            pass
    assert pid_of(tmp_path) is None


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


MONGOD_6 = "echo 'db version v6.0.5'"


def test_a_named_mongod_comes_first(tmp_path: Path) -> None:
    named = executable(tmp_path / "named", MONGOD_6)
    assert find_mongod(named) == named


def test_the_wheel_comes_before_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = executable(tmp_path / "wheel" / "fiftyone" / "db" / "bin" / "mongod", MONGOD_6)
    wheel.chmod(0o644)
    executable(tmp_path / "bin" / "mongod", MONGOD_6)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "wheel")])
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert find_mongod(None) == wheel


def test_the_path_serves_where_the_wheel_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "wheel" / "fiftyone" / "db" / "bin" / "mongod", "exit 127")
    on_path = executable(tmp_path / "bin" / "mongod", MONGOD_6)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "wheel")])
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    assert find_mongod(None) == on_path


def test_where_there_is_none_one_sentence_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MongodError) as refused:
        find_mongod(None)
    assert str(refused.value) == (
        "No MongoDB server can be run here, none is installed: "
        "set DIPTYCH_MONGOD to a mongod of version 6 or later, put one on the PATH, "
        "or set DIPTYCH_MONGO_URL to a replica set that runs already."
    )


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (None, "which is not a file"),
        ("", "which does not run: exit code 0"),
        (
            "echo 'libssl.so.3: not found.' >&2; exit 1",
            "which does not run: libssl.so.3: not found",
        ),
        (
            "echo 'db version v4.4.1'",
            "which does not run: db version v4.4.1, and 6 is the oldest that serves",
        ),
    ],
)
def test_a_named_mongod_that_cannot_serve_is_refused_by_its_setting(
    tmp_path: Path, script: str | None, reason: str
) -> None:
    named = tmp_path / "mongod"
    if script is not None:
        executable(named, script)
    with pytest.raises(MongodError) as refused:
        find_mongod(named)
    assert str(refused.value) == f"DIPTYCH_MONGOD is '{named}', {reason}."


def test_a_named_mongod_that_may_not_be_executed_is_refused(tmp_path: Path) -> None:
    named = executable(tmp_path / "mongod", MONGOD_6)
    named.chmod(0o644)
    with pytest.raises(MongodError) as refused:
        find_mongod(named)
    assert str(refused.value) == f"DIPTYCH_MONGOD is '{named}', which is not executable."


async def test_one_that_is_killed_while_used_is_started_again_where_it_was(tmp_path: Path) -> None:
    async with embedded_mongod(tmp_path) as url:
        await insert(url, "kept")
        killed = pid_of(tmp_path)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        assert await notes(url) == ["kept"]
        assert pid_of(tmp_path) not in (None, killed)
    assert pid_of(tmp_path) is None
