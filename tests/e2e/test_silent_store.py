"""A write store that stops answering while its connections stand: every command is answered, and
the server ends when it is told to."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest

from tests.commands.proxy import proxied
from tests.e2e.server import Api, operation, serving_api
from tests.e2e.shop import new_customer
from tests.schema.running import Server

AT_ONCE = 14


async def execute(url: str, statement: str) -> list[int]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


@pytest.fixture
def own_postgres(postgres_url: str) -> str:
    """The URL of an empty database."""
    name = f"silent_{uuid4().hex}"
    asyncio.run(execute(postgres_url, f"CREATE DATABASE {name}"))
    server, _, options = postgres_url.partition("?")
    return f"{server.rpartition('/')[0]}/{name}?{options}"


def codes_of_many(api: Api) -> set[str]:
    """What each of several commands is told that are sent at once."""

    def ask(number: int) -> str:
        input = {"name": "Ada", "email": f"{number}-{uuid4().hex}@example.org"}
        answered = api.answer(operation("registerCustomer"), input=input)
        errors = answered.get("errors", ())
        return "".join(error["extensions"]["code"] for error in errors) or "ACCEPTED"

    with ThreadPoolExecutor(AT_ONCE) as many:
        return set(many.map(ask, range(AT_ONCE)))


def ends(server: Server) -> bool:
    return server.ends_after(signal.SIGTERM) == 0


def test_behind_a_firewall_that_swallows_everything(tmp_path: Path, own_postgres: str) -> None:
    async def run() -> None:
        async with proxied(own_postgres) as proxy:

            def with_server(silence: Callable[[], None]) -> None:
                with serving_api(tmp_path, DIPTYCH_DATABASE_URL=proxy.url) as (server, api):
                    new_customer(api)
                    silence()
                    assert codes_of_many(api) == {"UNAVAILABLE"}
                    assert ends(server)

            loop = asyncio.get_running_loop()

            def silence() -> None:
                proxy.mute = True
                loop.call_soon_threadsafe(proxy.silence)

            await asyncio.to_thread(with_server, silence)

    asyncio.run(run())
    assert asyncio.run(execute(own_postgres, "SELECT count(*) FROM events")) == [1]


@contextmanager
def stopped(processes: list[psutil.Process]) -> Iterator[None]:
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def test_with_stopped_backends_of_postgresql(tmp_path: Path, own_postgres: str) -> None:
    with serving_api(tmp_path, DIPTYCH_DATABASE_URL=own_postgres) as (server, api):
        new_customer(api)
        pids = asyncio.run(
            execute(
                own_postgres,
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()",
            )
        )
        with stopped([psutil.Process(pid) for pid in pids]):
            # Those that wait for a stopped one are told so; then a new one serves.
            assert codes_of_many(api) <= {"UNAVAILABLE", "ACCEPTED"}
            assert codes_of_many(api) == {"ACCEPTED"}
            assert ends(server)


def test_with_a_locked_file(tmp_path: Path) -> None:
    with serving_api(tmp_path, DIPTYCH_COMMAND_WAIT="1") as (server, api):
        new_customer(api)
        with closing(sqlite3.connect(tmp_path / "diptych.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert codes_of_many(api) == {"UNAVAILABLE"}
            assert ends(server)
            assert other.execute("SELECT count(*) FROM events").fetchall() == [(1,)]
