"""A request's body, as far as one is taken."""

from typing import Final

from starlette.types import Receive

LARGEST_BODY: Final = 1024 * 1024
# A client that is still sending hears no answer, so what is too much is read to its end, almost.
_LARGEST_DISCARDED: Final = 64 * 1024 * 1024


class TooLarge(Exception):
    """The body has more than LARGEST_BODY bytes."""


class Gone(Exception):
    """The client went away before its request was there."""


async def read_body(receive: Receive) -> bytes:
    """Raises TooLarge, Gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
        else:
            parts.clear()
        if size > _LARGEST_DISCARDED:
            raise TooLarge
        if not message.get("more_body", False):
            break
    if size > LARGEST_BODY:
        raise TooLarge
    return b"".join(parts)
