"""A server of the application as a process of its own."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

_ROOT = Path(__file__).parents[1]
_READY = re.compile(rb"ready: playground at (http://\S+)/graphql")


@asynccontextmanager
async def serving(
    data: Path, mongo_url: str, documents: str, program: Sequence[str] = ("schema", "serve")
) -> AsyncIterator[str]:
    """Its URL, on a free port, over a data folder with SQLite in it and a database of MongoDB's,
    both made where they are not there; by default it is `diptych serve`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *program),
        cwd=_ROOT,
        env=ours
        | {
            "DIPTYCH_DATA": str(data),
            "DIPTYCH_MONGO_URL": urlsplit(mongo_url)._replace(path=f"/{documents}").geturl(),
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
