"""The databases that are measured."""

from pathlib import Path

import pytest

from benchmarks.servers import Servers


@pytest.fixture
def servers(tmp_path: Path, postgres_url: str, mongo_url: str) -> Servers:
    return Servers(tmp_path, postgres_url, mongo_url)
