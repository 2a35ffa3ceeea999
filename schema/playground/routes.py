"""The playground's files over HTTP."""

from pathlib import Path

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from schema.playground.assets import MOUNTED_AT, STATIC

_OWN = Path(__file__).with_name("own")


def playground_routes() -> list[Mount]:
    """Our own files, and those that set-up fetched; the page is the GraphQL endpoint's answer to a
    browser."""
    fetched = StaticFiles(directory=STATIC, check_dir=False)
    # Not even at the first file: set-up may make the folder while the server runs.
    fetched.config_checked = True
    return [
        Mount(f"{MOUNTED_AT}/own", StaticFiles(directory=_OWN)),
        Mount(MOUNTED_AT, fetched),
    ]
