"""What one connection may send and how long it may take: raw clients of the real protocols."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.serving import turns
from schema.serving.bounds import Bounds
from schema.serving.server import BoundedServer
from tests.schema.edge import until

LARGE = 16 * 1024 * 1024
KIB = 1024
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n"
)


class Application:
    """Answers how many bytes it was sent, or with many; `gone` counts who went before."""

    def __init__(self) -> None:
        self.served = 0
        self.gone = 0
        self.released = asyncio.Event()
        self.released.set()
        self.sockets_ended = asyncio.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(WebSocket(scope, receive, send))
            return
        response: Response
        if scope["path"] == "/early":
            response = PlainTextResponse("early", 413)
        elif scope["path"] == "/large":
            response = Response(b"x" * LARGE)
        else:
            try:
                body = await Request(scope, receive).body()
            except ClientDisconnect:
                self.gone += 1
                return
            await self.released.wait()
            response = PlainTextResponse(f"{scope['path']} {len(body)}")
        self.served += 1
        await response(scope, receive, send)

    async def _socket(self, client: WebSocket) -> None:
        try:
            if client.url.path == "/refused":
                await PlainTextResponse("no", 403)(client.scope, client.receive, client.send)
                return
            await client.accept()
            while client.url.path == "/talking":
                await client.send_bytes(b"x" * 256 * KIB)
            while True:
                text = await client.receive_text()
                await client.send_text(str(len(text)))
        except WebSocketDisconnect:
            pass
        finally:
            self.sockets_ended.release()


class Client:
    """A connection of which the test says each byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the next answer."""
        head = await self._within(self.reader.readuntil(b"\r\n\r\n"))
        lines = head.decode().lower().split("\r\n")
        length = next(line.split(":")[1] for line in lines if line.startswith("content-length:"))
        return int(lines[0].split()[1]), await self._within(self.reader.readexactly(int(length)))

    async def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        first, length = await self._within(self.reader.readexactly(2))
        if length == 126:
            length = int.from_bytes(await self._within(self.reader.readexactly(2)))
        elif length == 127:
            length = int.from_bytes(await self._within(self.reader.readexactly(8)))
        return first & 15, await self._within(self.reader.readexactly(length))

    async def ended(self) -> bytes:
        """What still comes until the server ends the connection, in whatever way."""
        came = b""
        with contextlib.suppress(ConnectionError):
            while part := await self._within(self.reader.read(LARGE)):
                came += part
        return came

    async def _within(self, work: Any) -> Any:
        return await asyncio.wait_for(work, 30)


class Bounded:
    """A running server."""

    def __init__(self, server: BoundedServer, app: Application) -> None:
        self.server, self.app = server, app
        self.address = server.servers[0].sockets[0].getsockname()[:2]

    @asynccontextmanager
    async def client(self, receive_buffer: int | None = None) -> AsyncIterator[Client]:
        connection = socket.socket()
        connection.setblocking(False)
        if receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        await asyncio.get_running_loop().sock_connect(connection, self.address)
        reader, writer = await asyncio.open_connection(sock=connection, limit=64 * KIB)
        try:
            yield Client(reader, writer)
        finally:
            writer.transport.abort()

    @asynccontextmanager
    async def socket(self, path: bytes = b"/", buffer: int | None = None) -> AsyncIterator[Client]:
        async with self.client(buffer) as client:
            client.send(HANDSHAKE % (path, b""))
            head = await client.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 ")
            yield client

    @property
    def connections(self) -> int:
        return len(self.server.server_state.connections)

    async def until_connections(self, count: int) -> None:
        await until(lambda: self.connections == count)


@asynccontextmanager
async def serving(**bounds: Any) -> AsyncIterator[Bounded]:
    app = Application()
    server = BoundedServer(app, Bounds(**bounds), grace=10)
    running = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield Bounded(server, app)
    finally:
        server.should_exit = True
        await asyncio.wait_for(running, 30)


def frame(payload: bytes, opcode: int = 1, final: bool = True) -> bytes:
    """As a client sends it, masked with nothing."""
    size = len(payload)
    length = struct.pack("!B", size | 128) if size < 126 else struct.pack("!BH", 254, size)
    return bytes([opcode | 128 * final]) + length + bytes(4) + payload


def head_of(size: int) -> bytes:
    """A request whose line and headers have so many bytes as they are counted."""
    rest = len("/") + len("Host: a\r\n") + len("X: \r\n")
    return b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (size - rest) + b"\r\n\r\n"


@pytest.fixture(autouse=True)
def no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> Any:
    """Nothing that a client does is an error of the server's, nor one that nobody handles."""
    yield
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_head_of_the_largest_size_is_served_and_one_of_more_is_not() -> None:
    async with serving() as server, server.client() as client:
        client.send(head_of(64 * KIB))
        assert await client.answer() == (200, b"/ 0")
        client.send(head_of(64 * KIB + 1))
        assert await client.answer() == (
            431,
            b"A request's first line and headers have at most 65,536 bytes.",
        )
        assert await client.ended() == b""


