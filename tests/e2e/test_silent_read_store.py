"""A MongoDB that stops answering while its connections stand: the server ends in time when it is
told to, and by itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from readmodels.embedded import embedded_mongod
from readmodels.embedded.process import running_mongod
from tests.e2e.server import serving_api
from tests.e2e.shop import new_order


@pytest.fixture
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, psutil.Process]]:
    """The URL of a MongoDB of this test's own, and its process."""
    data = tmp_path_factory.mktemp("mongod")
    with asyncio.Runner() as runner:
        context = embedded_mongod(data)
        url = runner.run(context.__aenter__())
        running = running_mongod(data)
        assert running is not None
        try:
            yield url, running.process
        finally:
            running.process.resume()
            runner.run(context.__aexit__(None, None, None))


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
def test_a_server_ends_though_mongodb_is_silent(
    tmp_path: Path, mongod: tuple[str, psutil.Process], driver: str
) -> None:
    url, process = mongod
    settings = {"DIPTYCH_MONGO_URL": url, "DIPTYCH_MONGO_DRIVER": driver}
    with serving_api(tmp_path, **settings) as (server, api), api.socket() as socket:
        order = new_order(api)
        follow = "subscription Follow($id: ID!) { orderChanged(id: $id) { status } }"
        id = socket.subscribe(follow, id=order.id)
        assert socket.next(id)["orderChanged"] == {"status": "PENDING"}
        process.suspend()
        # What is recorded now the views cannot show any more, and try to.
        api.accepted("confirmOrder", orderId=order.id)
        # It waits for 30 seconds; the server ends itself by force after 29, with another code.
        assert server.ends_after(signal.SIGTERM) == 0
