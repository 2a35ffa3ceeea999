"""The same program over servers of its user's own, with either driver, and over a MongoDB that
goes away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pymongo import MongoClient

from readmodels.embedded.process import running_mongod
from tests.e2e.server import PATIENCE, Api, serving_api
from tests.e2e.shop import lines, new_customer, new_order, new_product
from tests.schema.running import diptych, environment


@pytest.fixture
def own_mongo(mongo_url: str) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"own_{uuid4().hex}"
    server, _, options = mongo_url.partition("/?")
    yield f"{server}/{name}?{options}"
    with MongoClient[dict[str, object]](mongo_url) as client:
        assert "order.1" in client[name].list_collection_names()
        client.drop_database(name)


@pytest.fixture
def own_postgres(postgres_url: str) -> str:
    """The URL of an empty database."""
    name = f"own_{uuid4().hex}"

    async def create() -> None:
        connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    server, _, options = postgres_url.partition("?")
    return f"{server.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")


def _order_goes_its_way(api: Api) -> None:
    customer, product = new_customer(api), new_product(api, initialStock=3)
    order = new_order(api, customerId=customer.id, items=lines((product, 2)))
    with api.socket() as socket:
        id = socket.subscribe(
            "subscription Follow($id: ID!) { orderChanged(id: $id) { status } }", id=order.id
        )
        assert socket.next(id)["orderChanged"] == {"status": "PENDING"}
        shown = api.run("confirmOrder", "order { status version }", orderId=order.id)
        assert shown["order"] == {"status": "CONFIRMED", "version": 2}
        assert socket.next(id)["orderChanged"] == {"status": "CONFIRMED"}
    cancelled = api.accepted("cancelOrder", orderId=order.id, reason="No")
    stock = api.data(
        "query Read($id: ID!, $p: Position) {"
        " product(id: $id, minPosition: $p) { available reserved unitsSold } }",
        id=product.id,
        p=cancelled.position,
    )
    assert stock["product"] == {"available": 3, "reserved": 0, "unitsSold": "0"}


def test_it_works_over_a_postgresql_and_a_mongodb_of_its_users(
    tmp_path: Path, own_postgres: str, own_mongo: str
) -> None:
    settings = {"DIPTYCH_DATABASE_URL": own_postgres, "DIPTYCH_MONGO_URL": own_mongo}
    env = environment(DIPTYCH_DATA=str(tmp_path), **settings)
    with serving_api(tmp_path, **settings) as (_, api):
        _order_goes_its_way(api)
        beside = diptych("verify", env=env)
        assert (beside.returncode, beside.stderr) == (0, "")
        assert "log: 8 facts in 4 streams" in beside.stdout
        with serving_api(tmp_path, **settings) as (_, other):
            _order_goes_its_way(other)
        assert diptych("rebuild", "product", env=env).returncode == 0
    alone = diptych("verify", env=env)
    assert (alone.returncode, alone.stderr) == (0, "")
    # Nothing of it is kept in the data folder, and no MongoDB of ours was started.
    assert running_mongod(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_it_works_with_pymongos_own_driver(tmp_path: Path) -> None:
    settings = {"DIPTYCH_MONGO_DRIVER": "pymongo"}
    with serving_api(tmp_path, **settings) as (_, api):
        _order_goes_its_way(api)
    ran = diptych("verify", env=environment(DIPTYCH_DATA=str(tmp_path), **settings))
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_mongod_that_is_killed_under_a_server_comes_back_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    with serving_api(tmp_path, DIPTYCH_READ_WAIT="30") as (_, api):
        product = new_product(api, initialStock=10)
        order = new_order(api, items=lines((product, 1)))
        with api.socket() as socket:
            id = socket.subscribe(
                "subscription Follow($id: ID!) { orderChanged(id: $id) { status } }", id=order.id
            )
            assert socket.next(id)["orderChanged"] == {"status": "PENDING"}
            mongod = running_mongod(tmp_path)
            assert mongod is not None
            mongod.process.send_signal(signal.SIGKILL)
            mongod.process.wait(PATIENCE)
            # Commands need no MongoDB; their documents follow when it is there again.
            confirmed = api.accepted("confirmOrder", orderId=order.id)
            assert socket.next(id)["orderChanged"] == {"status": "CONFIRMED"}
        shown = api.data(
            "query Read($id: ID!, $p: Position) { order(id: $id, minPosition: $p) { status } }",
            id=order.id,
            p=confirmed.position,
        )
        assert shown == {"order": {"status": "CONFIRMED"}}
        another = running_mongod(tmp_path)
        assert another is not None
        assert another.process.pid != mongod.process.pid
        ran = diptych("verify", env=environment(DIPTYCH_DATA=str(tmp_path)))
        assert (ran.returncode, ran.stderr) == (0, "")
    assert running_mongod(tmp_path) is None
