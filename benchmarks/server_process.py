"""`diptych serve` as a process of its own."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.servers import mongo_database

_ROOT = Path(__file__).parents[1]
_READY = re.compile(rb"ready: playground at (http://\S+)/graphql")


@asynccontextmanager
async def serving(data: Path, mongo_url: str) -> AsyncIterator[str]:
    """Its URL, on a free port, over an empty data folder with SQLite in it and an empty database
    of MongoDB's."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schema", "serve"),
        cwd=_ROOT,
        env=ours
        | {
            "DIPTYCH_DATA": str(data),
            "DIPTYCH_MONGO_URL": urlsplit(mongo_url)._replace(path=f"/{mongo_database()}").geturl(),
            "DIPTYCH_PORT": "0",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = _READY.search(await process.stdout.readline())
        if said is None:
            raise RuntimeError("The server did not start.")
        yield said[1].decode()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
