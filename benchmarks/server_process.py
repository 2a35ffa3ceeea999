"""`diptych serve` as a process of its own."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_READY = re.compile(rb"ready: playground at (http://\S+)/graphql")


@asynccontextmanager
async def serving(data: Path) -> AsyncIterator[str]:
    """Its URL, over an empty data folder and on a free port."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schema", "serve"),
        cwd=_ROOT,
        env=ours | {"DIPTYCH_DATA": str(data), "DIPTYCH_PORT": "0"},
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
