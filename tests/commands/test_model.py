"""Any sequence of commands is answered as by a model of plain values, and leaves what it leaves."""

import asyncio
import copy
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands.aggregate import Aggregate, Ref
from commands.audit import audit
from commands.bus import Bus, running_bus
from commands.command import Command
from commands.customers.change_customer import ChangeCustomer
from commands.customers.customer import Customer
from commands.given import KEEP, Id, Keep
from commands.ids import new_id
from commands.orders.cancel_order import CancelOrder
from commands.orders.change_shipping_address import ChangeShippingAddress
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.deliver_order import DeliverOrder
from commands.orders.order import Order
from commands.orders.ship_order import ShipOrder
from commands.outcome import Outcome, Refused
from commands.products.change_price import ChangePrice
from commands.products.change_product import ChangeProduct
from commands.products.discontinue_product import DiscontinueProduct
from commands.products.product import Product
from commands.stock.adjust_stock import AdjustStock
from commands.stock.receive_stock import ReceiveStock
from commands.stock.stock import Stock
from commands.store import saving
from commands.store.cache import AggregateCache
from commands.store.database import Database
from commands.store.loading import Loading
from commands.world import Loaded
from tests.commands.model import KEPT, Answer, Shop
from tests.commands.recorded import facts
from tests.commands.wanted import HOME, customer, order, price, product

Step = tuple[str, dict[str, Any]]

which = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 2, 3])
version = st.sampled_from([None, None, None, None, 1, 2])
amount = st.sampled_from(["1.50", "3", "0", "0.01"])
currency = st.sampled_from(["GBP", "GBP", "GBP", "JPY"])
items = st.lists(st.tuples(which, st.sampled_from([1, 1, 1, 2, 4, 0])), max_size=3)


def step(name: str, /, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.fixed_dictionaries(values))


emails = st.sampled_from(["ada@x", "ADA@X", "bob@x", "bob", "b@o@b"])
named = st.sampled_from([KEPT, "New", None])
skus = st.sampled_from(["a", "b", "c", "A"])
STEPS = st.one_of(
    step("customer", email=emails),
    step(
        "change_customer",
        id=which,
        name=named,
        email=st.one_of(st.just(KEPT), emails, st.none()),
        address=st.sampled_from([KEPT, "home", None]),
        expected=version,
    ),
    step("product", sku=skus, amount=amount, currency=currency, stock=st.sampled_from([0, 1, 5])),
    step("price", id=which, amount=amount, currency=currency, expected=version),
    step(
        "change_product", id=which, name=named, description=named, category=named, expected=version
    ),
    step("discontinue", id=which, expected=version),
    step("receive", id=which, quantity=st.sampled_from([1, 2, 0, 1_000_001])),
    step("adjust", id=which, change=st.sampled_from([-3, -1, 0, 1])),
    step("place", customer=which, items=items, reference=st.sampled_from([None, None, "r", "R"])),
    step("confirm", id=which, expected=version),
    step("ship", id=which, expected=version),
    step("deliver", id=which, expected=version),
    step("cancel", id=which, expected=version),
    step("readdress", id=which, expected=version),
)
"""Every command. An id is the how manieth of its kind that was asked for, from the last one back,
so that it may also be of something that was refused, or of nothing."""

OPENING: list[Step] = [
    ("customer", {"email": "eve@x"}),
    ("product", {"sku": "p", "amount": "2", "currency": "GBP", "stock": 3}),
    ("product", {"sku": "q", "amount": "0.50", "currency": "GBP", "stock": 2}),
    ("place", {"customer": 0, "items": [(0, 1)], "reference": None}),
]
WAYS = st.sampled_from(["at once", "together", "by a new process"])
HISTORIES = st.lists(
    st.tuples(WAYS, st.lists(STEPS, min_size=1, max_size=8)), min_size=4, max_size=10
)


