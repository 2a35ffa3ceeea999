"""What an invoice asks of the write side: the commands that make it so, in their order. Pure."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from commands import given
from commands.command import Command
from commands.customers.register_customer import RegisterCustomer
from commands.events import Address
from commands.given import Currency, Id
from commands.ids import new_id
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.place_order import PlaceOrder
from commands.products.change_price import ChangePrice
from commands.products.register_product import RegisterProduct
from commands.stock.receive_stock import ReceiveStock
from schema.importing.invoices import Invoice
from schema.importing.online_retail import Line

GBP = Currency("GBP")
NOT_GIVEN = "Not given"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is known of a product: its catalogue price in GBP and the units that can be ordered."""

    product_id: Id
    price: Decimal
    available: int


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that a credit note may cancel; `units` are by stock code."""

    id: Id
    customer_id: Id
    reference: str | None
    placed_at: datetime
    units: Mapping[str, int]
    total: Decimal


@dataclass(slots=True)
class Plan:
    """The commands, and what will be so once they are accepted."""

    order: OpenOrder
    commands: list[Command] = field(default_factory=list)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    new_customers: int = 0
    new_products: int = 0


def plan_order(
    invoice: Invoice,
    customer_id: Id | None,
    shelves: Mapping[str, Shelf | None],
    priced_later: Set[str] = frozenset(),
) -> Plan:
    """The invoice as one order, placed and confirmed; `customer_id` and the shelves of its stock
    codes are None where nothing is known of them.

    The catalogue's price of a product becomes that of its last line, unless a later invoice has
    given it one: `priced_later` names these stock codes.
    """
    order = OpenOrder(
        id=Id(new_id("ord")),
        customer_id=customer_id or Id(new_id("cus")),
        reference=invoice.number,
        placed_at=invoice.at,
        units=invoice.units,
        total=sum((line.units * line.price for line in invoice.lines), Decimal()),
    )
    plan = Plan(order)
    if customer_id is None:
        plan.commands.append(_register_customer(invoice, order.customer_id))
        plan.new_customers = 1
    last_lines = {line.sku: line for line in invoice.lines}
    for sku, line in last_lines.items():
        shelf = shelves[sku]
        if shelf is None:
            _register_product(plan, line, order.units[sku])
        else:
            price = shelf.price if sku in priced_later else line.price
            _stock_up(plan, sku, shelf, price, order.units[sku])
    plan.commands += [
        PlaceOrder(
            order_id=order.id,
            customer_id=order.customer_id,
            items=list(_items(invoice.lines, plan.shelves)),
            shipping_address=_address(invoice),
            reference=invoice.number,
        ),
        ConfirmOrder(order_id=order.id),
    ]
    return plan


def covered(
    note: Invoice, orders: Sequence[OpenOrder], last_line: Mapping[str, int]
) -> list[OpenOrder]:
    """The customer's orders whose quantities are all in the credit note, the latest first.

    A note is about what was there before it: not about an order that was placed later, nor about
    one whose invoice comes after it in this file, which an earlier run has imported already.
    """
    credited = note.units
    return sorted(
        (
            order
            for order in reversed(orders)
            if order.placed_at <= note.at
            and last_line.get(order.reference or "", 0) < note.last_line
            and all(units <= credited[sku] for sku, units in order.units.items())
        ),
        key=lambda order: order.placed_at,
        reverse=True,
    )


def _register_product(plan: Plan, line: Line, units: int) -> None:
    """The product is new, with just these units in stock."""
    register = RegisterProduct(
        sku=line.sku,
        name=line.description or line.sku,
        category=_category(line.sku),
        price=_gbp(line.price),
        initial_stock=units,
    )
    plan.commands.append(register)
    plan.new_products += 1
    plan.shelves[line.sku] = Shelf(register.product_id, line.price, 0)


def _stock_up(plan: Plan, sku: str, shelf: Shelf, price: Decimal, units: int) -> None:
    """The catalogue has the product at this price, with so many units that can be ordered."""
    if shelf.price != price:
        plan.commands.append(ChangePrice(product_id=shelf.product_id, price=_gbp(price)))
    lacking = max(0, units - shelf.available)
    if lacking:
        plan.commands.append(ReceiveStock(product_id=shelf.product_id, quantity=lacking))
    plan.shelves[sku] = Shelf(shelf.product_id, price, shelf.available + lacking - units)


def _category(sku: str) -> str:
    """The format has none; it numbers its wares and names all else: POST, M, BANK CHARGES."""
    return "Gifts" if sku[:1].isdigit() else "Postage and charges"


def _register_customer(invoice: Invoice, customer_id: Id) -> RegisterCustomer:
    line = invoice.lines[0]
    name = f"Customer {line.customer}" if line.customer else f"Guest in {line.country}"
    return RegisterCustomer(
        customer_id=customer_id, name=name, email=invoice.email, address=_address(invoice)
    )


def _address(invoice: Invoice) -> Address:
    """The format knows the country alone."""
    return Address(line1=NOT_GIVEN, city=NOT_GIVEN, country=invoice.lines[0].country)


def _items(lines: Sequence[Line], shelves: Mapping[str, Shelf]) -> Iterator[given.OrderItem]:
    """Lines of the same product at the same price are one."""
    units: dict[tuple[str, Decimal], int] = {}
    for line in lines:
        units[line.sku, line.price] = units.get((line.sku, line.price), 0) + line.units
    for (sku, price), quantity in units.items():
        yield given.OrderItem(
            product_id=shelves[sku].product_id, quantity=quantity, unit_price=_gbp(price)
        )


def _gbp(price: Decimal) -> given.Money:
    return given.Money(amount=price, currency=GBP)
