"""PlaceOrder."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from typing import Annotated

from commands import checks, given
from commands.aggregate import Need, Ref, World
from commands.command import command
from commands.customers.customer import Customer
from commands.events import (
    Address,
    Event,
    Money,
    OrderLine,
    OrderPersonal,
    OrderPlaced,
    StockReserved,
)
from commands.given import INTERNAL, Id
from commands.ids import new_id
from commands.orders.order import Order, reference_claim
from commands.products.catalogue import discontinued
from commands.products.product import Product
from commands.refusal import Code, Refusal, Rejected, already_exists, not_found
from commands.stock.stock import Stock

MAX_LINES = 2_000


@command
class PlaceOrder:
    """Order products for a customer.

    Prices and names are those of the catalogue at this moment, kept on the order; the stock is
    reserved in the same transaction. The same product twice is one line of the sum; all lines are
    of one currency.
    """

    order_id: Annotated[Id, INTERNAL] = field(default_factory=lambda: Id(new_id("ord")))
    customer_id: Annotated[Id, "Who orders."]
    items: Annotated[list[given.OrderItem], "1 to 2,000 lines, all of one currency."]
    shipping_address: Annotated[Address, "Where it goes; each line at most 500 characters."]
    reference: Annotated[
        str | None,
        "Your own number for the order, unique as written; an empty one counts as not given.",
    ] = None

    @property
    def target(self) -> Ref[Order]:
        return Ref(Order, self.order_id)

    def check(self) -> Iterator[Refusal]:
        if not 1 <= len(self.items) <= MAX_LINES:
            has = "more" if self.items else "none"
            yield checks.invalid(f"An order has 1 to {MAX_LINES:,} lines; this has {has}.", "items")
        else:
            yield from self._check_items()
        yield from checks.address(self.shipping_address, "shipping_address")
        yield from checks.text(self.reference, "reference")

    def _check_items(self) -> Iterator[Refusal]:
        units: Counter[str] = Counter()
        for index, item in enumerate(self.items):
            wrong = list(checks.quantity(item.quantity, "items", str(index), "quantity"))
            units[item.product_id] += item.quantity
            if not wrong and units[item.product_id] > checks.MAX_QUANTITY:
                wrong.append(
                    checks.invalid(
                        f"With the earlier lines of this product it is more than"
                        f" {checks.MAX_QUANTITY:,}.",
                        *("items", str(index), "quantity"),
                    )
                )
            yield from wrong
            yield from checks.price(item.unit_price, "items", str(index), "unit_price")

    def needs(self, world: World) -> Iterator[Need]:
        yield self.target
        yield Ref(Customer, self.customer_id)
        if self.reference is not None:
            yield reference_claim(self.reference)
        for product_id in {item.product_id for item in self.items}:
            yield Ref(Product, product_id)
            yield Ref(Stock, product_id)

    def decide(self, world: World, now: datetime) -> Iterator[Event]:
        customer = world.find(Customer, self.customer_id)
        if customer is None:
            raise Rejected(not_found("customer", self.customer_id, "customer_id"))
        if self.reference is not None and (owner := world.owner(reference_claim(self.reference))):
            raise Rejected(already_exists("order", owner, "reference", "reference"))
        lines = self._lines(world)
        units = self._reserve(world)
        yield OrderPlaced(
            order_id=self.order_id,
            customer_id=self.customer_id,
            reference=self.reference,
            lines=lines,
            total=_total(lines),
            placed_at=now,
            personal=OrderPersonal(
                customer_name=customer.name,
                customer_email=customer.email,
                shipping_address=self.shipping_address,
            ),
        )
        for product_id, quantity in units.items():
            yield StockReserved(product_id=product_id, order_id=self.order_id, quantity=quantity)

    def _lines(self, world: World) -> tuple[OrderLine, ...]:
        """The order's lines: one for each product and price."""
        lines: dict[tuple[str, Money], OrderLine] = {}
        refusals: list[Refusal] = []
        for index, item in enumerate(self.items):
            product = world.find(Product, item.product_id)
            where = ("items", str(index), "product_id")
            if product is None:
                refusals.append(not_found("product", item.product_id, *where))
            elif product.discontinued:
                refusals.append(discontinued(product, *where))
            else:
                line = _line(product, item)
                before = lines.get((product.id, line.unit_price))
                lines[product.id, line.unit_price] = _joined(before, line) if before else line
                if line.unit_price.currency != next(iter(lines.values())).unit_price.currency:
                    refusals.append(_other_currency(product, lines, where))
        if refusals:
            raise Rejected(*refusals)
        return tuple(lines.values())

    def _reserve(self, world: World) -> Counter[str]:
        """The units by product, where all are available."""
        units: Counter[str] = Counter()
        first: dict[str, int] = {}
        for index, item in enumerate(self.items):
            units[item.product_id] += item.quantity
            first.setdefault(item.product_id, index)
        refusals = [
            Refusal(
                Code.OUT_OF_STOCK,
                f"Only {available:,} of this product are available; {wanted:,} were asked for.",
                ("items", str(first[product_id]), "quantity"),
            )
            for product_id, wanted in units.items()
            if wanted > (available := (world.find(Stock, product_id) or Stock()).available)
        ]
        if refusals:
            raise Rejected(*refusals)
        return units


def _line(product: Product, item: given.OrderItem) -> OrderLine:
    return OrderLine(
        product_id=product.id,
        sku=product.sku,
        product_name=product.name,
        quantity=item.quantity,
        unit_price=checks.money(item.unit_price) if item.unit_price else product.price,
    )


def _joined(line: OrderLine, more: OrderLine) -> OrderLine:
    return OrderLine(
        product_id=line.product_id,
        sku=line.sku,
        product_name=line.product_name,
        quantity=line.quantity + more.quantity,
        unit_price=line.unit_price,
    )


def _other_currency(
    product: Product, lines: dict[tuple[str, Money], OrderLine], where: tuple[str, ...]
) -> Refusal:
    first = next(iter(lines.values())).unit_price.currency
    return Refusal(
        Code.CURRENCY_MISMATCH,
        f"An order has one currency: its first line is in {first}, product {product.sku} is not.",
        where,
    )


def _total(lines: tuple[OrderLine, ...]) -> Money:
    total = sum(line.quantity * line.unit_price.minor for line in lines)
    if total > checks.MAX_TOTAL:
        raise Rejected(
            checks.invalid(f"The total is above {checks.MAX_TOTAL:,} minor units.", "items")
        )
    return Money(total, lines[0].unit_price.currency)
