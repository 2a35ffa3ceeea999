"""What the figures were measured on."""

import os
import platform
import sqlite3
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter

import asyncpg
import psutil

from benchmarks.servers import Servers, asyncpg_url, mongo_version

_PACKAGES = ("strawberry-graphql", "starlette", "uvicorn", "sqlalchemy", "motor", "pymongo")


async def machine(servers: Servers) -> Mapping[str, str]:
    """In the order in which to show it."""
    return {
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "fsync": f"{_fsync() * 1000:.2f} ms (median, 4 KiB appended)",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "SQLite": f"{sqlite3.sqlite_version}, WAL, synchronous=FULL",
        "PostgreSQL": await _postgres(servers.postgres_url),
        "MongoDB": await mongo_version(servers.mongo_url),
        "packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    }


def _processor() -> str:
    """Its name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _fsync() -> float:
    """Seconds until 4 KiB more are on disk."""
    taken = []
    with tempfile.TemporaryFile() as file:
        for _ in range(100):
            started = perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(perf_counter() - started)
    return median(taken)


async def _postgres(url: str) -> str:
    connection = await asyncpg.connect(asyncpg_url(url))
    try:
        shown = [
            await connection.fetchval(f"SHOW {name}")
            for name in ("server_version", "fsync", "synchronous_commit")
        ]
    finally:
        await connection.close()
    return "{}, fsync={}, synchronous_commit={}".format(*shown)
