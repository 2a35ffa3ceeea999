"""Reaching MongoDB for the first time, by the driver that was chosen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from readmodels.store.driver import Driver, DriverName
from readmodels.store.errors import Unusable


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
