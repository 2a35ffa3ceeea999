"""The mongod process of a data folder: found by its lock file, started, asked and ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from readmodels.embedded.errors import MongodError

POLL = 0.02
_START_TIMEOUT = 60.0
_OPLOG_MB = 256
# For how long a killed process's open transaction can hold up the others; a batch takes far less.
_TRANSACTION_SECONDS = 5
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Mongod:
    """A mongod that runs on one data folder of ours, listening on a loopback port."""

    process: psutil.Process
    port: int


def running_mongod(data: Path) -> Mongod | None:
    """The mongod that runs on this data folder, whoever started it.

    The lock file may be older than the process that has its pid now, so only a process whose
    command line shows our folder counts.
    """
    try:
        process = psutil.Process(int((_dbpath(data) / "mongod.lock").read_text()))
        command = process.cmdline()
    except (OSError, ValueError, psutil.Error):
        return None
    if not command or not os.path.basename(command[0]).startswith("mongod"):
        return None
    if _option(command, "--dbpath") != str(_dbpath(data)):
        return None
    port = _option(command, "--port")
    return Mongod(process, int(port)) if port and port.isdigit() else None


async def start_mongod(binary: Path, data: Path, cache_mb: int) -> Mongod:
    """Start one on the port of last time where that is free; it answers when this returns.

    Raises MongodError with mongod's own reason when it ends instead.
    """
    _dbpath(data).mkdir(parents=True, exist_ok=True)
    port = _port_of_last_time(data) or _free_port()
    log = data / "mongod.log"
    if log.exists():
        log.replace(data / "mongod.log.1")
    process = psutil.Process(_spawn(binary, data, port, cache_mb))
    try:
        if not await _until(
            lambda: _listens(port) or has_ended(process), within=_START_TIMEOUT
        ) or has_ended(process):
            raise MongodError(f"mongod did not start: {_reason(data)}; its log is {log}.")
    except BaseException:
        await end_mongod(process)
        raise
    (data / "mongod.port").write_text(str(port))
    return Mongod(process, port)


async def end_mongod(process: psutil.Process, *, patience: float = 10.0) -> None:
    """Ask it to shut down cleanly, and kill it when it has not after `patience` seconds."""
    for signum, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        try:
            process.send_signal(signum)
        except psutil.NoSuchProcess:
            return
        if await _until(lambda: has_ended(process), within=seconds):
            return


def has_ended(process: psutil.Process) -> bool:
    """Whether it ended; a child of ours is reaped, another's zombie counts as ended."""
    try:
        return os.waitpid(process.pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        pass
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _spawn(binary: Path, data: Path, port: int, cache_mb: int) -> int:
    command = [
        str(binary),
        *("--dbpath", str(_dbpath(data))),
        *("--bind_ip", _HOST, "--port", str(port), "--nounixsocket"),
        *("--replSet", "diptych", "--oplogSize", str(_OPLOG_MB)),
        *("--wiredTigerCacheSizeGB", str(cache_mb / 1024)),
        *("--logpath", str(data / "mongod.log"), "--quiet"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        *("--setParameter", f"transactionLifetimeLimitSeconds={_TRANSACTION_SECONDS}"),
    ]
    # Not subprocess: the server may outlive us, when another process still uses it.
    return os.posix_spawn(
        binary,
        command,
        os.environ,
        setsid=True,
        setsigmask=(),
        setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGPIPE),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (
                os.POSIX_SPAWN_OPEN,
                1,
                str(data / "mongod.out"),
                os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                0o644,
            ),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )


def _reason(data: Path) -> str:
    """The first line in which mongod complains, from its log or from what it printed."""
    for name in ("mongod.log", "mongod.out"):
        file = data / name
        lines = file.read_text(errors="replace").splitlines() if file.exists() else []
        for line in lines:
            complaint = _complaint(line)
            if complaint:
                return complaint
    return "it gave no reason"


def _complaint(line: str) -> str | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return line.strip()
    if entry.get("s") not in ("E", "F"):
        return None
    error = entry.get("attr", {}).get("error", "")
    text = error.get("errmsg", "") if isinstance(error, dict) else str(error)
    return f"{entry['msg']}: {text}" if text else str(entry["msg"])


def _dbpath(data: Path) -> Path:
    return data / "mongo"


def _option(command: list[str], name: str) -> str | None:
    following = command[command.index(name) + 1 :] if name in command else []
    return following[0] if following else None


def _port_of_last_time(data: Path) -> int | None:
    """Kept where it can be: the replica set's configuration names it."""
    try:
        port = int((data / "mongod.port").read_text())
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((_HOST, port))
    except (OSError, ValueError, OverflowError):
        return None
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((_HOST, port)) == 0


async def _until(condition: Callable[[], bool], *, within: float) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL)
    return True
