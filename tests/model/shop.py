"""A shop in plain values: what each accepted command means.

It shares no code with the application and sums nothing up: it only keeps what was agreed, as lists,
and numbers the facts. Commands come with the input that a client sends, and the id that it got.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.model import told
from tests.model.things import DIGITS, Customer, Fact, Json, Line, Order, Product, Shelf

WINDOW = timedelta(hours=24)
EXPIRED = "Not confirmed within 24 hours."

ALLOWED = {
    "confirmOrder": ("PENDING",),
    "shipOrder": ("CONFIRMED",),
    "deliverOrder": ("SHIPPED",),
    "cancelOrder": ("PENDING", "CONFIRMED"),
    "changeShippingAddress": ("PENDING", "CONFIRMED"),
}
"""What may be done to an order in which status."""


@dataclass
class Shop:
    customers: dict[str, Customer] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    @property
    def position(self) -> int:
        return len(self.facts)

    def version(self, of: str) -> int:
        return sum(fact.of == of for fact in self.facts)

    def accept(self, command: str, given: Mapping[str, Json], id: str, at: datetime) -> int:
        """Takes an accepted command in, and answers the version that it says it reached."""
        getattr(self, f"_{command}")(id, given, at)
        of_stock = command in ("receiveStock", "adjustStock")
        return self.version(stock_of(id) if of_stock else id)

    def due(self, now: datetime) -> set[str]:
        """The orders whose payment window is over."""
        return {
            order.id
            for order in self.orders.values()
            if order.status == "PENDING" and order.placed_at + WINDOW <= now
        }

    def expire(self, ids: Iterable[str], at: datetime) -> None:
        for id in ids:
            self._cancel(id, EXPIRED, at, "payment_window")

    def _record(self, of: str, name: str, at: datetime, **more: Any) -> None:
        self.facts.append(
            Fact(len(self.facts) + 1, of, name, at, more.pop("actor", "anonymous"), **more)
        )

    def _registerCustomer(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self.customers[id] = Customer(id, given["name"], given["email"], given.get("address"), at)
        self._record(id, "CustomerRegistered", at)

    def _changeCustomer(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        customer = self.customers[id]
        before = (customer.name, customer.email)
        for name in ("name", "email", "address"):
            setattr(customer, name, given.get(name, getattr(customer, name)))
        is_rename = (customer.name, customer.email) != before
        self._record(id, "CustomerChanged", at, is_rename=is_rename)

    def _registerProduct(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        product = self.products[id] = Product(
            id=id,
            sku=given["sku"],
            name=given["name"],
            description=given.get("description"),
            category=given["category"],
            minor=minor(given["price"]),
            currency=given["price"]["currency"],
        )
        self._record(id, "ProductRegistered", at, shelves={product.shelf})
        if given.get("initialStock"):
            self._receiveStock(id, {"quantity": given["initialStock"]}, at)

    def _changeProduct(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        product = self.products[id]
        before = product.shelf
        for name in ("name", "description", "category"):
            setattr(product, name, given.get(name, getattr(product, name)))
        moved = {before, product.shelf} if product.shelf != before else set()
        self._record(id, "ProductChanged", at, shelves=moved)

    def _changePrice(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self.products[id].minor = minor(given["price"])
        self._record(id, "PriceChanged", at, shelves={self.products[id].shelf})

    def _discontinueProduct(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self.products[id].discontinued = True
        self._record(id, "ProductDiscontinued", at, shelves={self.products[id].shelf})

    def _receiveStock(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self.products[id].came_in.append(given["quantity"])
        self._record(stock_of(id), "StockReceived", at)

    def _adjustStock(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self.products[id].came_in.append(given["change"])
        self._record(stock_of(id), "StockAdjusted", at)

    def _placeOrder(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        units: Counter[str] = Counter()
        for item in given["items"]:
            units[item["productId"]] += item["quantity"]
        lines = []
        for product_id, quantity in units.items():
            product = self.products[product_id]
            lines.append(Line(product_id, product.sku, product.name, quantity, product.minor))
        order = self.orders[id] = Order(
            id=id,
            customer_id=given["customerId"],
            reference=given.get("reference"),
            lines=lines,
            currency=product.currency,
            address=given["shippingAddress"],
            placed_at=at,
            statuses=[("PENDING", at, None)],
        )
        data = told.placed(order, self.customers[order.customer_id])
        self._record(id, "OrderPlaced", at, data=data, shelves=self._shelves(order))
        self._stock_records(order, "StockReserved", at)

    def _confirmOrder(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self._became("CONFIRMED", id, at)
        data = told.confirmed_or_delivered(self.orders[id])
        self._record(id, "OrderConfirmed", at, data=data)

    def _shipOrder(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        order = self.orders[id]
        order.carrier, order.tracking_number = given["carrier"], given["trackingNumber"]
        if given.get("estimatedDelivery"):
            order.estimated_delivery = to_the_millisecond(given["estimatedDelivery"])
        self._became("SHIPPED", id, at, note=order.carrier)
        self._record(id, "OrderShipped", at, data=told.shipped(order))
        self._stock_records(order, "StockShipped", at)

    def _deliverOrder(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self._became("DELIVERED", id, at)
        data = told.confirmed_or_delivered(self.orders[id])
        self._record(id, "OrderDelivered", at, data=data)

    def _cancelOrder(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        self._cancel(id, given["reason"], at, "anonymous")

    def _changeShippingAddress(self, id: str, given: Mapping[str, Json], at: datetime) -> None:
        order = self.orders[id]
        order.address = given["shippingAddress"]
        self._record(id, "ShippingAddressChanged", at, data=told.readdressed(order))

    def _cancel(self, id: str, reason: str, at: datetime, actor: str) -> None:
        self._became("CANCELLED", id, at, note=reason)
        order = self.orders[id]
        more = {"data": told.cancelled(order, reason), "shelves": self._shelves(order)}
        self._record(id, "OrderCancelled", at, actor=actor, **more)
        self._stock_records(order, "StockReleased", at, actor=actor)

    def _became(self, status: str, id: str, at: datetime, note: str | None = None) -> None:
        self.orders[id].statuses.append((status, at, note))

    def _stock_records(self, order: Order, name: str, at: datetime, **more: Any) -> None:
        for line in order.lines:
            self._record(stock_of(line.product_id), name, at, **more)

    def _shelves(self, order: Order) -> set[Shelf]:
        """Where the products that were ordered stand now."""
        return {self.products[line.product_id].shelf for line in order.lines}


def stock_of(product_id: str) -> str:
    """The history of a product's stock is one of its own."""
    return f"stock of {product_id}"


def minor(price: Json) -> int:
    """1.5 EUR are 150 cents."""
    whole, _, rest = price["amount"].partition(".")
    return int(whole + rest.ljust(DIGITS[price["currency"]], "0"))


def to_the_millisecond(text: str) -> datetime:
    at = datetime.fromisoformat(text).astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