@dataclass
class Ids:
    """Names what was asked for, by kind, the last first."""

    customer: list[str] = field(default_factory=list)
    product: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    def resolved(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        """A step's values with ids for what it names and what it makes."""
        if name == "customer":
            return {"id": self._new("cus", self.customer), **values}
        if name == "product":
            return {"id": self._new("prd", self.product), **values}
        if name == "change_customer":
            return values | {"id": _pick(self.customer, values["id"])}
        if name in ("change_product", "price", "discontinue", "receive", "adjust"):
            return values | {"id": _pick(self.product, values["id"])}
        if name == "place":
            lines = [(_pick(self.product, at), quantity) for at, quantity in values["items"]]
            buyer = _pick(self.customer, values["customer"])
            made = self._new("ord", self.order)
            return values | {"id": made, "customer": buyer, "items": lines}
        return values | {"id": _pick(self.order, values["id"])}

    def _new(self, prefix: str, ids: list[str]) -> str:
        ids.insert(0, new_id(prefix))
        return ids[0]


def _pick(ids: list[str], at: int) -> str:
    return ids[at] if at < len(ids) else "unknown"


def command(kind: str, /, id: str, **given: Any) -> Command:
    which, expected = Id(id), given.get("expected")
    match kind:
        case "customer":
            return customer(email=given["email"], customer_id=which)
        case "change_customer":
            whole = {KEPT: KEEP, "home": HOME, None: None}[given["address"]]
            return ChangeCustomer(
                customer_id=which,
                name=_value(given["name"]),
                email=_value(given["email"]),
                address=whole,
                expected_version=expected,
            )
        case "change_product":
            return ChangeProduct(
                product_id=which,
                name=_value(given["name"]),
                description=_value(given["description"]),
                category=_value(given["category"]),
                expected_version=expected,
            )
        case "adjust":
            return AdjustStock(product_id=which, change=given["change"], reason="counted")
        case "readdress":
            return ChangeShippingAddress(
                order_id=which, shipping_address=HOME, expected_version=expected
            )
        case "product":
            return product(
                given["amount"],
                given["currency"],
                sku=given["sku"],
                initial_stock=given["stock"],
                product_id=which,
            )
        case "price":
            asked = price(given["amount"], given["currency"])
            return ChangePrice(product_id=which, price=asked, expected_version=expected)
        case "discontinue":
            return DiscontinueProduct(product_id=which, expected_version=expected)
        case "receive":
            return ReceiveStock(product_id=which, quantity=given["quantity"])
        case "place":
            reference = given["reference"]
            return order(given["customer"], *given["items"], order_id=which, reference=reference)
        case "confirm":
            return ConfirmOrder(order_id=which, expected_version=expected)
        case "ship":
            return ShipOrder(
                order_id=which, carrier="a", tracking_number="b", expected_version=expected
            )
        case "deliver":
            return DeliverOrder(order_id=which, expected_version=expected)
        case _:
            return CancelOrder(order_id=which, reason="no", expected_version=expected)


def _value(text: str | None) -> str | Keep | None:
    return KEEP if text == KEPT else text


class Run:
    """Gives the same steps to the bus and to the model, and compares their answers."""

    def __init__(self) -> None:
        self.shop, self.ids, self._causes = Shop(), Ids(), 0

    async def take(self, bus: Bus, way: str, asked: list[Step]) -> None:
        steps = [(name, self.ids.resolved(name, values)) for name, values in asked]
        commands = [command(name, **values) for name, values in steps]
        if way == "together":
            self._causes += 1
            answer = await bus.handle_together(commands, actor="a", cause=str(self._causes))
            assert _answered(answer) == self._all_or_none(steps)
        else:
            outcomes = await asyncio.gather(*(bus.handle(command) for command in commands))
            assert _answered(outcomes) == [self._one(*each) for each in steps]

    def _one(self, name: str, values: dict[str, Any]) -> Answer:
        return self.shop.wrong(name, values) or self.shop.take(name, values)

    def _all_or_none(self, steps: list[Step]) -> list[Answer]:
        if wrong := [code for each in steps for code in self.shop.wrong(*each)]:
            return [wrong]
        before = copy.deepcopy(self.shop)
        answers = []
        for each in steps:
            answers.append(self.shop.take(*each))
            if isinstance(answers[-1], list):
                self.shop = before
                return answers[-1:]
        return answers


def _answered(answer: Refused | list[Outcome] | tuple[Outcome, ...]) -> list[Answer]:
    outcomes = [answer] if isinstance(answer, Refused) else answer
    return [
        [refusal.code.value for refusal in outcome.refusals]
        if isinstance(outcome, Refused)
        else outcome.version
        for outcome in outcomes
    ]


@pytest.fixture(scope="module", autouse=True)
def _frequent_snapshots() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "SNAPSHOT_EVERY", 3)
        yield


