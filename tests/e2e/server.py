"""A running server as its clients meet it: GraphQL over HTTP and WebSocket, and its log's file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.schema.running import Server, serving

Json = dict[str, Any]

PATIENCE = 30.0
"""Seconds after which what was waited for is given up."""

_OF_CUSTOMERS = ("registerCustomer", "changeCustomer")
_OF_PRODUCTS = (
    "registerProduct",
    "changeProduct",
    "changePrice",
    "discontinueProduct",
    "receiveStock",
    "adjustStock",
)


def noun_of(command: str) -> str:
    """What the command changes, as its payload names it."""
    if command in _OF_CUSTOMERS:
        return "customer"
    return "product" if command in _OF_PRODUCTS else "order"


def operation(command: str, selection: str = "") -> str:
    """The mutation of one command, with its input as the variable `input`."""
    type_name = f"{command[0].upper()}{command[1:]}Input"
    return (
        f"mutation Run($input: {type_name}!) {{ {command}(input: $input) {{"
        f" position version userErrors {{ code field message }} id: {noun_of(command)}Id"
        f" {selection} }} }}"
    )


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a command answered that was accepted."""

    id: str
    version: int
    position: str


class Api:
    """One client of the server at `url`, which may come back at another address."""

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.http = httpx.Client(timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, query: str, **variables: Any) -> httpx.Response:
        # Not httpx's own JSON: lone surrogates travel as escapes.
        body = json.dumps({"query": query, "variables": variables})
        return self.http.post(
            f"{self.url}/graphql", content=body, headers={"Content-Type": "application/json"}
        )

    def answer(self, query: str, **variables: Any) -> Json:
        """The whole response, errors included."""
        response = self.post(query, **variables)
        assert response.status_code == 200, response.text
        answered: Json = response.json()
        return answered

    def data(self, query: str, **variables: Any) -> Json:
        answered = self.answer(query, **variables)
        assert "errors" not in answered, answered["errors"]
        data: Json = answered["data"]
        return data

    def errors(self, query: str, **variables: Any) -> list[tuple[str, str | None]]:
        """The codes of the errors and the first part of where they are."""
        return [
            (error["extensions"]["code"], error["path"][0] if "path" in error else None)
            for error in self.answer(query, **variables)["errors"]
        ]

    def run(self, command: str, selection: str = "", /, **input: Any) -> Json:
        """The payload of one command."""
        payload: Json = self.data(operation(command, selection), input=input)[command]
        return payload

    def accepted(self, command: str, /, **input: Any) -> Accepted:
        payload = self.run(command, **input)
        assert payload["userErrors"] == [], payload
        return Accepted(payload["id"], payload["version"], payload["position"])

    def refused(self, command: str, /, **input: Any) -> list[tuple[str, list[str] | None]]:
        """The codes and fields of the refusals."""
        payload = self.run(command, **input)
        assert (payload["id"], payload["version"], payload["position"]) == (None, None, None)
        return [(error["code"], error["field"]) for error in payload["userErrors"]]

    def is_ready(self) -> Json:
        answered: Json = self.http.get(f"{self.url}/readyz").json()
        return answered

    @contextmanager
    def socket(self) -> Iterator[Socket]:
        """An acknowledged connection."""
        with self.raw_socket() as raw:
            socket = Socket(raw)
            socket.send(type="connection_init")
            assert socket.receive() == {"type": "connection_ack"}
            yield socket

    def raw_socket(self) -> ClientConnection:
        return connect(
            self.url.replace("http", "ws", 1) + "/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            compression=None,
        )


class Socket:
    """One client of graphql-transport-ws."""

    def __init__(self, raw: ClientConnection) -> None:
        self._raw = raw

    def send(self, **message: Any) -> None:
        self._raw.send(json.dumps(message))

    def receive(self) -> Json:
        message: Json = json.loads(self._raw.recv(timeout=PATIENCE))
        return message

    def subscribe(self, query: str, **variables: Any) -> str:
        """The id under which results come."""
        id = uuid4().hex
        self.send(id=id, type="subscribe", payload={"query": query, "variables": variables})
        return id

    def next(self, id: str) -> Json:
        """The data of the next result of a subscription."""
        message = self.receive()
        assert (message["id"], message["type"]) == (id, "next"), message
        assert "errors" not in message["payload"], message
        data: Json = message["payload"]["data"]
        return data

    def is_idle(self) -> bool:
        """Whether nothing has come before the answer to a ping that is sent now."""
        self.send(type="ping")
        return self.receive() == {"type": "pong"}


class Log:
    """The write store's file in a data folder, read beside its writers."""

    def __init__(self, data: Path) -> None:
        self._file = data / "diptych.sqlite"

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)) as connection:
            return connection.execute(query, parameters).fetchall()

    def head(self) -> int:
        """The last position, of the log itself and of its head alike."""
        ((last, counted, head),) = self.rows(
            "SELECT coalesce(max(position), 0), count(*), (SELECT position FROM log_head)"
            " FROM events"
        )
        assert last == counted == head
        return int(last)


@contextmanager
def serving_api(data: Path, **settings: str) -> Iterator[tuple[Server, Api]]:
    """A server of its own, and a client of it."""
    with serving(data, **settings) as server, Api(server.url) as api:
        yield server, api
