"""Lives through a history, in the application and in the model."""

from tests.model import refused
from tests.model.asking import same_documents
from tests.model.queries import everything
from tests.model.running import Running
from tests.model.seen import customer_page, order_page, product_page, reason_against
from tests.model.shop import ALLOWED, Shop
from tests.model.steps import Again, Ask, Engine, Forward, Look, Pass, Rebuild, Step, resolved
from tests.model.things import Json

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
        expected = refused.codes(self.shop, command, input)
        payload = await self._payload(command, input, f"key {len(self._done)}", reading)
        assert {error["code"] for error in payload["userErrors"]} == expected, (command, input)
        if expected:
            await self._nothing_came_of(command, input, payload)
            return
        noun = _noun(command)
        id = payload[f"{noun}Id"]
        version = self.shop.accept(command, input, id, self.application.now)
        assert (payload["version"], payload["position"]) == (version, str(self.shop.position))
        if noun in payload:
            assert payload[noun] == self._page(noun, id)
        self._done.append((command, input, payload))

    async def _nothing_came_of(self, command: str, input: Json, payload: Json) -> None:
        """Where the order's status is the reason, in the words that its page has for it."""
        assert (payload["position"], payload["version"]) == (None, None)
        assert await self.application.head() == self.shop.position
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
