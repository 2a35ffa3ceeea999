"""Every kind of refusal: its code, the field to blame, and nothing recorded."""

from collections.abc import Callable

import pytest

from commands.bus import Bus
from commands.command import Command
from commands.customers.change_customer import ChangeCustomer
from commands.given import Id
from commands.orders.cancel_order import CancelOrder
from commands.orders.change_shipping_address import ChangeShippingAddress
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.deliver_order import DeliverOrder
from commands.orders.ship_order import ShipOrder
from commands.products.change_price import ChangePrice
from commands.products.change_product import ChangeProduct
from commands.products.discontinue_product import DiscontinueProduct
from commands.refusal import Code
from commands.stock.adjust_stock import AdjustStock
from commands.stock.receive_stock import ReceiveStock
from commands.store.database import Database
from tests.commands.recorded import accepted, codes, events, rows
from tests.commands.wanted import HOME, customer, order, price, product

ADA, BOB = customer(email="ada@x"), customer(email="bob@x")
PEN, YEN = product(sku="pen", initial_stock=5), product("300", "JPY", initial_stock=5)
GONE = product(sku="gone", initial_stock=5)
PENDING, DONE = order(ADA, (PEN, 3), reference="PO 7"), order(ADA, (PEN, 1))
OPENING: list[Command] = [
    *(ADA, BOB, PEN, YEN, GONE, PENDING, DONE),
    ConfirmOrder(order_id=DONE.order_id),
    ShipOrder(order_id=DONE.order_id, carrier="Post", tracking_number="1"),
    DiscontinueProduct(product_id=GONE.product_id),
]
UNKNOWN = Id("ord_1")

Refused = tuple[Code, str, Callable[[], Command]]
REFUSED: list[Refused] = [
    (Code.INVALID_INPUT, "email", lambda: customer(email="nobody")),
    (Code.INVALID_INPUT, "", lambda: ChangeCustomer(customer_id=ADA.customer_id)),
    (Code.INVALID_INPUT, "name", lambda: ChangeCustomer(customer_id=ADA.customer_id, name=None)),
    (Code.INVALID_INPUT, "category", lambda: _change_pen(category=None)),
    (Code.INVALID_INPUT, "price.amount", lambda: product("-1")),
    (
        Code.INVALID_INPUT,
        "quantity",
        lambda: ReceiveStock(product_id=PEN.product_id, quantity=0),
    ),
    (Code.INVALID_INPUT, "change", lambda: _adjust(2_147_483_647)),
    (Code.INVALID_INPUT, "reason", lambda: CancelOrder(order_id=PENDING.order_id, reason="")),
    (Code.INVALID_INPUT, "items", lambda: order(ADA)),
    (Code.NOT_FOUND, "customer_id", lambda: ChangeCustomer(customer_id=UNKNOWN, name="A")),
    (Code.NOT_FOUND, "customer_id", lambda: order("cus_1", (PEN, 1))),
    (Code.NOT_FOUND, "items.0.product_id", lambda: order(ADA, ("prd_1", 1))),
    (Code.NOT_FOUND, "product_id", lambda: ChangeProduct(product_id=UNKNOWN, name="A")),
    (Code.NOT_FOUND, "product_id", lambda: ChangePrice(product_id=UNKNOWN, price=price("1"))),
    (Code.NOT_FOUND, "product_id", lambda: DiscontinueProduct(product_id=UNKNOWN)),
    (Code.NOT_FOUND, "product_id", lambda: ReceiveStock(product_id=UNKNOWN, quantity=1)),
    (Code.NOT_FOUND, "product_id", lambda: AdjustStock(product_id=UNKNOWN, change=1, reason="r")),
    (Code.NOT_FOUND, "order_id", lambda: ConfirmOrder(order_id=UNKNOWN)),
    (Code.NOT_FOUND, "order_id", lambda: DeliverOrder(order_id=UNKNOWN)),
    (Code.NOT_FOUND, "order_id", lambda: CancelOrder(order_id=UNKNOWN, reason="r")),
    (Code.NOT_FOUND, "order_id", lambda: _readdress(UNKNOWN)),
    (Code.CONFLICT, "expected_version", lambda: _change_pen(name="A", expected_version=2)),
    (
        Code.CONFLICT,
        "expected_version",
        lambda: ConfirmOrder(order_id=PENDING.order_id, expected_version=2),
    ),
    (Code.ALREADY_EXISTS, "email", lambda: customer(email="ADA@x")),
    (
        Code.ALREADY_EXISTS,
        "email",
        lambda: ChangeCustomer(customer_id=BOB.customer_id, email="ADA@x"),
    ),
    (Code.ALREADY_EXISTS, "sku", lambda: product(sku="pen")),
    (Code.ALREADY_EXISTS, "reference", lambda: order(ADA, (PEN, 1), reference="PO 7")),
    (Code.ORDER_NOT_PENDING, "order_id", lambda: ConfirmOrder(order_id=DONE.order_id)),
    (
        Code.ORDER_NOT_PENDING,
        "order_id",
        lambda: CancelOrder(order_id=DONE.order_id, reason="r", only_pending=True),
    ),
    (
        Code.ORDER_NOT_CONFIRMED,
        "order_id",
        lambda: ShipOrder(order_id=PENDING.order_id, carrier="Post", tracking_number="1"),
    ),
    (Code.ORDER_NOT_SHIPPED, "order_id", lambda: DeliverOrder(order_id=PENDING.order_id)),
    (Code.ORDER_CLOSED, "order_id", lambda: CancelOrder(order_id=DONE.order_id, reason="r")),
    (Code.ORDER_CLOSED, "order_id", lambda: _readdress(DONE.order_id)),
    (Code.OUT_OF_STOCK, "items.0.quantity", lambda: order(ADA, (PEN, 2))),
    (Code.OUT_OF_STOCK, "change", lambda: _adjust(-2)),
    (Code.PRODUCT_DISCONTINUED, "items.0.product_id", lambda: order(ADA, (GONE, 1))),
    (
        Code.PRODUCT_DISCONTINUED,
        "product_id",
        lambda: ChangeProduct(product_id=GONE.product_id, name="A"),
    ),
    (
        Code.PRODUCT_DISCONTINUED,
        "product_id",
        lambda: ChangePrice(product_id=GONE.product_id, price=price("1")),
    ),
    (
        Code.PRODUCT_DISCONTINUED,
        "product_id",
        lambda: DiscontinueProduct(product_id=GONE.product_id),
    ),
    (
        Code.CURRENCY_MISMATCH,
        "price.currency",
        lambda: ChangePrice(product_id=PEN.product_id, price=price("1", "EUR")),
    ),
    (Code.CURRENCY_MISMATCH, "items.1.product_id", lambda: order(ADA, (PEN, 1), (YEN, 1))),
]