@pytest.mark.parametrize(
    ("before", "repeated", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"x" * 100, 431),
        (b"GET / HTTP/1.1\r\n", b"x" * 100, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: 1\r\n" * 20, 431),
        (b"GET /", b"x" * 100, 414),
        (b"", b"\r\n" * 50, 431),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"x" * 100, 431),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", b"x" * 100, 431),
        (HANDSHAKE[:-4] % b"/" + b"X: ", b"x" * 100, 431),
    ],
    ids=["value", "name", "many", "url", "empty lines", "trailer", "chunk extension", "websocket"],
)
async def test_a_head_without_end_is_refused_and_the_answer_arrives(
    before: bytes, repeated: bytes, status: int
) -> None:
    async with serving(header_bytes=8 * KIB) as server, server.client() as client:
        client.send(before + repeated * 10_000)
        assert (await client.answer())[0] == status
        assert server.app.served == 0


async def test_what_is_parsed_ahead_does_not_count_for_the_head_behind_it() -> None:
    body = b"POST /%d HTTP/1.1\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000
    async with serving(header_bytes=KIB) as server, server.client() as client:
        client.send(body % 1 + body % 2 + GET[:-2])
        assert await client.answer() == (200, b"/1 50000")
        assert await client.answer() == (200, b"/2 50000")
        client.send(b"\r\n")
        assert await client.answer() == (200, b"/ 0")


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n123",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        HANDSHAKE[:-4] % b"/",
        GET + b"GET / HT",
    ],
    ids=["line", "head", "body", "chunks", "websocket", "second request"],
)
async def test_a_request_that_does_not_end_is_told_that_it_is_late(begun: bytes) -> None:
    async with serving(request_time=0.3) as server, server.client() as client:
        client.send(begun)
        if begun.startswith(GET):
            assert await client.answer() == (200, b"/ 0")
        assert await client.answer() == (
            408,
            b"The request did not arrive as a whole within 0.3 seconds.",
        )
        assert await client.ended() == b""
        assert server.app.gone == begun.startswith(b"POST")


@pytest.mark.parametrize("trickled", [b"X: 1\r\n", b"\r\n", b"x"], ids=["head", "lines", "body"])
async def test_a_request_that_trickles_has_no_more_time(trickled: bytes) -> None:
    begun = {
        b"x": b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n",
        b"\r\n": b"",
    }.get(trickled, b"GET / HTTP/1.1\r\n")
    async with serving(request_time=0.3, keep_alive=0.3) as server, server.client() as client:
        client.send(GET + begun)
        assert await client.answer() == (200, b"/ 0")

        async def trickle() -> None:
            while True:
                client.send(trickled)
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        await client.ended()
        trickling.cancel()


async def test_who_sends_on_after_an_early_answer_is_not_kept() -> None:
    async with serving(request_time=0.3) as server, server.client() as client:
        client.send(b"POST /early HTTP/1.1\r\nContent-Length: 1000000\r\n\r\nx")
        assert await client.answer() == (413, b"early")
        client.send(b"x")
        assert await client.ended() == b""


async def test_connections_that_say_nothing_are_closed() -> None:
    async with serving(request_time=0.3) as server, contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(server.client()) for _ in range(50)]
        for client in clients:
            assert await client.ended() == b""
        await server.until_connections(0)


async def test_a_connection_is_kept_between_requests_for_its_time() -> None:
    async with serving(keep_alive=0.5, request_time=30) as server, server.client() as client:
        for _ in range(2):
            client.send(GET)
            assert await client.answer() == (200, b"/ 0")
        assert await client.ended() == b""


async def test_a_request_that_came_before_the_closing_was_seen_to_is_answered() -> None:
    async with serving(keep_alive=0.2) as server:
        connection = socket.create_connection(server.address)
        with connection:
            loop = asyncio.get_running_loop()
            connection.setblocking(False)
            await loop.sock_sendall(connection, GET)
            assert (await loop.sock_recv(connection, KIB)).endswith(b"/ 0")
            connection.send(GET)
            # The loop stands still until after the closing time, as on a machine that is busy.
            time.sleep(0.4)  # noqa: ASYNC251
            assert (await loop.sock_recv(connection, KIB)).endswith(b"/ 0")


