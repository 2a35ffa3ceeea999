"""One server for all tests of the edge; each makes products, customers and orders of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schema.settings import Settings
from tests.schema.edge import Edge, serving


@pytest.fixture(scope="session")
def edge(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    data = tmp_path_factory.mktemp("edge")
    with serving(
        Settings(data=data, mongo_url=mongo_url.replace("/?", "/edge?"), read_wait=2.0)
    ) as edge:
        yield edge