def _change_pen(**named: str | int | None) -> Command:
    return ChangeProduct(product_id=PEN.product_id, **named)  # type: ignore[arg-type]  # as named


def _adjust(change: int) -> Command:
    return AdjustStock(product_id=PEN.product_id, change=change, reason="counted")


def _readdress(order_id: Id) -> Command:
    return ChangeShippingAddress(order_id=order_id, shipping_address=HOME)


@pytest.fixture
async def open_shop(bus: Bus) -> None:
    for command in OPENING:
        accepted(await bus.handle(command))


TABLES = ("streams", "outcomes", "timers", "customers", "products", "order_references")


async def everything(database: Database) -> list[object]:
    tables = [await rows(database, f"SELECT * FROM {table}") for table in TABLES]
    return [await events(database), *tables]


async def test_a_refusal_names_its_code_and_field_and_records_nothing(
    open_shop: None, bus: Bus, database: Database
) -> None:
    before = await everything(database)
    for number, (code, field, command) in enumerate(REFUSED):
        outcome = await bus.handle(command(), idempotency_key=str(number))
        assert codes(outcome) == [(code, field)], command()
    assert await everything(database) == before


async def test_a_key_that_was_used_for_another_input_is_refused(
    open_shop: None, bus: Bus, database: Database
) -> None:
    accepted(await bus.handle(customer(), idempotency_key="k"))
    before = await everything(database)
    outcome = await bus.handle(_adjust(1), idempotency_key="k")
    assert codes(outcome) == [(Code.IDEMPOTENCY_KEY_REUSED, "idempotency_key")]
    assert await everything(database) == before


def test_every_code_is_shown() -> None:
    assert {code for code, _, _ in REFUSED} == set(Code) - {Code.IDEMPOTENCY_KEY_REUSED}
