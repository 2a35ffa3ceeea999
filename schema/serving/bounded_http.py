"""uvicorn's HTTP protocol with bounds: uvicorn itself takes headers of any length, waits for ever
for a request to end, and parses ahead all that a client sends.

It stands on parts of uvicorn's protocol that are not documented: pyproject.toml says of which
versions, and tests/schema/test_connections.py what each has to do.
"""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Any, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from schema.serving.bounds import BoundedConfig

# Parsed at a time: so much later it is noticed that a part does not end.
_SLICE: Final = 4 * 1024
# A client that is still sending would lose an answer that the connection's end follows at once.
LINGER: Final = 2.0
_MOST_LINGERING: Final = 100
_TIME_AT_SHUTDOWN: Final = 1.0


class _TooLong(Exception):
    """A request's head has more bytes than it may have."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__()
        self.status = status


class _Flow(FlowControl):
    """Reads nothing while something that was read waits to be parsed."""

    waiting = False

    def resume_reading(self) -> None:
        if not self.waiting:
            super().resume_reading()


class _Body:
    """What a parser is to tell of a body, and nothing of a head."""

    def __init__(self, connection: "BoundedHttp") -> None:
        self.on_body = connection.on_body
        self.on_chunk_header = connection.on_chunk_header
        self.on_message_complete = connection.on_message_complete


class BoundedHttp(HttpToolsProtocol):
    """One connection, within the bounds of the configuration."""

    flow: _Flow

    def __init__(
        self,
        config: BoundedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._bounds = config.bounds
        self._turns = config.turns
        self._timer: asyncio.TimerHandle | None = None
        # What came behind a request that waits for the answer to another, or waits for its turn.
        self._unparsed = b""
        self._receiving = False
        # The request whose body comes, and the one that is being answered.
        self._own: RequestResponseCycle | None = None
        self._answering: RequestResponseCycle | None = None
        # Of a head: its complete parts, and what came since one was complete.
        self._head = 0
        self._incomplete = 0
        self._refusal: tuple[HTTPStatus, str] | None = None
        # Whether the parser takes the body for another protocol, as which we do not go on.
        self._is_misled = False

    # What the transport and the server say

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport)
        excess = len(self.connections) - self._bounds.connections
        if excess > _MOST_LINGERING:
            transport.abort()
        elif excess > 0:
            most = f"The server has {self._bounds.connections:,} connections, as many as it may."
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, most)
        else:
            self._expect(self._bounds.request_time)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_timer()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        if self._answering is not None:
            # Not the last of what it has asked, where it has asked more.
            self._answering.disconnected = True
            self._answering.message_event.set()

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._unparsed += data
        self._parse_in_turn()

    def shutdown(self) -> None:
        own = self._own
        if self._refusal is not None:
            if self._timer is not None:
                self.transport.close()
        elif own is not None and own is self._answering and not own.response_complete:
            own.keep_alive = False
            self._expect(_TIME_AT_SHUTDOWN)
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        # A request that came while the process was busy is read first, and takes this back.
        self.timeout_keep_alive_task = self.loop.call_later(0, super().timeout_keep_alive_handler)

    # What the parser says

    def on_message_begin(self) -> None:
        self._receiving = True
        self._own = None
        self._head = self._incomplete = 0
        self._expect(self._bounds.request_time)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(len(url), HTTPStatus.REQUEST_URI_TOO_LONG)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + len(b": \r\n"))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head = self._incomplete = 0
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._own = self.cycle
        self._is_misled = self.parser.should_upgrade() and not self._should_upgrade()

    def on_body(self, body: bytes) -> None:
        self._incomplete = 0
        super().on_body(body)

    def on_chunk_header(self) -> None:
        self._incomplete = 0

    def on_message_complete(self) -> None:
        if self._is_misled:
            return
        self._head = self._incomplete = 0
        self._receiving = False
        self._own = None
        self._forget_timer()
        super().on_message_complete()

    # What the application says

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._refusal is not None:
            if self._is_idle():
                self._send_refusal(*self._refusal)
        elif self._unparsed:
            self._unset_keepalive_if_required()
            self._parse_in_turn()

    def _is_idle(self) -> bool:
        return self._answering is None or self._answering.response_complete

    # Parsing

    def _parse_in_turn(self) -> None:
        if self._turns.take(self._parse):
            self._read_no_more()

    def _read_no_more(self) -> None:
        self.flow.waiting = True
        self.flow.pause_reading()

    def _parse(self) -> None:
        """A part, and more if there is time."""
        if self._refusal is not None or self.transport.is_closing():
            return
        if self.flow.waiting:
            self.flow.waiting = False
            self.flow.resume_reading()
        data, self._unparsed = self._unparsed, b""
        start = 0
        try:
            while start < len(data) and not self.pipeline:
                start += self._parse_slice(data[start : start + _SLICE])
                if self.transport.get_protocol() is not self:
                    return
                if self._turns.is_over():
                    break
        except _TooLong as error:
            self._refuse_unparsed(error)
            return
        except httptools.HttpParserError as error:
            # What a callback raises the parser hides behind an error of its own.
            self._refuse_unparsed(error.__context__)
            return
        self._unparsed = data[start:]
        if self._unparsed:
            self._read_no_more()
            if not self.pipeline:
                self._parse_in_turn()
        elif self._is_idle() and self._timer is None:
            # Nothing of a request, as the empty lines that may stand before one.
            self._expect(self._bounds.request_time)

    def _parse_slice(self, data: bytes) -> int:
        """How much of it was taken."""
        self._incomplete += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._is_misled:
                self._go_on_with_body()
                (taken,) = upgrade.args
                return int(taken)
            self._upgrade()
        if self._head + self._incomplete > self._bounds.header_bytes:
            raise _TooLong(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        return len(data)

    def _count(
        self, size: int, status: HTTPStatus = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    ) -> None:
        self._incomplete = 0
        self._head += size
        if self._head > self._bounds.header_bytes:
            raise _TooLong(status)

    def _go_on_with_body(self) -> None:
        """As if no upgrade had been offered, which Java's client offers with every first request.
        Another parser is told of the body, and the connection ends with the answer."""
        self._is_misled = False
        self._incomplete = 0
        self.cycle.keep_alive = False
        framing = (b"content-length", b"transfer-encoding")
        lines = [b"%b: %b\r\n" % header for header in self.headers if header[0] in framing]
        self.parser = httptools.HttpRequestParser(_Body(self))
        self.parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(lines))

    def _upgrade(self) -> None:
        if not self._is_idle():
            raise httptools.HttpParserError("A WebSocket is opened once all is answered.")
        self._forget_timer()
        self.handle_websocket_upgrade()

    # The time of a request

    def _expect(self, seconds: float) -> None:
        self._forget_timer()
        # What came while the process was busy is read before it counts as late.
        self._timer = self.loop.call_later(seconds, self._look_again)

    def _look_again(self) -> None:
        self._timer = self.loop.call_later(0, self._give_up)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        own = self._own
        if not self._receiving or (own is not None and own.response_started):
            self.transport.close()
        elif self._is_idle() or own is self._answering:
            seconds = f"{self._bounds.request_time:g}"
            late = f"The request did not arrive as a whole within {seconds} seconds."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, late)
        else:
            self._expect(self._bounds.request_time)

    # Refusing

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        """Answer in place of the application, once it has answered what came before, and end."""
        self._refusal = (status, sentence)
        self._unparsed = b""
        self._forget_timer()
        own = self._own
        if own is not None:
            own.disconnected = True
            own.message_event.set()
            self.pipeline = deque(waiting for waiting in self.pipeline if waiting[0] is not own)
        if own is not None and own.response_started:
            self.transport.close()
        elif self._is_idle() or own is self._answering:
            self._send_refusal(status, sentence)

    def _refuse_unparsed(self, error: BaseException | None) -> None:
        if isinstance(error, _TooLong):
            most = f"{self._bounds.header_bytes:,}"
            sentence = f"A request's first line and headers have at most {most} bytes."
            self._refuse(error.status, sentence)
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "This is no HTTP that can be understood.")

    def _send_refusal(self, status: HTTPStatus, sentence: str) -> None:
        content = sentence.encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(content)),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        self.transport.write(b"%s%s\r\n%s" % (STATUS_LINE[status], lines, content))
        self._unset_keepalive_if_required()
        self.flow.waiting = False
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER, self.transport.close)
