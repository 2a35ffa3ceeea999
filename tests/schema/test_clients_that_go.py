"""What becomes of a request whose client goes away before it is answered."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema
from starlette.responses import Response

from schema.cost import Cost
from schema.serving.execution import Execution
from schema.serving.http import GraphQLOverHttp
from schema.serving.websocket import SUBPROTOCOL, GraphQLOverWebSocket

SCHEMA = build_schema(
    "type Query { read: String } type Mutation { record: String }"
    " type Subscription { told: String }"
)


@dataclass
class Context:
    cost: Cost = field(default_factory=Cost)


class Work:
    """What the fields of the schema do: wait for `released`."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.released = asyncio.Event()
        self.ends: list[str] = []

    async def resolve(self, _: Any, info: Any) -> str:
        self.begun.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.ends.append(f"{info.field_name} cut")
            raise
        self.ends.append(f"{info.field_name} done")
        return "told"


class Client:
    """Sends one request over the endpoint; `gone` is when it goes away."""

    def __init__(self, query: str) -> None:
        self.body = json.dumps({"query": query}).encode()
        self.gone = asyncio.Event()
        self.answers: list[Any] = []
        self._sent = False

    async def receive(self) -> Any:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": self.body}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.answers.append(message)

    async def ask(self, endpoint: GraphQLOverHttp) -> None:
        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "headers": headers, "query_string": b""}
        await endpoint(scope, self.receive, self.send)


class SocketClient:
    """Sends one operation over a WebSocket of its own."""

    def __init__(self, query: str) -> None:
        self.heard: list[str] = []
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        self.say(type="connection_init")
        self.say(type="subscribe", id="1", payload={"query": query})

    def say(self, **message: Any) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def go(self) -> None:
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def hear(self, message: Any) -> None:
        if "text" in message:
            self.heard.append(json.loads(message["text"])["type"])

    async def converse(self, endpoint: GraphQLOverHttp) -> None:
        scope = {"type": "websocket", "subprotocols": [SUBPROTOCOL], "headers": []}
        await GraphQLOverWebSocket(endpoint._execution)(scope, self._said.get, self.hear)


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def endpoint(work: Work) -> GraphQLOverHttp:
    schema: GraphQLSchema = SCHEMA
    for type, name in ((schema.query_type, "read"), (schema.mutation_type, "record")):
        assert type is not None
        type.fields[name].resolve = work.resolve
    return GraphQLOverHttp(Execution(schema, lambda _: Context()), Response)  # type: ignore[arg-type,return-value]


async def test_a_query_ends_with_its_client(endpoint: GraphQLOverHttp, work: Work) -> None:
    client = Client("{ a: read b: read }")
    asked = asyncio.create_task(client.ask(endpoint))
    await work.begun.wait()
    client.gone.set()
    await asyncio.wait_for(asked, 30)
    assert (work.ends, client.answers) == (["read cut", "read cut"], [])
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_mutation_that_has_begun_is_done_as_a_whole(
    endpoint: GraphQLOverHttp, work: Work
) -> None:
    client = Client("mutation { a: record b: record }")
    asked = asyncio.create_task(client.ask(endpoint))
    await work.begun.wait()
    client.gone.set()
    for _ in range(100):
        await asyncio.sleep(0)
    assert (work.ends, asked.done()) == ([], False)
    work.released.set()
    await asyncio.wait_for(asked, 30)
    assert work.ends == ["record done", "record done"]


@pytest.mark.parametrize("query", ["{ a: read }", "mutation { a: record }"])
async def test_who_stays_is_answered(endpoint: GraphQLOverHttp, work: Work, query: str) -> None:
    client = Client(query)
    work.released.set()
    await asyncio.wait_for(client.ask(endpoint), 30)
    assert [each["type"] for each in client.answers] == [
        "http.response.start",
        "http.response.body",
    ]
    assert json.loads(client.answers[1]["body"])["data"] == {"a": "told"}
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("completes", [True, False])
@pytest.mark.parametrize(
    ("query", "is_done"), [("mutation { a: record b: record }", True), ("{ read }", False)]
)
async def test_over_a_websocket_only_a_mutation_outlasts_its_client(
    endpoint: GraphQLOverHttp, work: Work, query: str, is_done: bool, completes: bool
) -> None:
    client = SocketClient(query)
    served = asyncio.create_task(client.converse(endpoint))
    await asyncio.wait_for(work.begun.wait(), 30)
    if completes:
        client.say(type="complete", id="1")
        for _ in range(100):
            await asyncio.sleep(0)
    client.go()
    for _ in range(100):
        await asyncio.sleep(0)
    work.released.set()
    await asyncio.wait_for(served, 30)
    expected = ["record done", "record done"] if is_done else ["read cut"]
    assert (work.ends, client.heard) == (expected, ["connection_ack"])


async def test_what_was_held_for_a_follower_goes_with_its_client(
    endpoint: GraphQLOverHttp, work: Work
) -> None:
    held: list[weakref.ref[Work]] = []

    async def follow(*_: Any) -> AsyncIterator[Work]:
        state = Work()
        held.append(weakref.ref(state))
        work.begun.set()
        await work.released.wait()
        yield state

    assert SCHEMA.subscription_type is not None
    SCHEMA.subscription_type.fields["told"].subscribe = follow
    client = SocketClient("subscription { told }")
    gc.disable()
    try:
        served = asyncio.create_task(client.converse(endpoint))
        await asyncio.wait_for(work.begun.wait(), 30)
        client.go()
        await asyncio.wait_for(served, 30)
        # Not at the next collection, which looks at everything that there is.
        assert [each() for each in held] == [None]
    finally:
        gc.enable()
