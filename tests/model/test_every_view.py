"""Whatever happens in a shop, clients see of it what a plain model of it says.

Random commands run through the real stores, between stops, restarts and rebuilds of the
projections; then every view is asked for everything.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.model.asking import everything, same_documents, same_everywhere
from tests.model.running import Running, running
from tests.model.seen import customer_page, order_page, product_page, reason_against
from tests.model.shop import ALLOWED, Json, Shop
from tests.model.steps import (
    HISTORIES,
    OPENING,
    ORDER_QUESTIONS,
    PRODUCT_QUESTIONS,
    TEXTS,
    Again,
    Ask,
    Engine,
    Forward,
    Look,
    Pass,
    Question,
    Rebuild,
    Step,
    resolved,
)

NEXT = {"PENDING": "confirmOrder", "CONFIRMED": "shipOrder", "SHIPPED": "deliverOrder"}


class Played:
    """Does each step in the application, and what it accepts in the model."""

    def __init__(self, application: Running) -> None:
        self.application, self.shop = application, Shop()
        self._done: list[tuple[str, Json, Json]] = []

    async def step(self, step: Step) -> None:
        match step:
            case Ask(command, input, reading):
                await self._ask(command, resolved(self.shop, input), reading)
            case Forward(number):
                await self._forward(number)
            case Again(number, same):
                await self._again(number, same)
            case Pass(by):
                self.application.now += by
                due = self.shop.due(self.application.now)
                fired = await self.application.fire()
                assert set(fired) == due
                self.shop.expire(fired, self.application.now)
            case Engine("starts"):
                await self.application.start()
            case Engine(what, turns):
                await self.application.stop(turns)
                if what == "restarts":
                    await self.application.start()
            case Rebuild(view):
                await self.application.rebuild(view)
            case Look():
                await self.application.start()
                await same_documents(self.application, self.shop)

    async def _ask(self, command: str, input: Json, reading: bool = False) -> None:
        payload = await self._payload(command, input, f"key {len(self._done)}", reading)
        if payload["userErrors"]:
            self._refused(command, input, payload)
            assert await self.application.head() == self.shop.position
            return
        noun = _noun(command)
        id = payload[f"{noun}Id"]
        version = self.shop.accept(command, input, id, self.application.now)
        assert (payload["version"], payload["position"]) == (version, str(self.shop.position))
        if noun in payload:
            assert payload[noun] == self._page(noun, id)
        self._done.append((command, input, payload))

    def _refused(self, command: str, input: Json, payload: Json) -> None:
        """Where the order's status is the reason, in the words that its page has for it."""
        assert (payload["position"], payload["version"]) == (None, None)
        (error, *_) = payload["userErrors"]
        if error["code"].startswith("ORDER_"):
            status = self.shop.orders[input["orderId"]].status
            assert error["message"] == reason_against(command, status)

    async def _forward(self, number: int) -> None:
        order = list(self.shop.orders.values())[number % len(self.shop.orders)]
        command = NEXT.get(order.status, "confirmOrder")
        shipping = {"carrier": "Post", "trackingNumber": "T-2"} if command == "shipOrder" else {}
        await self._ask(command, {"orderId": order.id, **shipping})

    async def _again(self, number: int, same: bool) -> None:
        """An idempotency key answers what it answered, or nothing else."""
        number %= len(self._done)
        command, input, before = self._done[number]
        if not same:
            command, input = "receiveStock", {"productId": "unknown", "quantity": 7}
        payload = await self._payload(command, input, f"key {number}")
        if same:
            assert payload == {name: before[name] for name in payload}
        else:
            assert [e["code"] for e in payload["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]

    async def _payload(self, command: str, input: Json, key: str, reading: bool = False) -> Json:
        noun, kind = _noun(command), command[0].upper() + command[1:]
        document = f"{noun} {everything(noun.capitalize())}" if reading else ""
        if not self.application.is_projecting:
            document = ""
        mutation = (
            f"mutation($input: {kind}Input!) {{ {command}(input: $input) {{"
            f" position version userErrors {{ code message field }} {noun}Id {document} }} }}"
        )
        answer = await self.application.ask(mutation, input=input | {"idempotencyKey": key})
        return answer[command]

    def _page(self, noun: str, id: str) -> Json:
        if noun == "order":
            return order_page(self.shop, self.shop.orders[id])
        if noun == "product":
            return product_page(self.shop, self.shop.products[id])
        return customer_page(self.shop, self.shop.customers[id])


def _noun(command: str) -> str:
    """What the payload of a command is about."""
    if "Customer" in command:
        return "customer"
    return "order" if "Order" in command or command in ALLOWED else "product"


TOLD = settings(max_examples=9, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Few each time: after ten examples most are variations of earlier ones."""


@pytest.mark.parametrize("number", range(int(os.environ.get("MODEL_TESTS", "4"))))
def test_every_view_shows_what_the_model_says(
    tmp_path_factory: pytest.TempPathFactory, tables: Path, mongo_url: str, number: int
) -> None:
    @seed(number)
    @TOLD
    @given(history=HISTORIES, orders=ORDER_QUESTIONS, products=PRODUCT_QUESTIONS, texts=TEXTS)
    def live(
        history: list[Step], orders: list[Question], products: list[Question], texts: list[str]
    ) -> None:
        path = tmp_path_factory.mktemp("shop") / "write.sqlite"
        shutil.copyfile(tables, path)
        url = f"sqlite+aiosqlite:///{path}"
        asyncio.run(lived(url, mongo_url, history, orders, products, texts))

    live()


async def lived(
    write_url: str,
    mongo_url: str,
    history: Sequence[Step],
    orders: Sequence[Question],
    products: Sequence[Question],
    texts: Sequence[str],
) -> None:
    """Does what happened, and compares what is to be seen of it in the end."""
    async with running(write_url, mongo_url) as application:
        played = Played(application)
        for step in (*OPENING, *history):
            await played.step(step)
        await application.level()
        await same_everywhere(application, played.shop, orders, products, texts)
        assert await application.problems() == []