@settings(
    max_examples=settings().max_examples // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
@given(history=HISTORIES)
def test_any_history_is_answered_and_kept_as_by_the_model(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_sqlite: Path,
    history: list[tuple[str, list[Step]]],
) -> None:
    path = tmp_path_factory.mktemp("model") / "write.sqlite"
    shutil.copyfile(migrated_sqlite, path)
    asyncio.run(_lived(f"sqlite+aiosqlite:///{path}", history))


async def _lived(url: str, history: list[tuple[str, list[Step]]]) -> None:
    run, left = Run(), [("at once", OPENING), *history]
    while left:
        database = Database(url)
        async with running_bus(database) as bus:
            await run.take(bus, *left.pop(0))
            while left and left[0][0] != "by a new process":
                await run.take(bus, *left.pop(0))
        await database.close()
    await _same(url, run.shop)


async def _same(url: str, shop: Shop) -> None:
    """The log's fold and what the store says, with nothing cached, are the model's."""
    database = Database(url)
    log = await facts(database)
    assert len(log) == shop.facts
    held = _held([fact.event for fact in log])
    for id, item in shop.items.items():
        assert item.on_hand >= item.reserved >= 0
        assert held[id] == (item.on_hand, item.reserved)
        state = await _stored(database, Product, id)
        assert isinstance(state, Product)
        assert (state.sku, state.price.currency) == (item.sku, item.currency)
        assert (state.name, state.description) == (item.name, item.description)
        assert (state.shelf, state.discontinued) == (item.category, item.gone)
        stock = await _stored(database, Stock, id) or Stock()
        assert isinstance(stock, Stock)
        assert (stock.on_hand, stock.reserved) == (item.on_hand, item.reserved)
    for id, placed in shop.orders.items():
        state = await _stored(database, Order, id)
        assert isinstance(state, Order)
        assert (state.status, state.units, state.reference) == (
            placed.status,
            placed.units,
            placed.reference,
        )
        assert (state.total.minor, state.total.currency) == (placed.total, placed.currency)
    for id, person in shop.customers.items():
        state = await _stored(database, Customer, id)
        assert isinstance(state, Customer)
        assert (state.name, state.email) == (person.name, person.email)
        assert state.address == (HOME if person.at_home else None)
    assert (await audit(database)).problems == []
    await database.close()


async def _stored(database: Database, kind: type[Aggregate], id: str) -> Aggregate | None:
    async with database.reading() as connection:
        loaded = Loaded()
        loading = Loading(connection, database.statements, AggregateCache())
        await loading.load([Ref(kind, id)], loaded)
    return loaded.states[f"{kind.category}/{id}"][1]


def _held(events: list[Any]) -> dict[str, tuple[int, int]]:
    """On hand and reserved by product, from the facts' names and quantities; neither was ever
    negative, nor more promised than there was."""
    moves = {
        "StockReceived": (1, 0),
        "StockReserved": (0, 1),
        "StockReleased": (0, -1),
        "StockShipped": (-1, -1),
    }
    on_hand: Counter[str] = Counter()
    reserved: Counter[str] = Counter()
    for event in events:
        if type(event).__name__ == "StockAdjusted":
            on_hand[event.key] += event.change
            assert on_hand[event.key] >= reserved[event.key]
        if move := moves.get(type(event).__name__):
            on_hand[event.key] += move[0] * event.quantity
            reserved[event.key] += move[1] * event.quantity
            assert on_hand[event.key] >= reserved[event.key] >= 0
    keys = {event.key for event in events if type(event).__name__ == "ProductRegistered"}
    return {key: (on_hand[key], reserved[key]) for key in keys}
