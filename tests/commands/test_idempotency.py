"""The same request again does nothing again."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from commands.bus import Bus
from commands.command import Command
from commands.fingerprint import fingerprint
from commands.given import Id
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.ship_order import ShipOrder
from commands.products.change_price import ChangePrice
from commands.refusal import Code
from commands.stock.receive_stock import ReceiveStock
from commands.store.database import Database
from tests.commands.conftest import Clock
from tests.commands.recorded import accepted, codes, facts, rows
from tests.commands.wanted import customer, item, order, price, product

REUSED = [(Code.IDEMPOTENCY_KEY_REUSED, "idempotency_key")]


async def test_the_same_key_answers_the_first_outcome_and_records_nothing(
    bus: Bus, other_bus: Bus, database: Database
) -> None:
    email = "ada@example.org"
    first = await bus.handle(customer(email=email), idempotency_key="k")
    accepted(await bus.handle(customer()))
    assert await bus.handle(customer(email=email), idempotency_key="k") == first
    assert await other_bus.handle(customer(email=email), idempotency_key="k") == first
    assert len(await facts(database)) == 2


async def test_the_first_outcome_stays_the_answer_while_the_aggregate_goes_on(
    bus: Bus, database: Database
) -> None:
    pencil = product()
    accepted(await bus.handle(pencil))
    receive = ReceiveStock(product_id=pencil.product_id, quantity=1)
    first = accepted(await bus.handle(receive, idempotency_key="k"))
    assert (first.version, first.position) == (2, 3)
    assert accepted(await bus.handle(receive)).version == 3
    assert await bus.handle(receive, idempotency_key="k") == first
    assert len(await facts(database)) == 4


async def test_fifty_at_once_are_one(bus: Bus, other_bus: Bus, database: Database) -> None:
    outcomes = await asyncio.gather(
        *(
            each.handle(customer(email="ada@example.org"), idempotency_key="k")
            for _ in range(25)
            for each in (bus, other_bus)
        )
    )
    assert len(outcomes) == 50
    assert len(set(outcomes)) == 1
    assert len(await facts(database)) == 1
    assert await rows(database, "SELECT count(*) FROM outcomes") == [(1,)]


async def test_a_key_with_another_input_is_refused(bus: Bus, database: Database) -> None:
    pencil = product()
    accepted(await bus.handle(pencil))
    one = ReceiveStock(product_id=pencil.product_id, quantity=1)
    two = ReceiveStock(product_id=pencil.product_id, quantity=2)
    accepted(await bus.handle(one, idempotency_key="k"))
    for other in (two, ConfirmOrder(order_id=Id("ord_x")), customer()):
        assert codes(await bus.handle(other, idempotency_key="k")) == REUSED
    together = await asyncio.gather(
        bus.handle(one, idempotency_key="l"), bus.handle(two, idempotency_key="l")
    )
    accepted(together[0])
    assert codes(together[1]) == REUSED
    assert len(await facts(database)) == 4


async def test_a_key_with_values_that_cannot_be_is_refused_where_it_was_used(
    bus: Bus, database: Database
) -> None:
    wrong = customer(email="no address")
    assert codes(await bus.handle(wrong, idempotency_key="k")) == [(Code.INVALID_INPUT, "email")]
    accepted(await bus.handle(customer(email="ada@example.org"), idempotency_key="k"))
    assert codes(await bus.handle(wrong, idempotency_key="k")) == REUSED
    assert codes(await bus.handle(wrong, idempotency_key="other")) == [
        (Code.INVALID_INPUT, "email")
    ]
    assert len(await facts(database)) == 1


async def test_a_refused_command_leaves_its_key_free(bus: Bus, database: Database) -> None:
    ada, pencil = customer(), product(initial_stock=1)
    accepted(await bus.handle(ada))
    accepted(await bus.handle(pencil))
    assert codes(await bus.handle(order(ada, (pencil, 2)), idempotency_key="k")) == [
        (Code.OUT_OF_STOCK, "items.0.quantity")
    ]
    assert await rows(database, "SELECT * FROM outcomes") == []
    accepted(await bus.handle(order(ada, (pencil, 1)), idempotency_key="k"))


async def test_keys_are_each_actor_s_own(bus: Bus, database: Database) -> None:
    outcomes = [
        await bus.handle(customer(), actor=actor, idempotency_key="k") for actor in ("a", "b")
    ]
    assert [accepted(outcome).position for outcome in outcomes] == [1, 2]
    assert await rows(database, "SELECT actor, key FROM outcomes ORDER BY actor") == [
        ("a", "k"),
        ("b", "k"),
    ]


async def test_a_key_answers_for_thirty_days(bus: Bus, database: Database, clock: Clock) -> None:
    pencil = product()
    accepted(await bus.handle(pencil))
    receive = ReceiveStock(product_id=pencil.product_id, quantity=1)
    first = accepted(await bus.handle(receive, idempotency_key="k"))
    clock.step(timedelta(days=30))
    assert await bus.handle(receive, idempotency_key="k") == first
    clock.step(timedelta(milliseconds=1))
    again = accepted(await bus.handle(receive, idempotency_key="k"))
    assert again.position == first.position + 1
    assert await bus.handle(receive, idempotency_key="k") == again
    assert await rows(database, "SELECT position FROM outcomes") == [(again.position,)]


async def test_an_expired_key_is_forgotten(
    bus: Bus, other_bus: Bus, database: Database, clock: Clock
) -> None:
    accepted(await bus.handle(customer(), idempotency_key="old"))
    clock.step(timedelta(days=30, milliseconds=1))
    # Keys are swept with a process's first commit, and each hour from then on.
    accepted(await other_bus.handle(customer(), idempotency_key="new"))
    assert await rows(database, "SELECT key FROM outcomes") == [("new",)]


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a\0b", "\ud800"])
async def test_a_key_that_cannot_be_kept_is_refused(bus: Bus, database: Database, key: str) -> None:
    assert codes(await bus.handle(customer(), idempotency_key=key)) == [
        (Code.INVALID_INPUT, "idempotency_key")
    ]
    assert await facts(database) == []


async def test_a_key_may_be_anything_else(bus: Bus, database: Database) -> None:
    for key in ("x" * 200, "🖋 \"'", "[]"):
        first = await bus.handle(customer(email=f"{ord(key[0])}@b"), idempotency_key=key)
        accepted(first)
        again = await bus.handle(customer(email=f"{ord(key[0])}@b"), idempotency_key=key)
        assert again == first
    assert len(await facts(database)) == 3


def at_price(amount: str) -> Command:
    return ChangePrice(product_id=Id("p"), price=price(amount))


def shipped(**given: Any) -> Command:
    defaults: dict[str, Any] = {"order_id": Id("o"), "carrier": "a", "tracking_number": "b"}
    return ShipOrder(**defaults | given)


NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
SAME: list[tuple[Command, Command]] = [
    (
        ChangePrice(product_id=Id("p"), price=price(a)),
        ChangePrice(product_id=Id("p"), price=price(b)),
    )
    for a, b in [("1.50", "1.5"), ("100", "1E+2"), ("0", "0.00"), ("0", "-0"), ("10", "10.0")]
] + [
    (customer(email="a@b"), customer(email="a@b")),
    (customer(email="zo\u00eb@b"), customer(email="zoe\u0308@b")),
    (product(sku="s", description=""), product(sku="s")),
    (product(sku="s", name="n"), product("1.5", sku="s", name="n")),
    (
        order("c", items=[item("p", 1, price("1.50"))]),
        order("c", items=[item("p", 1, price("1.5"))]),
    ),
    (
        shipped(estimated_delivery=NOON),
        shipped(estimated_delivery=NOON.astimezone(timezone(timedelta(hours=2)))),
    ),
    (
        shipped(estimated_delivery=NOON),
        shipped(estimated_delivery=NOON + timedelta(microseconds=999)),
    ),
]
OTHER: list[tuple[Command, Command]] = [
    (
        ChangePrice(product_id=Id("p"), price=price(a)),
        ChangePrice(product_id=Id("p"), price=price(b)),
    )
    for a, b in [("1.50", "1.05"), ("10", "1"), ("100", "1000"), ("0.1", "0.01")]
] + [
    (customer(email="a@b"), customer(email="A@b")),
    (customer(email="a@b", address=None), customer(email="a@b")),
    (order("c", ("p", 1), ("q", 1)), order("c", ("q", 1), ("p", 1))),
    (order("c", ("p", 2)), order("c", ("p", 1), ("p", 1))),
    (ConfirmOrder(order_id=Id("o")), ConfirmOrder(order_id=Id("o"), expected_version=1)),
    (shipped(), shipped(estimated_delivery=NOON)),
    (shipped(carrier="ab", tracking_number="c"), shipped(carrier="a", tracking_number="bc")),
    (ReceiveStock(product_id=Id("p"), quantity=1), ReceiveStock(product_id=Id("p"), quantity=10)),
]


@pytest.mark.parametrize(("one", "same"), SAME)
def test_what_asks_for_the_same_is_the_same_request(one: Command, same: Command) -> None:
    assert fingerprint(one) == fingerprint(same)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_asks_for_something_else_is_another_request(one: Command, other: Command) -> None:
    assert fingerprint(one) != fingerprint(other)


async def test_a_price_written_otherwise_is_the_same_request(bus: Bus, database: Database) -> None:
    pencil = product()
    accepted(await bus.handle(pencil))
    first, again = [
        await bus.handle(
            ChangePrice(product_id=pencil.product_id, price=price(amount)), idempotency_key="k"
        )
        for amount in ("1.50", "1.5")
    ]
    assert accepted(first) == again
    assert len(await facts(database)) == 3