async def test_requests_that_were_sent_ahead_are_answered_in_order() -> None:
    async with serving() as server, server.client() as client:
        server.app.released.clear()
        for number in range(1_000):
            client.send(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
        post = b"POST /last HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000
        client.send(post)
        await server.until_connections(1)
        (connection,) = server.server.server_state.connections
        await until(lambda: bool(connection._unparsed))  # type: ignore[union-attr]
        # As many as one part of what was read holds.
        assert len(connection.pipeline) < 200  # type: ignore[union-attr]
        server.app.released.set()
        for number in range(1_000):
            assert await client.answer() == (200, b"/%d 0" % number)
        assert await client.answer() == (200, b"/last 200000")


async def test_what_is_no_http_is_refused_after_what_came_before_is_answered() -> None:
    async with serving() as server, server.client() as client:
        server.app.released.clear()
        client.send(GET + b"nonsense\r\n\r\n" + GET)
        await asyncio.sleep(0)
        server.app.released.set()
        assert await client.answer() == (200, b"/ 0")
        assert await client.answer() == (400, b"This is no HTTP that can be understood.")
        assert await client.ended() == b""


async def test_connections_above_the_bound_are_refused_in_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(connections=2, unread_time=0.4) as server:
        async with server.client() as one, server.socket() as two:
            one.send(GET)
            assert await one.answer() == (200, b"/ 0")
            for _ in range(5):
                async with server.client() as refused:
                    assert await refused.answer() == (
                        503,
                        b"The server has 2 connections, as many as it may.",
                    )
                    assert await refused.ended() == b""
            two.send(frame(b"abc"))
            assert await two.frame() == (1, b"3")
            await until(lambda: bool(caplog.messages))
        await server.until_connections(0)
        async with server.client() as client:
            client.send(GET)
            assert await client.answer() == (200, b"/ 0")
    assert caplog.messages == ["2 connections are open, as many as may be; more are refused."]


async def test_an_answer_that_is_not_read_is_not_kept() -> None:
    async with serving(unread_time=0.4) as server:
        for request in (b"GET /large HTTP/1.1\r\n\r\n", b"GET /large HTTP/1.0\r\n\r\n"):
            async with server.client(receive_buffer=KIB) as client:
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
                client.send(request)
                await server.until_connections(1)
                await server.until_connections(0)
        assert server.app.served == 2


async def test_an_answer_that_is_read_slowly_arrives_whole() -> None:
    async with serving(unread_time=1.0, keep_alive=0.2) as server:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * KIB)
        with connection:
            connection.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(connection, server.address)
            await loop.sock_sendall(connection, b"GET /large HTTP/1.1\r\n\r\n")
            received = 0
            begun = loop.time()
            while received < LARGE:
                # Too slowly for all of it within the bound.
                if loop.time() - begun < 2:
                    await asyncio.sleep(0.05)
                part = await loop.sock_recv(connection, 256 * KIB)
                assert part
                received += len(part)


async def test_a_socket_that_is_not_read_is_cut_off() -> None:
    async with serving(unread_time=0.4) as server:
        async with server.socket(b"/talking", buffer=KIB) as client:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.wait_for(server.app.sockets_ended.acquire(), 30)
            await server.until_connections(0)


async def test_pings_of_who_does_not_read_are_not_answered_for_ever() -> None:
    async with serving(unread_time=2) as server:
        async with server.socket(b"/talking", buffer=KIB) as client:
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            (connection,) = server.server.server_state.connections
            await until(lambda: not connection.writable.is_set())  # type: ignore[union-attr]
            before = connection.transport.get_write_buffer_size()
            client.send(frame(b"p" * 125, opcode=9) * 1_000)
            await client.writer.drain()
            await asyncio.sleep(0.1)
            assert connection.transport.get_write_buffer_size() <= before


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (frame(b"\xff\xfe"), 1007),
        (frame(b"\xc3", final=False) + frame(b"\x28", opcode=0), 1007),
        (frame(b"", final=False) + frame(b"", opcode=0, final=False) * 2_000, 1009),
        (b"\x81\xff" + struct.pack("!Q", 2 * 1024 * KIB) + bytes(4), 1009),
        (frame(b"", opcode=5), 1002),
        (b"\x81\x01a", 1002),
    ],
    ids=["text", "across fragments", "fragments", "size", "opcode", "unmasked"],
)
async def test_a_frame_that_breaks_the_protocol_is_told_so_by_its_code(
    frames: bytes, code: int
) -> None:
    async with serving() as server:
        for more in (b"", frame(b"x" * 60_000) * 20):
            async with server.socket() as client:
                client.send(frames + more)
                opcode, payload = await client.frame()
                assert (opcode, int.from_bytes(payload[:2])) == (8, code)
                assert await client.ended() == b""
                await asyncio.wait_for(server.app.sockets_ended.acquire(), 30)


