"""What one client of a WebSocket and the server say to each other.

Nothing is queued for a client: one message at a time is on its way, each operation waits until its
own last one is, and a subscription that waits is given the newest state next. From a client that
does not read nothing more is taken.
"""

import asyncio
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Final

import msgspec
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from schema.serving.errors import told, told_fault
from schema.serving.execution import STOPPING, Execution, Response, Run
from schema.serving.json_text import BadJson, read_json_in_turn
from schema.serving.operations import NotExecutable
from schema.serving.request import BadRequest, Request, read_request
from schema.serving.streams import Failed, Streams, size_of_variables

MOST_OPERATIONS: Final = 100
# Answers that are made, or made and not sent: of subscriptions each has at most one besides.
MOST_ANSWERS: Final = 10
# Of all subscriptions of one socket, in bytes as JSON.
LARGEST_VARIABLES: Final = 1024 * 1024
LONGEST_ID: Final = 1_000
# The code of a WebSocket that tells its client to come again.
SERVER_STOPS: Final = 1012
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
        # Those of them that come to an end by themselves.
        self._answering: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._size_of_variables = 0
        self._line = asyncio.Lock()
        self._answers = asyncio.Semaphore(MOST_ANSWERS)

    async def serve(self, init_timeout: float) -> None:
        """Until the client goes (WebSocketDisconnect) or has to (Broken)."""
        try:
            async with asyncio.timeout(init_timeout):
                while not self._acknowledged:
                    await self._take(await self._message())
        except TimeoutError:
            raise Broken(4408, "Connection initialisation timeout") from None
        while True:
            await self._until_more_can_be_taken()
            await self._take(await self._message())

    async def finish(self) -> None:
        """The server stops: give the answers that are under way, and have the client come again."""
        self._is_stopping = True
        for task in self._tasks - self._answering:
            task.cancel()
        try:
            if self._answering:
                await asyncio.wait(self._answering)
        except asyncio.CancelledError:
            # The server's patience is at an end: there is nothing else to do than to say so.
            await self.stop()
        await self.close(Broken(SERVER_STOPS, "The server is stopping"))

    async def close(self, broken: Broken) -> None:
        """Say why, if the client is still there to be told."""
        with suppress(WebSocketDisconnect):
            async with self._line:
                self._require_client()
                await self._socket.close(broken.code, broken.reason)

    async def stop(self) -> None:
        """End what is still running for this client, but not the mutations that have begun."""
        for task in self._tasks:
            # A second time ends those too.
            if self._is_stopping or not task.cancelling():
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # Each holds what it was cancelled in, and with that this: memory until a full collection.
        self._operations.clear()

    async def _until_more_can_be_taken(self) -> None:
        async with self._line:
            pass
        while len(self._tasks) >= 2 * MOST_OPERATIONS:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def _message(self) -> dict[str, Any]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code") or 1005)
        text = received.get("text")
        if text is None:
            raise Broken(4400, "Messages are text")
        if not self._acknowledged and len(text) > LONGEST_INTRODUCTION:
            raise Broken(4400, "Messages are short until connection_ack")
        try:
            message = await read_json_in_turn(text, self._execution.turns)
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
        try:
            run = await self._begin(request)
            size = size_of_variables(run) if _lasts(run) else 0
        except NotExecutable as error:
            await self._send({"id": id, "type": "error", "payload": told(error.errors)})
        except Exception as fault:
            await self._send({"id": id, "type": "error", "payload": told_fault(fault)})
        else:
            if self._size_of_variables + size > LARGEST_VARIABLES:
                await self._send({"id": id, "type": "error", "payload": _TOO_LARGE})
            else:
                self._start(id, run, size)

    async def _begin(self, request: Request) -> Run:
        run = await self._execution.begin(request)
        return await self._streams.lasting(run, request) if _lasts(run) else run

    def _start(self, id: str, run: Run, size: int) -> None:
        task = asyncio.create_task(self._until_done(id, run))
        self._operations[id] = task
        self._tasks.add(task)
        if not _lasts(run):
            self._answering.add(task)
        self._size_of_variables += size
        task.add_done_callback(partial(self._forget, size))

    def _forget(self, size: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._answering.discard(task)
        self._size_of_variables -= size

    def _cancel(self, id: str) -> None:
        if task := self._operations.pop(id, None):
            task.cancel()

    async def _until_done(self, id: str, run: Run) -> None:
        # Where the client has gone the receiving side notices too, and ends the rest.
        with suppress(WebSocketDisconnect):
            errors = await self._errors(id, run)
            if errors is None:
                await self._end(id, {"type": "complete"})
            else:
                await self._end(id, {"type": "error", "payload": errors})

    async def _errors(self, id: str, run: Run) -> list[dict[str, Any]] | None:
        """What has ended it, once it has; None where it came to its own end."""
        try:
            await self._run(id, run)
        except Failed as error:
            return error.errors
        except WebSocketDisconnect:
            raise
        except Exception as fault:
            return told_fault(fault)
        return None

    async def _run(self, id: str, run: Run) -> None:
        if _lasts(run):
            async with aclosing(self._streams.results(run)) as results:
                async for result in results:
                    await self._send_result(id, result)
        else:
            await self._until_its_turn()
            try:
                answer = await self._answer(run)
                await self._send_result(id, answer.decode())
            finally:
                self._answers.release()

    async def _until_its_turn(self) -> None:
        """Raises Failed where the server stops before anything of it has begun."""
        try:
            await self._answers.acquire()
        except asyncio.CancelledError:
            if self._is_stopping:
                raise Failed(STOPPING) from None
            raise

    async def _answer(self, run: Run) -> bytes:
        try:
            response = await self._response(run)
            return await self._execution.turns.run(response.encoded)
        except asyncio.CancelledError:
            if self._is_stopping:
                return run.cut_off().encoded()
            raise

    async def _response(self, run: Run) -> Response:
        """A mutation that has begun is done also for a client that no longer waits for it."""
        if run.type is not OperationType.MUTATION:
            return await run.response()
        response = asyncio.create_task(run.response())
        try:
            return await asyncio.shield(response)
        except asyncio.CancelledError:
            if self._is_stopping:
                response.cancel()
            await asyncio.gather(response, return_exceptions=True)
            raise

    async def _send_result(self, id: str, result: str) -> None:
        # The result is text already, the same for all who receive it.
        shown = msgspec.json.encode(id).decode()
        await self._send_text(f'{{"id":{shown},"type":"next","payload":{result}}}')

    async def _end(self, id: str, message: dict[str, Any]) -> None:
        async with self._line:
            # The client may use the id again as soon as it reads this.
            self._operations.pop(id, None)
            await self._put(msgspec.json.encode({"id": id, **message}).decode())

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_text(msgspec.json.encode(message).decode())

    async def _send_text(self, text: str) -> None:
        async with self._line:
            await self._put(text)

    async def _put(self, text: str) -> None:
        self._require_client()
        await self._socket.send({"type": "websocket.send", "text": text})

    def _require_client(self) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect(1006)


def _lasts(run: Run) -> bool:
    return run.type is OperationType.SUBSCRIPTION


_TOO_MANY: Final = [
    {
        "message": f"At most {MOST_OPERATIONS} operations are possible at a time on one socket.",
        "extensions": {"code": "BAD_REQUEST"},
    }
]
_TOO_LARGE: Final = [
    {
        "message": f"The subscriptions of one socket use at most {LARGEST_VARIABLES:,} bytes of"
        " variables at a time.",
        "extensions": {"code": "BAD_REQUEST"},
    }
]


def _id(message: dict[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not id:
        raise Broken(4400, "The message has no id")
    if len(id) > LONGEST_ID:
        raise Broken(4400, f"An id has at most {LONGEST_ID:,} characters")
    return id
