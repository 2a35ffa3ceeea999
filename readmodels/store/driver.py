"""What the store needs of a MongoDB driver beyond what the two of them have in common.

Both speak of databases, collections and cursors in the same words, so one's types stand for both;
their clients, sessions and change streams are begun in different ways.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any, Literal, Protocol

from bson import Timestamp
from bson.codec_options import CodecOptions, TypeRegistry
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from readmodels.store.codec import DecimalCodec
from readmodels.store.errors import Unusable

Raw = dict[str, Any]
DriverName = Literal["motor", "pymongo"]

CODEC: CodecOptions[Raw] = CodecOptions(
    tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry([DecimalCodec()])
)
# Without the journal, a change stream would see a write only at the journal's next tick, 100 ms.
JOURNALED = WriteConcern(w="majority", j=True)
# Of what nobody reads yet: a journaled write that follows carries these along.
UNJOURNALED = WriteConcern(w=1, j=False)
# A server that is gone is reported after this long; while it restarts, callers wait.
CLIENT_OPTIONS: Raw = {"serverSelectionTimeoutMS": 5_000, "connectTimeoutMS": 5_000}


class Driver(Protocol):
    """A connection to one database."""

    @property
    def database(self) -> AsyncDatabase[Raw]: ...

    async def session(self, *, snapshot: bool = False) -> AsyncClientSession: ...

    async def begin(self, session: AsyncClientSession) -> None:
        """Start a transaction whose commit is journaled."""
        ...

    async def watch(
        self, collection: AsyncCollection[Raw], since: Timestamp
    ) -> AsyncChangeStream[Raw]:
        """The changes of a collection from a moment on, each with the document as it then was."""
        ...

    async def close(self) -> None: ...


def connect(url: str, database: str, driver: DriverName) -> Driver:
    """Only the chosen driver is loaded. Raises Unusable for a URL that cannot be read."""
    try:
        return _client(driver)(url, database)
    except (ValueError, PyMongoError):
        # The driver's own words may repeat a password that stands where it took it for a port.
        raise Unusable("it must be mongodb://host:port/database, with % escapes in names") from None


def _client(driver: DriverName) -> Callable[[str, str], Driver]:
    if driver == "pymongo":
        from readmodels.store.driver_pymongo import PyMongoDriver

        return PyMongoDriver
    from readmodels.store.driver_motor import MotorDriver

    return MotorDriver


async def require_replica_set(driver: Driver) -> None:
    """Transactions and change streams need one. Raises Unusable."""
    hello = await driver.database.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise Unusable("its server is no replica set: start it with --replSet and initiate it")


@contextmanager
def first_use() -> Iterator[None]:
    """Raises Unusable where the server cannot be found by its name or does not let us in."""
    try:
        yield
    except ConfigurationError as error:
        raise Unusable(str(error).rstrip(".")) from None
    except OperationFailure as error:
        raise Unusable(f"the server refuses us: {_words(error)}") from None


def _words(error: OperationFailure) -> str:
    return str((error.details or {}).get("errmsg", error.code)).rstrip(".")