async def test_a_text_in_pieces_of_characters_is_taken() -> None:
    async with serving() as server, server.socket() as client:
        client.send(frame("é".encode()[:1], final=False) + frame("é".encode()[1:], opcode=0))
        assert await client.frame() == (1, b"1")


@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(frame(b"", opcode) * (96 * KIB // 6), id=name)
        for name, opcode in {"pings": 9, "pongs": 10}.items()
    ]
    + [
        pytest.param(frame(b"", final=False) + frame(b"", 0, False) * 1_000, id="fragments"),
        pytest.param(frame(b"x") * (8 * KIB // 7), id="texts"),
    ],
)
async def test_small_frames_are_read_some_at_a_time(
    flood: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes while many are read has not to wait for all of them."""
    monkeypatch.setattr(turns, "LONGEST_STRETCH", 0)  # whatever is read takes longer than that
    last = frame(b"", 0) if flood.startswith(frame(b"", final=False)) else b""
    async with serving() as server, server.socket() as flooding, server.socket() as other:
        flooding.send(flood + last + frame(b"y" * 100))
        reading = asyncio.create_task(until_told(flooding, b"100"))
        turns_of_others = 0
        while not reading.done():
            other.send(frame(b"abc"))
            await until_told(other, b"3")
            turns_of_others += 1
        await reading
        # Each was answered in a few iterations of the loop, and each of those reads 2 KiB.
        assert turns_of_others >= len(flood) / (2 * KIB) / 10


async def until_told(client: Client, text: bytes) -> None:
    while (await client.frame())[1] != text:
        pass


async def test_small_headers_are_read_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_STRETCH", 0)
    async with serving() as server:
        clients = [Client(*await asyncio.open_connection(*server.address)) for _ in range(20)]
        for client in clients:
            client.send(GET[:-2] + b"a:\r\n" * 10_000 + b"\r\n")
        answers = await asyncio.gather(*(client.answer() for client in clients))
        assert answers == [(200, b"/ 0")] * 20
        for client in clients:
            client.writer.transport.abort()


async def test_a_handshake_that_is_refused_is_told_why() -> None:
    async with serving() as server:
        async with server.client() as client:
            client.send(HANDSHAKE % (b"/refused", b""))
            assert await client.answer() == (403, b"no")
            assert await client.ended() == b""
        async with server.client() as client:
            client.send(HANDSHAKE % (b"/", b"X: " + b"x" * 9_000 + b"\r\n"))
            assert (await client.answer())[0] == 431
        async with server.client() as client:
            client.send(GET[:-2] + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n")
            assert await client.answer() == (200, b"/ 0")


OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("framing", "body", "size"),
    [
        (b"Content-Length: 9\r\n", b"123456789", 9),
        (b"Content-Length: 9000\r\n", b"x" * 9_000, 9_000),
        (b"Transfer-Encoding: chunked\r\n", b"3\r\n123\r\n2\r\n45\r\n0\r\n\r\n", 5),
        (b"Content-Length: 0\r\n", b"", 0),
    ],
    ids=["short", "long", "chunks", "empty"],
)
async def test_a_body_under_an_offer_of_http_2_is_read(
    framing: bytes, body: bytes, size: int, whole: bool
) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\n" + framing + OFFER + b"\r\n"
    async with serving() as server, server.client() as client:
        for part in [head + body] if whole else [head, body[:2], body[2:]]:
            client.send(part)
            await asyncio.sleep(0.01)
        assert await client.answer() == (200, b"/ %d" % size)
        assert await client.ended() == b""


async def test_a_body_under_an_offer_of_http_2_has_no_more_time() -> None:
    async with serving(request_time=0.3) as server, server.client() as client:
        client.send(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n" + OFFER + b"\r\n123")
        assert (await client.answer())[0] == 408
        assert await client.ended() == b""


async def test_a_server_that_stops_waits_for_no_client_that_does_nothing() -> None:
    async with contextlib.AsyncExitStack() as stack:
        async with serving() as server:

            async def client(data: bytes) -> Client:
                client = await stack.enter_async_context(server.client(receive_buffer=KIB))
                client.writer.transport.pause_reading()  # type: ignore[attr-defined]
                client.send(data)
                return client

            idle = await stack.enter_async_context(server.client())
            idle.send(GET)
            assert await idle.answer() == (200, b"/ 0")
            await client(b"")
            await client(b"GET / HT")
            await client(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n123")
            await client(b"GET /large HTTP/1.1\r\n\r\n")
            await client(HANDSHAKE % (b"/talking", b""))
            await client(HANDSHAKE % (b"/", b""))
            await server.until_connections(7)
            await until(lambda: server.app.served == 2)
        assert server.connections == 0
