"""What the store needs of a MongoDB driver beyond what the two of them have in common.

Both speak of databases, collections and cursors in the same words, so one's types stand for both;
their clients, sessions and change streams are begun in different ways.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, Literal, Protocol

from bson import Timestamp
from bson.codec_options import CodecOptions, DatetimeConversion, TypeRegistry
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.write_concern import WriteConcern

from readmodels.store.codec import DecimalCodec
from readmodels.store.transactions import Step

Raw = dict[str, Any]
DriverName = Literal["motor", "pymongo"]

CODEC: CodecOptions[Raw] = CodecOptions(
    tz_aware=True,
    tzinfo=UTC,
    # A date that Python has not would otherwise keep all that is read with it from being read.
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    type_registry=TypeRegistry([DecimalCodec()]),
)
# Without the journal, a change stream would see a write only at the journal's next tick, 100 ms.
JOURNALED = WriteConcern(w="majority", j=True)
# Of what nobody reads yet: a journaled write that follows carries these along.
UNJOURNALED = WriteConcern(w=1, j=False)
CLIENT_OPTIONS: Raw = {
    # A server that is gone is reported after this long; while it restarts, callers wait.
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    # Of one that has fallen silent, what is under way fails when it has not answered the monitor
    # for this long and the time above. Nothing else ends it, not even the program's end.
    "heartbeatFrequencyMS": 2_000,
}
CLOSE_SECONDS = 1.0
"""That a driver has to take its leave of the server, which may not answer."""


class Driver(Protocol):
    """A connection to one database."""

    @property
    def database(self) -> AsyncDatabase[Raw]: ...

    async def session(self, *, snapshot: bool = False) -> AsyncClientSession: ...

    async def transact(self, steps: Sequence[Step]) -> None:
        """Write all of it, journaled, or nothing. Raises ConditionFailed."""
        ...

    async def watch(
        self, collection: AsyncCollection[Raw], wanted: Raw, since: Timestamp
    ) -> AsyncChangeStream[Raw]:
        """The wanted ones of a collection's changes from a moment on."""
        ...

    async def close(self) -> None: ...
