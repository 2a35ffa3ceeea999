"""`diptych sdl`: the API's schema on standard output."""

from schema.api import sdl
from schema.settings import Settings


async def print_sdl(_: Settings) -> int:
    print(sdl(), end="")
    return 0
