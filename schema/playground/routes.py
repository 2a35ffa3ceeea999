"""The playground's own files over HTTP."""

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from schema.playground.assets import MOUNTED_AT, STATIC


def playground_routes() -> list[Mount]:
    """The files that set-up fetched; the page is the GraphQL endpoint's answer to a browser."""
    return [Mount(MOUNTED_AT, StaticFiles(directory=STATIC, check_dir=False))]
