"""What one client of a WebSocket and the server say to each other.

Nothing is queued for a client: each operation waits until its own last message is on its way, and
a subscription that waits is given the newest state next.
"""

import asyncio
from contextlib import aclosing
from typing import Any, Final

import msgspec
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.serving.errors import told, told_fault
from schema.serving.execution import Execution
from schema.serving.json_text import BadJson, read_json
from schema.serving.operations import NotExecutable
from schema.serving.request import BadRequest, Request, read_request
from schema.serving.streams import Failed, Streams

MOST_OPERATIONS: Final = 100
# In characters, before a client has introduced itself: `connection_init` may carry a token.
LONGEST_INTRODUCTION: Final = 8 * 1024


class Broken(Exception):
    """The client broke the protocol: the socket is closed with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Conversation:
    """One client and its operations."""

    def __init__(self, socket: WebSocket, execution: Execution, streams: Streams) -> None:
        self._socket = socket
        self._execution = execution
        self._streams = streams
        self._acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        # Those that were cancelled and have not ended yet included.
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, init_timeout: float) -> None:
        """Until the client goes (WebSocketDisconnect) or has to (Broken)."""
        try:
            async with asyncio.timeout(init_timeout):
                while not self._acknowledged:
                    await self._take(await self._message())
        except TimeoutError:
            raise Broken(4408, "Connection initialisation timeout") from None
        while True:
            await self._take(await self._message())

    async def stop(self) -> None:
        """End what is still running for this client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _message(self) -> dict[str, Any]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code") or 1005)
        text = received.get("text")
        if text is None:
            raise Broken(4400, "Messages are text")
        if not self._acknowledged and len(text) > LONGEST_INTRODUCTION:
            raise Broken(1009, "Messages are short until connection_ack")
        try:
            message = read_json(text)
        except BadJson:
            raise Broken(4400, "Messages are JSON") from None
        if not isinstance(message, dict):
            raise Broken(4400, "A message is an object with a type")
        return message

    async def _take(self, message: dict[str, Any]) -> None:
        payload = message.get("payload")
        match message.get("type"):
            case "connection_init":
                await self._introduce(payload)
            case "ping":
                answer = (
                    {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
                )
                await self._send(answer)
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(_id(message), payload)
            case "complete":
                self._cancel(_id(message))
            case _:
                raise Broken(4400, "The message has no known type")

    async def _introduce(self, payload: Any) -> None:
        if self._acknowledged:
            raise Broken(4429, "Too many initialisation requests")
        if not isinstance(payload, dict | None):
            raise Broken(4400, "The payload of connection_init is an object")
        self._acknowledged = True
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, id: str, payload: Any) -> None:
        if not self._acknowledged:
            raise Broken(4401, "Unauthorized")
        if id in self._operations:
            raise Broken(4409, "Subscriber already exists")
        try:
            request = read_request(payload)
        except BadRequest as error:
            raise Broken(4400, str(error)) from None
        if len(self._operations) >= MOST_OPERATIONS:
            await self._send({"id": id, "type": "error", "payload": _TOO_MANY})
            return
        task = asyncio.create_task(self._until_done(id, request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._operations[id] = task

    def _cancel(self, id: str) -> None:
        if task := self._operations.pop(id, None):
            task.cancel()

    async def _until_done(self, id: str, request: Request) -> None:
        try:
            await self._run(id, request)
        except NotExecutable as error:
            await self._end(id, "error", told(error.errors))
        except Failed as error:
            await self._end(id, "error", error.errors)
        except WebSocketDisconnect:
            pass  # The receiving side notices too, and ends the rest.
        except Exception as fault:
            await self._end(id, "error", told_fault(fault))

    async def _run(self, id: str, request: Request) -> None:
        run = self._execution.begin(request)
        if run.type is OperationType.SUBSCRIPTION:
            async with aclosing(self._streams.results(run)) as results:
                async for result in results:
                    await self._send_result(id, result)
        else:
            response = await run.response()
            await self._send_result(id, response.encoded().decode())
        await self._end(id, "complete")

    async def _send_result(self, id: str, result: str) -> None:
        # The result is text already, the same for all who receive it.
        shown = msgspec.json.encode(id).decode()
        await self._send_text(f'{{"id":{shown},"type":"next","payload":{result}}}')

    async def _end(self, id: str, type: str, payload: object = msgspec.UNSET) -> None:
        # The client may use the id again as soon as it reads this.
        self._operations.pop(id, None)
        message = {"id": id, "type": type}
        await self._send(message if payload is msgspec.UNSET else message | {"payload": payload})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(msgspec.json.encode(message).decode())

    async def _send_text(self, text: str) -> None:
        await self._socket.send({"type": "websocket.send", "text": text})


_TOO_MANY: Final = [
    {
        "message": f"At most {MOST_OPERATIONS} operations are possible at a time on one socket.",
        "extensions": {"code": "BAD_REQUEST"},
    }
]


def _id(message: dict[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise Broken(4400, "The message has no id")
    return id
