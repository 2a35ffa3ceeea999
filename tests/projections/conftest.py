from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from readmodels.store import DriverName, Store


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> DriverName:
    name: DriverName = request.param
    return name


@pytest.fixture
async def store(mongo_url: str, driver: DriverName) -> AsyncIterator[Store]:
    """A store over an empty database."""
    async with await Store.open(mongo_url, f"test_{uuid4().hex}", driver) as store:
        yield store
