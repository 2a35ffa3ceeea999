"""The load: customers order, confirm, and stock comes in.

A quarter of the commands place an order of three products, which records four facts; the others
record one each.
"""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from benchmarks.load import Client
from commands.bus import Bus
from commands.customers.register_customer import RegisterCustomer
from commands.events import Address
from commands.given import Currency, Id, Money, OrderItem
from commands.ids import new_id
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.payment_window import PaymentWindow
from commands.orders.place_order import PlaceOrder
from commands.outcome import Accepted, Outcome
from commands.products.register_product import RegisterProduct
from commands.stock.receive_stock import ReceiveStock

PRODUCTS = 100
LINES = 3
PLENTY = 1_000_000_000
PAYMENT_WINDOW = PaymentWindow(timedelta(hours=24))
"""As the server has it: each order that is placed sets a timer."""
_HOME = Address(
    recipient="Ada Lovelace",
    line1="12 St James's Square",
    city="London",
    postal_code="SW1Y 4JH",
    country="GB",
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A customer, and products that never run out."""

    customer_id: Id
    product_ids: tuple[Id, ...]

    def order(self, product_ids: list[Id]) -> PlaceOrder:
        return PlaceOrder(
            order_id=Id(new_id("ord")),
            customer_id=self.customer_id,
            items=[OrderItem(product_id=id, quantity=1) for id in product_ids],
            shipping_address=_HOME,
        )


def picks(number: int) -> random.Random:
    """What a client chooses: the same in every way."""
    return random.Random(number)


async def opened(bus: Bus) -> Shop:
    """A shop with its catalogue."""
    unique = uuid4().hex
    customer = await bus.handle(
        RegisterCustomer(name="Ada Lovelace", email=f"{unique}@example.invalid", address=_HOME)
    )
    products = await asyncio.gather(
        *(
            bus.handle(
                RegisterProduct(
                    sku=f"{unique}-{number}",
                    name=f"White hanging heart {number}",
                    category="Decoration",
                    price=Money(amount=Decimal("2.55"), currency=Currency("GBP")),
                    initial_stock=PLENTY,
                )
            )
            for number in range(PRODUCTS)
        )
    )
    return Shop(_id(customer), tuple(_id(product) for product in products))


async def buying(bus: Bus, shop: Shop, number: int) -> Client:
    """A client of the mix."""
    pick = picks(number)
    while True:
        order = shop.order(pick.sample(shop.product_ids, LINES))
        accepted(await bus.handle(order))
        yield
        accepted(await bus.handle(ConfirmOrder(order_id=order.order_id)))
        yield
        for _ in range(2):
            received = ReceiveStock(product_id=pick.choice(shop.product_ids), quantity=1)
            accepted(await bus.handle(received))
            yield


async def crowding(bus: Bus, shop: Shop) -> Client:
    """A client that, like all others, orders the first product."""
    while True:
        accepted(await bus.handle(shop.order([shop.product_ids[0]])))
        yield


def accepted(outcome: Outcome) -> Accepted:
    """A refusal would be no measurement."""
    if not isinstance(outcome, Accepted):
        raise RuntimeError(f"The load was refused: {outcome}")
    return outcome


def _id(outcome: Outcome) -> Id:
    return Id(accepted(outcome).aggregate_id)
