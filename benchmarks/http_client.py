"""A GraphQL client over one HTTP connection, spare enough not to be what is measured."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class HttpClient:
    """Asks one thing at a time."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        self._reader, self._writer = reader, writer
        self._head = (
            f"POST /graphql HTTP/1.1\r\nHost: {host}\r\n"
            "Content-Type: application/json\r\nAccept: application/json\r\n"
        )

    async def ask(self, query: str, variables: Mapping[str, Any]) -> Any:
        """The answer's data."""
        body = msgspec.json.encode({"query": query, "variables": variables})
        self._writer.write(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            raise RuntimeError(f"An answer without a length: {head!r}")
        answer = msgspec.json.decode(await self._reader.readexactly(int(length[1])))
        if "errors" in answer:
            raise RuntimeError(f"The load was refused: {answer['errors']}")
        return answer["data"]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[HttpClient]:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield HttpClient(reader, writer, address.netloc)
    finally:
        writer.close()
        await writer.wait_closed()
