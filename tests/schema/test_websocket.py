"""graphql-transport-ws, frame by frame, on the real server."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sqlite3
import struct
from collections.abc import AsyncIterator, Coroutine
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from unittest.mock import ANY

import pytest
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from websockets import ConnectionClosed, Subprotocol
from websockets.asyncio.client import ClientConnection, connect

from commands.bus import Outcome, Unavailable
from commands.command import Command
from readmodels.order import Order
from readmodels.values import Position
from schema.api import SCHEMA
from schema.serving.conversation import MOST_ANSWERS
from schema.serving.execution import Execution
from schema.serving.websocket import GraphQLOverWebSocket
from schema.settings import Settings
from schema.writing import Commanding, Handles
from tests.schema.edge import Edge, serving, until

ORDER_CHANGED = "subscription($id: ID!) { orderChanged(id: $id) { status position } }"


class Socket:
    """A client that speaks in frames."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def next(self) -> Any:
        frame = await asyncio.wait_for(self.connection.recv(), 10)
        assert isinstance(frame, str)
        return json.loads(frame)

    async def init(self) -> None:
        await self.send(type="connection_init")
        assert await self.next() == {"type": "connection_ack"}

    async def subscribe(self, id: str, query: str, /, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send(type="subscribe", id=id, payload=payload)

    async def closed(self) -> tuple[int, str]:
        """The code and the reason with which the server closes."""
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(self._to_the_end(), 10)
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code, closed.value.rcvd.reason

    async def _to_the_end(self) -> None:
        while True:
            await self.connection.recv()


@asynccontextmanager
async def opened(edge: Edge, *subprotocols: str) -> AsyncIterator[Socket]:
    asked = [Subprotocol(each) for each in subprotocols or ("graphql-transport-ws",)]
    async with connect(f"{edge.socket_url}/graphql", subprotocols=asked) as connection:
        yield Socket(connection)


async def command(edge: Edge, name: str, **input: Any) -> Any:
    return await asyncio.to_thread(edge.command, name, **input)


async def new_order(edge: Edge) -> str:
    return await asyncio.to_thread(edge.new_order)


def followers(edge: Edge) -> int:
    """How many follow an order's document now."""
    live = edge.diptych.store._live.get(Order)
    return 0 if live is None else live.follower_count


async def until_followers(edge: Edge, count: int) -> None:
    await until(lambda: followers(edge) == count)


async def test_a_subscriber_sees_the_order_now_and_at_each_change(edge: Edge) -> None:
    order = await new_order(edge)
    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("1", ORDER_CHANGED, id=order)
        first = await socket.next()
        assert first["id"] == "1"
        assert first["type"] == "next"
        assert first["payload"]["data"]["orderChanged"]["status"] == "PENDING"
        confirmed = await command(edge, "confirmOrder", orderId=order)
        assert await socket.next() == {
            "id": "1",
            "type": "next",
            "payload": {
                "data": {"orderChanged": {"status": "CONFIRMED", "position": confirmed["position"]}}
            },
        }
        await socket.send(type="complete", id="1")
        await until_followers(edge, 0)


async def test_with_after_it_begins_with_what_changed_since(edge: Edge) -> None:
    order = await new_order(edge)
    confirmed = await command(edge, "confirmOrder", orderId=order)
    query = (
        "subscription($id: ID!, $after: Position) {"
        " orderChanged(id: $id, after: $after) { status } }"
    )
    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("1", query, id=order, after=confirmed["position"])
        await until_followers(edge, 1)
        await command(edge, "cancelOrder", orderId=order, reason="No")
        message = await socket.next()
        assert message["payload"]["data"]["orderChanged"] == {"status": "CANCELLED"}


async def test_all_subscribers_of_one_selection_get_the_same_result(edge: Edge) -> None:
    order = await new_order(edge)
    query = (
        "subscription($id: ID!, $more: Boolean!) { changed: orderChanged(id: $id) {"
        " status ... @include(if: $more) { version } } }"
    )
    async with opened(edge) as socket:
        await socket.init()
        for id, more in (("1", True), ("2", False), ("3", True)):
            await socket.subscribe(id, query, id=order, more=more)
        received = {(message := await socket.next())["id"]: message["payload"] for _ in range(3)}
    assert received == {
        "1": {"data": {"changed": {"status": "PENDING", "version": 1}}},
        "2": {"data": {"changed": {"status": "PENDING"}}},
        "3": {"data": {"changed": {"status": "PENDING", "version": 1}}},
    }


async def test_a_client_that_goes_away_leaves_nothing_behind(edge: Edge) -> None:
    async with opened(edge) as socket:
        await socket.init()
        for id in "abc":
            await socket.subscribe(id, ORDER_CHANGED, id="ord_not_yet")
        await until_followers(edge, 3)
        socket.connection.transport.abort()
        await until_followers(edge, 0)


async def test_an_independent_client_is_served(edge: Edge) -> None:
    order = await new_order(edge)
    transport = WebsocketsTransport(
        f"{edge.socket_url}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
    )
    document = gql(ORDER_CHANGED)
    document.variable_values = {"id": order}
    async with Client(transport=transport) as session:
        results = session.subscribe(document)
        async for result in results:
            if result["orderChanged"]["status"] == "CONFIRMED":
                break
            assert result["orderChanged"]["status"] == "PENDING"
            await command(edge, "confirmOrder", orderId=order)
        await results.aclose()


async def test_queries_and_mutations_are_served_too(edge: Edge) -> None:
    order = await new_order(edge)
    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("q", "{ __typename }")
        assert await socket.next() == {
            "id": "q",
            "type": "next",
            "payload": {"data": {"__typename": "Query"}},
        }
        assert await socket.next() == {"id": "q", "type": "complete"}
        confirm = "mutation($id: ID!) { confirmOrder(input: {orderId: $id}) { version position } }"
        await socket.subscribe("q", confirm, id=order)
        message = await socket.next()
        confirmed = message["payload"]
        assert confirmed["data"] == {"confirmOrder": {"version": 2, "position": ANY}}
        position = confirmed["data"]["confirmOrder"]["position"]
        assert confirmed["extensions"] == {"position": position}
        assert await socket.next() == {"id": "q", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (ORDER_CHANGED, {}, "BAD_USER_INPUT"),
        ("{ orders(first: 0) { position } }", {}, "BAD_USER_INPUT"),
        ("query A { __typename } query B { __typename }", {}, "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_a_wrong_operation_is_an_error_of_its_id_and_closes_nothing(
    edge: Edge, query: str, variables: dict[str, Any], code: str
) -> None:
    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("wrong", query, **variables)
        message = await socket.next()
        assert (message["id"], message["type"]) == ("wrong", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == [code]
        await socket.subscribe("wrong", "{ __typename }")
        assert (await socket.next())["type"] == "next"


async def test_pings_are_answered_with_what_they_carry(edge: Edge) -> None:
    async with opened(edge) as socket:
        await socket.send(type="ping")
        assert await socket.next() == {"type": "pong"}
        await socket.send(type="ping", payload={"a": [1]})
        assert await socket.next() == {"type": "pong", "payload": {"a": [1]}}
        await socket.send(type="pong")
        await socket.init()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("[1]", 4400),
        ("null", 4400),
        ("{", 4400),
        ('{"a": NaN}', 4400),
        ('{"type": "start", "id": "1"}', 4400),
        ('{"type": ["ping"]}', 4400),
        (b'{"type": "ping"}', 4400),
        ('{"type": "connection_init"}', 4429),
        ('{"type": "subscribe", "payload": {"query": "{__typename}"}}', 4400),
        ('{"type": "subscribe", "id": "", "payload": {"query": "{__typename}"}}', 4400),
        ('{"type": "subscribe", "id": "1"}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": [{"query": "{__typename}"}]}', 4400),
        ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', 4400),
        ('{"type": "complete"}', 4400),
        (f'{{"type": "complete", "id": "{"x" * 1_001}"}}', 4400),
    ],
)
async def test_a_message_that_breaks_the_protocol_closes_the_socket(
    edge: Edge, frame: str | bytes, code: int
) -> None:
    async with opened(edge) as socket:
        await socket.init()
        await socket.connection.send(frame)
        assert (await socket.closed())[0] == code


@pytest.mark.parametrize("type", ["ping", "connection_init", "subscribe"])
async def test_before_the_introduction_messages_are_short(edge: Edge, type: str) -> None:
    async with opened(edge) as socket:
        await socket.send(type=type, id="1", payload={"a": "b" * 8 * 1024})
        assert (await socket.closed())[0] == 4400
    async with opened(edge) as socket:
        await socket.send(type="connection_init", payload={"token": "b" * 7 * 1024})
        assert await socket.next() == {"type": "connection_ack"}
        await socket.send(type="ping", payload={"a": "b" * 100_000})
        assert await socket.next() == {"type": "pong", "payload": {"a": "b" * 100_000}}


async def test_an_operation_before_the_introduction_closes_the_socket(edge: Edge) -> None:
    async with opened(edge) as socket:
        await socket.subscribe("1", "{ __typename }")
        assert await socket.closed() == (4401, "Unauthorized")


async def test_an_id_in_use_closes_the_socket(edge: Edge) -> None:
    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("1", ORDER_CHANGED, id="ord_not_yet")
        await socket.subscribe("1", ORDER_CHANGED, id="ord_not_yet")
        assert await socket.closed() == (4409, "Subscriber already exists")
    await until_followers(edge, 0)


@pytest.mark.parametrize("subprotocol", ["graphql-ws", None])
async def test_another_subprotocol_is_not_spoken(edge: Edge, subprotocol: str | None) -> None:
    offered = None if subprotocol is None else [Subprotocol(subprotocol)]
    async with connect(f"{edge.socket_url}/graphql", subprotocols=offered) as connection:
        assert await Socket(connection).closed() == (4406, "Subprotocol not acceptable")


async def test_more_operations_than_possible_are_refused_one_by_one(edge: Edge) -> None:
    async with opened(edge) as socket:
        await socket.init()
        for number in range(101):
            await socket.subscribe(str(number), ORDER_CHANGED, id="ord_not_yet")
        message = await socket.next()
        assert (message["id"], message["type"]) == ("100", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == ["BAD_REQUEST"]
        await until_followers(edge, 100)
        await socket.send(type="complete", id="0")
        await until_followers(edge, 99)
        await socket.subscribe("100", "{ __typename }")
        assert (await socket.next())["type"] == "next"
    await until_followers(edge, 0)


async def test_an_id_may_be_used_again_after_it_was_completed(edge: Edge) -> None:
    order = await new_order(edge)
    async with opened(edge) as socket:
        await socket.init()
        for _ in range(3):
            await socket.subscribe("1", ORDER_CHANGED, id=order)
            assert (await socket.next())["type"] == "next"
            await socket.send(type="complete", id="1")
        await until_followers(edge, 0)


class Paused:
    """A client of the endpoint itself, whose line takes a message only when it is let through."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.offered: asyncio.Queue[Any] = asyncio.Queue()
        self.free = asyncio.Semaphore(0)

    async def run(self, endpoint: GraphQLOverWebSocket) -> None:
        scope = {"type": "websocket", "subprotocols": ["graphql-transport-ws"], "headers": []}
        await endpoint(scope, self.incoming.get, self._send)

    def say(self, **message: Any) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def _send(self, message: Any) -> None:
        is_text = message["type"] == "websocket.send"
        self.offered.put_nowait(json.loads(message["text"]) if is_text else message)
        await self.free.acquire()

    async def take(self) -> Any:
        """The next message, the line being free for it."""
        self.free.release()
        return await asyncio.wait_for(self.offered.get(), 10)


def endpoint_of(
    edge: Edge, init_timeout: float = 10.0, bus: Handles | None = None
) -> GraphQLOverWebSocket:
    diptych = edge.diptych

    def context(min_position: Position | None) -> Commanding:
        return Commanding(
            store=diptych.store,
            wait=2.0,
            min_position=min_position,
            bus=bus or diptych.bus,
            actor="test",
        )

    return GraphQLOverWebSocket(Execution(SCHEMA, context), init_timeout)


async def on_server(edge: Edge, work: Coroutine[Any, Any, None]) -> None:
    """Run where the server runs, as its stores belong to that loop."""
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, edge.loop))


async def test_a_slow_client_is_given_the_newest_state(edge: Edge) -> None:
    order = await new_order(edge)
    query = "subscription($id: ID!) { orderChanged(id: $id) { version } }"

    async def slow() -> None:
        client = Paused()
        serving = asyncio.create_task(client.run(endpoint_of(edge)))
        assert (await client.take())["type"] == "websocket.accept"
        client.say(type="connection_init")
        assert await client.take() == {"type": "connection_ack"}
        client.say(type="subscribe", id="1", payload={"query": query, "variables": {"id": order}})
        assert (await client.take())["payload"] == {"data": {"orderChanged": {"version": 1}}}
        topic = edge.diptych.store._live[Order]._topics[order]
        await command(edge, "confirmOrder", orderId=order)
        await until(lambda: client.offered.qsize() == 1)
        await command(edge, "shipOrder", orderId=order, carrier="Post", trackingNumber="T")
        await command(edge, "deliverOrder", orderId=order)
        await until(lambda: topic.newest is not None and topic.newest.version == 4)
        # What was on the line when it stood still is followed by the newest alone.
        assert (await client.take())["payload"] == {"data": {"orderChanged": {"version": 2}}}
        assert (await client.take())["payload"] == {"data": {"orderChanged": {"version": 4}}}
        client.incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(serving, 10)

    await on_server(edge, slow())
    assert followers(edge) == 0


async def test_a_client_that_does_not_introduce_itself_is_closed(edge: Edge) -> None:
    async def silent() -> None:
        client = Paused()
        serving = asyncio.create_task(client.run(endpoint_of(edge, init_timeout=0.05)))
        assert (await client.take())["type"] == "websocket.accept"
        assert await client.take() == {
            "type": "websocket.close",
            "code": 4408,
            "reason": "Connection initialisation timeout",
        }
        await asyncio.wait_for(serving, 10)

    await on_server(edge, silent())


async def test_a_server_that_stops_tells_its_clients_to_come_again(
    mongo_url: str, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, mongo_url=mongo_url.replace("/?", "/stopping?"))
    with ExitStack() as stack:
        edge = stack.enter_context(serving(settings))
        async with opened(edge) as socket:
            await socket.init()
            await socket.subscribe("1", ORDER_CHANGED, id="ord_not_yet")
            await until_followers(edge, 1)
            stopping = asyncio.create_task(asyncio.to_thread(stack.close))
            assert (await socket.closed())[0] == 1012
            await stopping


RECEIVE = "mutation($id: ID!) { receiveStock(input: {productId: $id, quantity: 1}) { position } }"
SERVER_STOPS = {"type": "websocket.disconnect", "code": 1012}


class Held:
    """A write side that answers no command before it is released."""

    def __init__(self) -> None:
        self.begun = 0
        self.released = asyncio.Event()

    async def handle(
        self, command: Command, *, actor: str, idempotency_key: str | None = None
    ) -> Outcome:
        self.begun += 1
        await self.released.wait()
        raise Unavailable("The write store is not available.")


async def test_a_stopping_server_answers_what_is_under_way_and_ends_what_lasts(
    mongo_url: str, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path, mongo_url=mongo_url.replace("/?", "/answering?"))
    with ExitStack() as stack:
        edge = stack.enter_context(serving(settings))
        product = await asyncio.to_thread(edge.new_product)
        position = str(await asyncio.to_thread(edge.head) + 1)
        async with opened(edge) as socket:
            await socket.init()
            await socket.subscribe("following", ORDER_CHANGED, id="ord_not_yet")
            await until_followers(edge, 1)
            with closing(sqlite3.connect(tmp_path / "diptych.sqlite")) as other:
                other.execute("BEGIN IMMEDIATE")
                await socket.subscribe("receiving", RECEIVE, id=product)
                await socket.send(type="ping")
                assert await socket.next() == {"type": "pong"}
                stopping = asyncio.create_task(asyncio.to_thread(stack.close))
                await until_followers(edge, 0)
            recorded = {"position": position}
            payload = {"data": {"receiveStock": recorded}, "extensions": recorded}
            assert await socket.next() == {"id": "receiving", "type": "next", "payload": payload}
            assert await socket.next() == {"id": "receiving", "type": "complete"}
            assert (await socket.closed())[0] == 1012
            await stopping


async def test_what_a_stopping_server_cuts_off_is_told_what_came_of_it(edge: Edge) -> None:
    async def stopping() -> None:
        client, bus = Paused(), Held()
        serving = asyncio.create_task(client.run(endpoint_of(edge, bus=bus)))
        assert (await client.take())["type"] == "websocket.accept"
        client.say(type="connection_init")
        assert await client.take() == {"type": "connection_ack"}
        payload = {"query": RECEIVE, "variables": {"id": "prd_x"}}
        for number in range(MOST_ANSWERS + 1):
            client.say(type="subscribe", id=str(number), payload=payload)
        await until(lambda: bus.begun == MOST_ANSWERS and client.incoming.empty())
        client.incoming.put_nowait(SERVER_STOPS)
        await until(client.incoming.empty)
        serving.cancel()
        last: dict[str, Any] = {}
        while (message := await client.take())["type"] != "websocket.close":
            if message["type"] != "complete":
                last[message["id"]] = message
        assert message["code"] == 1012
        begun = [last.pop(str(number)) for number in range(MOST_ANSWERS)]
        for each in begun:
            assert (each["type"], each["payload"]["data"]) == ("next", None)
            (error,) = each["payload"]["errors"]
            assert error["extensions"] == {"code": "OUTCOME_UNKNOWN"}
        ((id, never_begun),) = last.items()
        assert (id, never_begun["type"]) == (str(MOST_ANSWERS), "error")
        assert [error["extensions"] for error in never_begun["payload"]] == [
            {"code": "UNAVAILABLE"}
        ]
        client.free.release()
        await asyncio.wait_for(serving, 10)

    await on_server(edge, stopping())


async def test_a_state_is_encoded_once_for_each_distinct_selection(edge: Edge) -> None:
    order = await new_order(edge)
    query = (
        "subscription($id: ID!, $after: Position, $more: Boolean!) {"
        " orderChanged(id: $id, after: $after) { status version @include(if: $more) } }"
    )

    async def watch() -> None:
        endpoint = endpoint_of(edge)
        client = Paused()
        serving = asyncio.create_task(client.run(endpoint))
        await client.take()
        client.say(type="connection_init")
        await client.take()
        # What only says which states come is no part of the selection.
        for id, after, more in (("1", None, True), ("2", "1", True), ("3", None, False)):
            variables = {"id": order, "after": after, "more": more}
            payload = {"query": query, "variables": variables}
            client.say(type="subscribe", id=id, payload=payload)
        assert {(await client.take())["id"] for _ in range(3)} == {"1", "2", "3"}
        assert len(endpoint._streams._encoded) == 2
        client.incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(serving, 10)
        # Nobody has the state any more.
        gc.collect()
        assert len(endpoint._streams._encoded) == 0

    await on_server(edge, watch())


async def test_a_subscriber_that_does_not_read_is_cut_off_and_leaves_nothing_behind(
    mongo_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = mongo_url.replace("/?", "/unread?")
    with ExitStack() as stack:
        settings = Settings(data=tmp_path, mongo_url=url, unread_time=0.5)
        edge = stack.enter_context(serving(settings))
        async with opened(edge) as socket:
            await socket.init()
            for number in range(50):
                await socket.subscribe(f"s{number}", ORDER_CHANGED, id="ord_not_yet")
            await until_followers(edge, 50)
            socket.connection.transport.pause_reading()
            # More than what the system takes of it on both sides.
            ping = masked(json.dumps({"type": "ping", "payload": {"a": "x" * 900_000}}))
            for _ in range(25):
                socket.connection.transport.write(ping)
            await until_followers(edge, 0)
        await asyncio.to_thread(stack.close)
    gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def masked(text: str) -> bytes:
    """A frame for a client that waits for nobody."""
    data = text.encode()
    return b"\x81\xff" + struct.pack("!Q", len(data)) + bytes(4) + data


async def test_a_subscription_keeps_nothing_of_what_it_does_not_use(edge: Edge) -> None:
    async with opened(edge) as socket:
        await socket.init()
        await subscribe_with_too_much(socket)
        await until_followers(edge, 4)
        await on_server(edge, require_short_texts())
    await until_followers(edge, 0)


async def subscribe_with_too_much(socket: Socket) -> None:
    request = {"query": ORDER_CHANGED, "variables": {"id": "ord_not_yet"}}
    too_much = "x" * 200_000
    for id, more in (
        ("1", {"variables": {"id": "ord_not_yet", "unused": too_much}}),
        ("2", {"extensions": {"unused": too_much}}),
        ("3", {"query": f"{ORDER_CHANGED} # {too_much}"}),
        ("4", {"unused": too_much}),
    ):
        await socket.send(type="subscribe", id=id, payload=request | more)


async def require_short_texts() -> None:
    """Nothing that a task of this loop holds is a long text, what modules have aside."""
    gc.collect()
    found: dict[int, object] = {}
    looking: list[object] = list(asyncio.all_tasks())
    while looking:
        each = looking.pop()
        if id(each) in found or isinstance(each, type | ModuleType | FunctionType):
            continue
        found[id(each)] = each
        assert not isinstance(each, str | bytes) or len(each) < 100_000
        looking += gc.get_referents(each)


async def test_what_the_subscriptions_of_a_socket_use_is_bounded(edge: Edge) -> None:
    async with opened(edge) as socket:
        await socket.init()
        for id in "abcd":
            await socket.subscribe(id, ORDER_CHANGED, id=id * 300_000)
        message = await socket.next()
        assert (message["id"], message["type"]) == ("d", "error")
        assert message["payload"] == [
            {
                "message": "The subscriptions of one socket use at most 1,048,576 bytes of"
                " variables at a time.",
                "extensions": {"code": "BAD_REQUEST"},
            }
        ]
        await socket.send(type="complete", id="a")
        await until_followers(edge, 2)
        await socket.subscribe("d", ORDER_CHANGED, id="d" * 300_000)
        await until_followers(edge, 3)
    await until_followers(edge, 0)


async def test_the_text_of_a_subscription_is_bounded(edge: Edge) -> None:
    names = " ".join(f"{'a' * 150}{number}: status" for number in range(80))
    query = f"subscription($id: ID!) {{ orderChanged(id: $id) {{ {names} }} }}"
    async with opened(edge) as socket:
        await socket.init()
        await socket.subscribe("1", query, id="ord_not_yet")
        message = await socket.next()
        assert (message["id"], message["type"]) == ("1", "error")
        assert [error["message"] for error in message["payload"]] == [
            "The text of a subscription has at most 10,000 characters without its comments and"
            " blanks."
        ]


async def test_so_many_answers_of_one_socket_are_made_at_a_time(edge: Edge) -> None:
    confirm = 'mutation { confirmOrder(input: {orderId: "ord_x"}) { version } }'

    async def ask() -> None:
        bus = Held()
        client = Paused()
        serving = asyncio.create_task(client.run(endpoint_of(edge, bus=bus)))
        await client.take()
        client.say(type="connection_init")
        await client.take()
        for number in range(15):
            client.say(type="subscribe", id=str(number), payload={"query": confirm})
        await until(lambda: bus.begun == 10)
        # The first is made to its end all the same, and the eleventh waits for that.
        client.say(type="complete", id="0")
        client.say(type="ping")
        assert await client.take() == {"type": "pong"}
        assert bus.begun == 10
        bus.released.set()
        ended = [await client.take() for _ in range(28)]
        assert sorted(int(each["id"]) for each in ended if each["type"] == "complete") == list(
            range(1, 15)
        )
        assert bus.begun == 15
        client.incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(serving, 30)

    await on_server(edge, ask())
