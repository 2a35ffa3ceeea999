"""uvicorn's WebSocket protocol with bounds, and with an end for what uvicorn leaves open or takes
for a fault of ours.

It stands on parts of uvicorn's protocol that are not documented: pyproject.toml says of which
versions, and tests/schema/test_connections.py what each has to do.
"""

import asyncio
from typing import Any, Final

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame

from schema.serving.bounded_http import LINGER
from schema.serving.bounds import BoundedConfig

# Parsed at a time, in bytes.
_SLICE: Final = 2 * 1024
_MOST_FRAGMENTS: Final = 1_024


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """One socket. What waits for a client that does not read is never added to, but by the message
    that was on its way; how long it may wait is not decided here."""

    def __init__(
        self,
        config: BoundedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._turns = config.turns
        # What the application has no place for yet, or waits for its turn.
        self._unparsed = bytearray()

    def data_received(self, data: bytes) -> None:
        self._unparsed += data
        self._parse_in_turn()

    async def receive(self) -> ASGIReceiveEvent:
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self._parse_in_turn()
        return message

    def _parse_in_turn(self) -> None:
        if self._turns.take(self._parse):
            self.transport.pause_reading()

    def _parse(self) -> None:
        """A part, and more if there is time: a frame may have two bytes and take as long as one of
        two thousand."""
        while self._unparsed and not (self.read_paused or self.transport.is_closing()):
            part = bytes(self._unparsed[:_SLICE])
            del self._unparsed[:_SLICE]
            self._parse_slice(part)
            if self._turns.is_over():
                break
        if self.read_paused or self.transport.is_closing():
            return
        if self._unparsed:
            self._parse_in_turn()
        else:
            self.transport.resume_reading()

    def _parse_slice(self, part: bytes) -> None:
        super().data_received(part)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # Such as a header line that is too long: what is wrong was written, but not sent.
            self.close_sent = self.handshake_complete = True
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def shutdown(self) -> None:
        if self.transport.is_closing():
            return  # The closing handshake may have begun on the client's side.
        if self.handshake_complete and not self.close_sent:
            # The application, which is told so, answers what is under way and closes.
            self.stop_keepalive()
            self.close_timeout = LINGER
            self.queue.put_nowait(
                {"type": "websocket.disconnect", "code": CloseCode.SERVICE_RESTART}
            )
        else:
            super().shutdown()

    # What the client sends

    def handle_parser_exception(self) -> None:
        if self.close_sent:
            return  # More of what is not looked at any more.
        closed = self.conn.close_sent
        self.queue.put_nowait(
            {
                "type": "websocket.disconnect",
                "code": closed.code if closed else CloseCode.ABNORMAL_CLOSURE,
                "reason": closed.reason if closed else "",
            }
        )
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._unparsed.clear()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        self.close_timer = self.loop.call_later(LINGER, self.transport.close)

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        _empty(event)

    def handle_bytes(self, event: Frame) -> None:
        super().handle_bytes(event)
        _empty(event)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < _MOST_FRAGMENTS:
            super().handle_cont(event)
            _empty(event)
        else:
            most = f"a message has at most {_MOST_FRAGMENTS:,} fragments"
            self._fail(CloseCode.MESSAGE_TOO_BIG, most)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent:
            self.frames = [b"".join(self.frames)]
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self._fail(CloseCode.INVALID_DATA, "a text is encoded as UTF-8")
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    # What the server sends

    def send_keepalive_ping(self) -> None:
        # Behind what is not taken a ping would not reach the client in time.
        if self.transport.get_write_buffer_size():
            self.schedule_ping()
        else:
            super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        if self.transport.get_write_buffer_size() and not self.transport.is_closing():
            self.pong_timer = None
            self.schedule_ping()
        else:
            super().keepalive_timeout()

    async def send(self, message: ASGISendEvent) -> None:
        await self.writable.wait()
        if self.close_sent and self.handshake_complete:
            # The server itself has closed: no mistake of the application, which has yet to hear.
            raise ClientDisconnected
        await super().send(message)
        if self.close_sent:
            self._parse_in_turn()  # The client's own close may be there already.
        refused = message["type"] == "websocket.http.response.body"
        if refused and not message.get("more_body", False):
            self.handshake_complete = True


def _empty(frame: Frame) -> None:
    """The parser holds the last frame until the next has come."""
    frame.data = b""
