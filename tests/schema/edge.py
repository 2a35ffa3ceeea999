"""The whole application behind a real HTTP server, for tests that speak to it as clients do."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from schema.app import Diptych, running
from schema.serving.server import BoundedServer
from schema.settings import Settings

_NUMBERS = count(1)
ADDRESS = {"line1": "1 Quay", "city": "Cork", "country": "IE"}


@dataclass
class Edge:
    """A running server: `http` speaks to it, `loop` is where it runs."""

    url: str
    diptych: Diptych
    loop: asyncio.AbstractEventLoop
    http: httpx.Client

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def post(
        self, query: str, variables: Mapping[str, Any] | None = None, **extensions: Any
    ) -> httpx.Response:
        asked = {"query": query, "variables": variables, "extensions": extensions}
        return self.http.post("/graphql", json=asked)

    def data(self, query: str, /, *, min_position: Any = None, **variables: Any) -> Any:
        """What an operation without errors answers, as new as a position."""
        answer = self.post(query, variables, minPosition=min_position).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def by_socket(
        self, query: str | None, variables: Mapping[str, Any] | None = None, **extensions: Any
    ) -> Any:
        """The type and the payload of the first message that an operation is answered with."""
        payload = {"query": query, "variables": variables, "extensions": extensions}
        protocol = [Subprotocol("graphql-transport-ws")]
        with connect(f"{self.socket_url}/graphql", subprotocols=protocol) as socket:
            socket.send(json.dumps({"type": "connection_init"}))
            assert json.loads(socket.recv(timeout=30)) == {"type": "connection_ack"}
            socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            message = json.loads(socket.recv(timeout=30))
        return message["type"], message["payload"]

    def head(self) -> int:
        """The position of the log's last fact."""
        asked = asyncio.run_coroutine_threadsafe(self.diptych.feed.head(), self.loop)
        return asked.result(30)

    def command(self, name: str, /, **input: Any) -> Any:
        """The payload of a command."""
        kind = name[0].upper() + name[1:]
        noun = next(noun for noun in ("order", "product", "customer") if noun in _subject(name))
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ position version"
            f" userErrors {{ code message field }} {noun}Id }} }}"
        )
        return self.data(query, input=input)[name]

    def new_product(
        self, price: str = "12.50", stock: int = 10, *, currency: str = "EUR", **more: Any
    ) -> str:
        """The id of a product of its own SKU."""
        given = {
            "sku": f"SKU-{next(_NUMBERS)}",
            "name": "Lamp",
            "category": "Light",
            "price": {"amount": price, "currency": currency},
            "initialStock": stock,
        }
        id: str = self.command("registerProduct", **(given | more))["productId"]
        return id

    def new_customer(self) -> str:
        """The id of a customer of their own email."""
        given = {"name": "Ada", "email": f"ada-{next(_NUMBERS)}@example.org"}
        id: str = self.command("registerCustomer", **given)["customerId"]
        return id

    def new_order(self, quantity: int = 2, **more: Any) -> str:
        """The id of an order by a new customer for a new product."""
        items = [{"productId": self.new_product(), "quantity": quantity}]
        given = {"customerId": self.new_customer(), "items": items, "shippingAddress": ADDRESS}
        id: str = self.command("placeOrder", **(given | more))["orderId"]
        return id


def _subject(command: str) -> str:
    about_products = {"changePrice", "receiveStock", "adjustStock"}
    if command == "changeShippingAddress":
        return "order"
    return "product" if command in about_products else command.lower()


@contextmanager
def serving(settings: Settings) -> Iterator[Edge]:
    """The application on a free port, in a thread of its own."""
    with asyncio.Runner() as runner:
        thread = threading.Thread(target=runner.get_loop().run_forever)
        loop = runner.get_loop()
        thread.start()

        def run(work: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(work, loop).result(60)

        application = running(settings)
        diptych = run(application.__aenter__())
        server = BoundedServer(diptych.asgi, settings.bounds, grace=30)
        serving = asyncio.run_coroutine_threadsafe(server.serve(), loop)
        try:
            url = run(_url(server))
            with httpx.Client(base_url=url, timeout=30) as http:
                yield Edge(url, diptych, loop, http)
        finally:
            server.should_exit = True
            serving.result(60)
            run(application.__aexit__(None, None, None))
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


async def _url(server: BoundedServer) -> str:
    await until(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"


async def until(condition: Callable[[], bool]) -> None:
    """Return once it holds; for what nobody announces."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 – there is no event to wait for
            await asyncio.sleep(0.01)
