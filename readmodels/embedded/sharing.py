"""One mongod for all processes of a data folder: the first starts it, the last one out stops it."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from commands.supervision import Supervisor, supervised_by
from readmodels.embedded.binary import find_mongod
from readmodels.embedded.errors import MongodError
from readmodels.embedded.process import (
    POLL,
    Mongod,
    end_mongod,
    has_ended,
    running_mongod,
    start_mongod,
)
from readmodels.embedded.replica_set import end_sessions, make_primary, url_of

# A program that took the old port and keeps silent holds mongod up for 30 seconds.
_FIRST_ANSWER = 60.0
_ANSWER = 5.0
_PATIENCE = 2.0
_LOOK_EVERY = 0.5

log = logging.getLogger(__name__)


@asynccontextmanager
async def embedded_mongod(
    data: Path,
    *,
    binary: Path | None = None,
    cache_mb: int = 256,
    supervisor: Supervisor | None = None,
) -> AsyncIterator[str]:
    """The URL of the mongod of this data folder, running for as long as anybody uses it.

    Every user holds a shared lock, which the system takes from a killed one too; who leaves and
    finds nobody else stops the server, whoever started it. Where it ends by itself meanwhile, it
    is started again on the same data and port. Raises MongodError.
    """
    data = _writable(data)
    with _opened(data / "mongod.users") as users:
        try:
            async with _alone(data / "mongod.starting"):
                only_user = _is_only_user(users)
                fcntl.flock(users, fcntl.LOCK_SH)
                mongod = await _running_or_started(data, binary, cache_mb)
                if only_user:
                    await end_sessions(mongod.port)
            async with (
                supervised_by(supervisor) as tasks,
                tasks.running("mongod", partial(_keep_running, mongod, data, binary, cache_mb)),
            ):
                yield url_of(mongod.port)
        finally:
            async with _alone(data / "mongod.starting"):
                await _leave(data, users)


def _writable(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True)
        # Told now, in our words: mongod and the locks would fail on it one by one.
        with tempfile.TemporaryFile(dir=data):
            return data.resolve()
    except OSError as error:
        raise MongodError(
            f"DIPTYCH_DATA is '{data}', which is no folder to write to: {error.strerror}."
        ) from error


async def _running_or_started(data: Path, binary: Path | None, cache_mb: int) -> Mongod:
    running = running_mongod(data)
    if running is not None:
        try:
            await make_primary(running.port, within=_ANSWER)
        except MongodError:
            await end_mongod(running.process, patience=_PATIENCE)
        else:
            return running
    started = await _started(await asyncio.to_thread(find_mongod, binary), data, cache_mb)
    await make_primary(started.port, within=_FIRST_ANSWER)
    return started


async def _keep_running(mongod: Mongod, data: Path, binary: Path | None, cache_mb: int) -> None:
    failed_with = ""
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        if not has_ended(mongod.process):
            continue
        if not failed_with:
            log.warning("mongod (process %d) ended; it is started again", mongod.process.pid)
        try:
            async with _alone(data / "mongod.starting"):
                mongod = await _running_or_started(data, binary, cache_mb)
            failed_with = ""
        except MongodError as error:
            if str(error) != failed_with:
                failed_with = str(error)
                log.error("%s", error)


async def _started(binary: Path, data: Path, cache_mb: int) -> Mongod:
    """A new one, also when its port was taken in the meantime or a killed starter's comes up."""
    try:
        return await start_mongod(binary, data, cache_mb)
    except MongodError:
        return running_mongod(data) or await start_mongod(binary, data, cache_mb)


async def _leave(data: Path, users: int) -> None:
    if not _is_only_user(users):
        return
    running = running_mongod(data)
    if running is not None:
        await end_mongod(running.process)


def _is_only_user(users: int) -> bool:
    """Whether no other process uses the server; the lock is then held alone."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield file
    finally:
        os.close(file)


@asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[None]:
    """Nobody else starts or stops the server meanwhile."""
    with _opened(path) as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(POLL)
        yield
