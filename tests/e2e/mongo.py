"""A look past the program into the documents' database of a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from readmodels.embedded.process import running_mongod


@contextmanager
def documents(data: Path) -> Iterator[Database[dict[str, Any]]]:
    mongod = running_mongod(data)
    assert mongod is not None
    url = f"mongodb://127.0.0.1:{mongod.port}/?directConnection=true"
    with MongoClient[dict[str, Any]](url) as client:
        yield client["diptych"]
