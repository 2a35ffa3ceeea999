from collections.abc import AsyncIterator

import pytest

from readmodels.store import DriverName, Store
from tests.stores import opened_store


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> DriverName:
    name: DriverName = request.param
    return name


@pytest.fixture
async def store(mongo_url: str, driver: DriverName) -> AsyncIterator[Store]:
    """A store over an empty database."""
    async with opened_store(mongo_url, driver) as store:
        yield store
