"""One server for all tests that leave it as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server import Api, Log, serving_api


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="session")
def api(data: Path) -> Iterator[Api]:
    with serving_api(data, DIPTYCH_READ_WAIT="2") as (_, client):
        yield client


@pytest.fixture
def log(api: Api, data: Path) -> Log:
    return Log(data)
