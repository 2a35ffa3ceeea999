"""python -m benchmarks.queries.server: the application behind HTTP, over documents as they are.

Projecting would disturb what is measured: the views that are not asked for are not filled here.
"""

import asyncio
import socket

from schema.app import running
from schema.serving.server import BoundedServer
from schema.settings import Settings


async def serve(settings: Settings) -> None:
    """Until a signal; with what `diptych serve` has."""
    async with running(settings, projecting=False) as diptych:
        with socket.create_server((settings.host, 0)) as listener:
            port = listener.getsockname()[1]
            print(f"ready: playground at http://{settings.host}:{port}/graphql", flush=True)
            server = BoundedServer(diptych.asgi, settings.bounds, grace=0)
            await server.serve(sockets=[listener])


def main() -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(Settings.from_env()))
    else:
        uvloop.run(serve(Settings.from_env()))


if __name__ == "__main__":
    main()
