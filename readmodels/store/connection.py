"""A connection to the documents' database, and where things stand in it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import msgspec
from pymongo import ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from commands.supervision import Outage
from readmodels.store.checkpoint import Checkpoint
from readmodels.store.codec import encode_plain
from readmodels.store.driver import Driver, Raw
from readmodels.store.errors import Unreachable, WriteRefused
from readmodels.store.transactions import Step

# A server that stops, steps down or is short of memory says so in many codes, with these labels.
_PASSING: Final = (
    "RetryableWriteError",
    "TransientTransactionError",
    "UnknownTransactionCommitResult",
)

# Of a server that starts, stops or is cut off from the others; the driver itself tries once more.
_PASSING_CODES: Final = frozenset(
    {
        6,  # HostUnreachable
        7,  # HostNotFound
        89,  # NetworkTimeout
        134,  # ReadConcernMajorityNotAvailableYet
        262,  # ExceededTimeLimit
        9001,  # SocketException
        14031,  # OutOfDiskSpace
    }
)

# A connection to a server that was about to start or to stop, and said so when it was made. All
# other errors of configuration follow from our options or from the server's version.
_NO_SESSIONS: Final = "Sessions are not supported"

ANSWER_SECONDS = 8.0
"""After which nobody waits for what they read. The driver itself waits several times as long for a
server that has stopped answering while its connections stand."""

CHECKPOINTS: Final = "checkpoints"
REBUILDS: Final = "rebuilds"


@contextmanager
def reaching() -> Iterator[None]:
    """Tells what may pass from everything else, which is a fault of ours."""
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout, CursorNotFound, WTimeoutError) as lost:
        raise Unreachable(f"MongoDB does not answer: {_reason(lost)}") from lost
    except BulkWriteError as refused:
        # Its own text holds whole documents, which are nobody's business in a log.
        for error in refused.details["writeErrors"]:
            raise WriteRefused(f"MongoDB refused a document: {error['errmsg']}") from None
        (error, *_) = refused.details["writeConcernErrors"]
        raise Unreachable(f"MongoDB cannot do this now: {error['errmsg']}") from None
    except PyMongoError as error:
        if _passes(error):
            raise Unreachable(f"MongoDB cannot do this now: {error}") from error
        raise


def _passes(error: PyMongoError) -> bool:
    if isinstance(error, ConfigurationError):
        return _NO_SESSIONS in str(error)
    if isinstance(error, OperationFailure) and error.code in _PASSING_CODES:
        return True
    return any(error.has_error_label(label) for label in _PASSING)


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """As `reaching`, for what somebody waits for."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            with reaching():
                yield
    except TimeoutError:
        raise Unreachable(f"MongoDB has not answered for {ANSWER_SECONDS:g} seconds") from None


def _reason(lost: PyMongoError) -> str:
    """Without the driver's dump of all that it knows of the servers."""
    return str(lost).partition(", Timeout: ")[0].partition(" (configured timeouts")[0]


class Connection:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.name = secrets.token_hex(8)
        self.outage = Outage("read store")
        # Making one anew for every request costs as much as encoding a document.
        self._collections: dict[str, AsyncCollection[Raw]] = {}

    def collection(self, name: str) -> AsyncCollection[Raw]:
        if name not in self._collections:
            self._collections[name] = self.driver.database[name]
        return self._collections[name]

    async def server(self) -> object:
        """Which start of which server answers. Another one may have lost what was not journaled."""
        hello = await self.driver.database.command("hello")
        return hello.get("topologyVersion", {}).get("processId")

    def move(self, *moves: tuple[Checkpoint, Checkpoint]) -> Step:
        """Put checkpoints in the place of those that were known, where nobody came between.

        Replaces, never updates: a change stream then carries the records as they were. Who wrote
        them is told, so that it need not follow its own writes.
        """
        operations = [
            ReplaceOne[Raw](
                {"_id": before.view, "version": before.version},
                {**checkpoint_to(now), "written_by": self.name},
            )
            for before, now in moves
        ]
        return Step(CHECKPOINTS, operations, condition=True)

    async def read_checkpoints(
        self, session: AsyncClientSession | None = None, **query: Any
    ) -> list[Checkpoint]:
        cursor = self.collection(CHECKPOINTS).find(query, session=session)
        return [checkpoint_from(raw) async for raw in cursor]


def checkpoint_from(raw: Raw) -> Checkpoint:
    raw["view"] = raw.pop("_id")
    # The field `failure` of older versions held an exception's own words, which are not for all.
    raw["failure"] = raw.pop("stalled_by", None)
    # The first had no name yet.
    raw.setdefault("layout", 1)
    return msgspec.convert(raw, Checkpoint)


def checkpoint_to(checkpoint: Checkpoint) -> Raw:
    raw = encode_plain(checkpoint)
    raw["_id"] = raw.pop("view")
    raw["stalled_by"] = raw.pop("failure", None)
    return raw
