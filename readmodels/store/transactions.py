"""MongoDB transactions, one after another on the same session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError

from readmodels.store.driver import Driver

_COMMIT_ATTEMPTS: Final = 5


class Transactions:
    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._session: AsyncClientSession | None = None

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[AsyncClientSession]:
        """Committed, journaled, at the end of the context; of one that failed nothing stays."""
        # One session serves transaction after transaction; it is given up with one that failed.
        session, self._session = self._session, None
        session = session or await self._driver.session()
        await self._driver.begin(session)
        try:
            yield session
            await _commit(session)
        except BaseException:
            await session.end_session()
            raise
        self._session = session


async def _commit(session: AsyncClientSession) -> None:
    """Committing again is safe: MongoDB knows whether it has committed this transaction."""
    for attempt in range(1, _COMMIT_ATTEMPTS + 1):
        try:
            await session.commit_transaction()
            return
        except PyMongoError as error:
            unknown = error.has_error_label("UnknownTransactionCommitResult")
            if not unknown or attempt == _COMMIT_ATTEMPTS:
                raise
