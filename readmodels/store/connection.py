"""A connection to the documents' database, and where things stand in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.codec import encode_plain
from readmodels.store.driver import Driver, Raw
from readmodels.store.errors import Unreachable

CHECKPOINTS: Final = "checkpoints"
REBUILDS: Final = "rebuilds"


@contextmanager
def reaching() -> Iterator[None]:
    """Tells a server that does not answer, which may pass, from everything else."""
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout) as lost:
        raise Unreachable(f"MongoDB does not answer: {lost}") from lost
    except PyMongoError as error:
        # A server that stops or steps down says so in many codes, all with this label.
        if error.has_error_label("RetryableWriteError"):
            raise Unreachable(f"MongoDB does not answer: {error}") from error
        raise


class Connection:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver

    def collection(self, name: str) -> AsyncCollection[Raw]:
        return self.driver.database[name]

    async def read_checkpoints(
        self, session: AsyncClientSession | None = None, **query: Any
    ) -> list[Checkpoint]:
        cursor = self.collection(CHECKPOINTS).find(query, session=session)
        return [checkpoint_from(raw) async for raw in cursor]


def checkpoint_from(raw: Raw) -> Checkpoint:
    raw["view"] = raw.pop("_id")
    return msgspec.convert(raw, Checkpoint)


def checkpoint_to(checkpoint: Checkpoint) -> Raw:
    raw = encode_plain(checkpoint)
    raw["_id"] = raw.pop("view")
    return raw
