"""Clients that go on ordering, each as a thread, whatever becomes of the server meanwhile."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from tests.e2e.server import PATIENCE, Accepted, Api, Json
from tests.e2e.shop import ADDRESS, eur, lines


@dataclass(frozen=True, slots=True)
class Command:
    """What a client asks for, under a key of its own: asked again it does not happen again."""

    name: str
    input: Json
    key: str = field(default_factory=lambda: uuid4().hex)


class Crowd:
    """`accepted` holds every command that was answered so, by its key, and the answer; `refused`
    the keys of the others; `unanswered` counts the times that a command had to be asked again."""

    def __init__(self, hot: Accepted, rare: Accepted, seed: int) -> None:
        self.hot, self.rare, self._seed = hot, rare, seed
        self.accepted: dict[str, tuple[Command, Accepted]] = {}
        self.refused: set[str] = set()
        self.unanswered = 0
        self._changed = threading.Condition()
        self._url = ""
        self._leaving = False
        self._clients: list[threading.Thread] = []
        self._faults: list[BaseException] = []

    @contextmanager
    def ordering(self, clients: int) -> Iterator[None]:
        """Clients at work, until `leave` at the latest."""
        self._clients = [threading.Thread(target=self._client, args=(n,)) for n in range(clients)]
        for client in self._clients:
            client.start()
        try:
            yield
        finally:
            self.leave()

    def leave(self) -> None:
        """Ends the clients, each after the answer that it still waits for."""
        self._leaving = True
        for client in self._clients:
            client.join(PATIENCE)
        assert not any(client.is_alive() for client in self._clients)
        assert self._faults == []

    def server_is_at(self, url: str) -> None:
        """An empty `url` says that there is none."""
        with self._changed:
            self._url = url
            self._changed.notify_all()

    def wait_for_answers(self, more: int) -> None:
        with self._changed:
            aim = len(self.accepted) + more
            reached = self._changed.wait_for(
                lambda: len(self.accepted) >= aim or bool(self._faults), PATIENCE
            )
        assert reached
        assert self._faults == []

    def counts(self) -> Counter[str]:
        """Accepted commands by name."""
        return Counter(command.name for command, _ in self.accepted.values())

    def _client(self, number: int) -> None:
        try:
            rng = random.Random(self._seed + number)
            errand = self._errands(rng, number)
            answer = None
            with Api() as api:
                while not self._leaving:
                    answer = self._answered(api, errand.send(answer))
        except BaseException as fault:
            with self._changed:
                self._faults.append(fault)
                self._changed.notify_all()

    def _errands(
        self, rng: random.Random, number: int
    ) -> Generator[Command, Accepted | None, None]:
        """What one client does: each command that it yields is sent back its answer, None where it
        was refused."""
        email = f"{uuid4().hex}@example.invalid"
        customer = yield Command("registerCustomer", {"name": f"C{number}", "email": email})
        assert customer
        order = {"customerId": customer.id, "shippingAddress": ADDRESS}
        while True:
            yield Command("receiveStock", {"productId": self.hot.id, "quantity": 3})
            placed = yield Command("placeOrder", order | {"items": lines((self.hot, 2))})
            assert placed
            id = {"orderId": placed.id}
            if rng.random() < 0.3:
                yield Command("cancelOrder", id | {"reason": "Changed my mind"})
                continue
            yield Command("confirmOrder", id | {"expectedVersion": 1})
            none_left = yield Command("placeOrder", order | {"items": lines((self.rare, 1))})
            assert none_left is None
            yield Command("shipOrder", id | {"carrier": "Post", "trackingNumber": "T"})
            yield Command("deliverOrder", id)
            price = eur(f"{rng.randrange(1, 100)}.00")
            yield Command("changePrice", {"productId": self.hot.id, "price": price})

    def _answered(self, api: Api, command: Command) -> Accepted | None:
        """Asks again, under the same key, until there is an answer."""
        while True:
            api.url = self._server()
            try:
                payload = api.run(command.name, idempotencyKey=command.key, **command.input)
            except httpx.TransportError:
                with self._changed:
                    self.unanswered += 1
                    self._changed.wait_for(lambda: self._url != api.url, PATIENCE)
            else:
                return self._noted(command, payload)

    def _server(self) -> str:
        with self._changed:
            assert self._changed.wait_for(lambda: bool(self._url), PATIENCE)
            return self._url

    def _noted(self, command: Command, payload: Json) -> Accepted | None:
        with self._changed:
            if payload["userErrors"]:
                self.refused.add(command.key)
                return None
            accepted = Accepted(payload["id"], payload["version"], payload["position"])
            self.accepted[command.key] = (command, accepted)
            self._changed.notify_all()
            return accepted
