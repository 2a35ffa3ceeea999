"""What a shop does, in plain values: it shares no code with the application.

A step is its name and its values; an answer the version that was reached, or the refusals' codes.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Answer = int | list[str]

DIGITS = {"GBP": 2, "JPY": 0}
KEPT = "kept"
"""Given for a value that a change does not name."""
ORDERS = {  # what each command needs, what the order is then, and the refusal otherwise
    "confirm": (("PENDING",), "CONFIRMED", "ORDER_NOT_PENDING"),
    "ship": (("CONFIRMED",), "SHIPPED", "ORDER_NOT_CONFIRMED"),
    "deliver": (("SHIPPED",), "DELIVERED", "ORDER_NOT_SHIPPED"),
    "cancel": (("PENDING", "CONFIRMED"), "CANCELLED", "ORDER_CLOSED"),
    "readdress": (("PENDING", "CONFIRMED"), None, "ORDER_CLOSED"),
}


@dataclass
class Person:
    email: str
    name: str = "Ada"
    at_home: bool = True
    version: int = 1


@dataclass
class Item:
    sku: str
    price: str
    currency: str
    on_hand: int
    name: str = "Pencil"
    description: str | None = None
    category: str = "Office"
    reserved: int = 0
    gone: bool = False
    version: int = 1
    stock_version: int = 0


@dataclass
class Placed:
    units: Counter[str]
    total: int
    currency: str
    reference: str | None
    status: str = "PENDING"
    version: int = 1


@dataclass
class Shop:
    customers: dict[str, Person] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    orders: dict[str, Placed] = field(default_factory=dict)
    facts: int = 0

    def wrong(self, name: str, given: dict[str, Any]) -> list[str]:
        """The codes of what is wrong with the values themselves."""
        count = 0
        if name == "customer":
            count = _is_no_email(given["email"])
        elif name == "change_customer":
            values = (given["name"], given["email"], given["address"])
            count = _wrong_change(values, given["name"], given["email"])
            count += (
                bool(given["email"]) and given["email"] != KEPT and _is_no_email(given["email"])
            )
        elif name == "change_product":
            values = (given["name"], given["description"], given["category"])
            count = _wrong_change(values, given["name"], given["category"])
        elif name in ("product", "price"):
            count = not _is_price(given["amount"], given["currency"])
        elif name == "receive":
            count = not 1 <= given["quantity"] <= 1_000_000
        elif name == "place":
            quantities = [quantity for _, quantity in given["items"]]
            count = sum(q < 1 for q in quantities) if quantities else 1
        return ["INVALID_INPUT"] * count

    def take(self, name: str, given: dict[str, Any]) -> Answer:
        """Does a step whose values are in order, or refuses it."""
        if name in ORDERS:
            return self._order(name, **given)
        answer: Answer = getattr(self, f"_{name}")(**given)
        return answer

    def _customer(self, id: str, email: str) -> Answer:
        if self._has(email):
            return ["ALREADY_EXISTS"]
        self.customers[id] = Person(email)
        self.facts += 1
        return 1

    def _change_customer(
        self, id: str, name: str, email: str, address: str | None, expected: int | None
    ) -> Answer:
        if id not in self.customers:
            return ["NOT_FOUND"]
        person = self.customers[id]
        if expected not in (None, person.version):
            return ["CONFLICT"]
        if email != KEPT:
            if self._has(email) not in (None, id):
                return ["ALREADY_EXISTS"]
            person.email = email
        person.name = person.name if name == KEPT else name
        person.at_home = person.at_home if address == KEPT else address is not None
        person.version += 1
        self.facts += 1
        return person.version

    def _has(self, email: str) -> str | None:
        whose = {person.email.lower(): id for id, person in self.customers.items()}
        return whose.get(email.lower())

    def _change_product(
        self, id: str, name: str, description: str | None, category: str, expected: int | None
    ) -> Answer:
        if refused := self._not_on_sale(id, expected):
            return refused
        item = self.items[id]
        item.name = item.name if name == KEPT else name
        item.description = item.description if description == KEPT else description
        item.category = item.category if category == KEPT else category
        return self._changed(item)

    def _product(self, id: str, sku: str, amount: str, currency: str, stock: int) -> Answer:
        if any(item.sku == sku for item in self.items.values()):
            return ["ALREADY_EXISTS"]
        self.items[id] = Item(sku, amount, currency, stock, stock_version=1 if stock else 0)
        self.facts += 2 if stock else 1
        return 1

    def _price(self, id: str, amount: str, currency: str, expected: int | None) -> Answer:
        if refused := self._not_on_sale(id, expected):
            return refused
        item = self.items[id]
        if currency != item.currency:
            return ["CURRENCY_MISMATCH"]
        item.price = amount
        return self._changed(item)

    def _discontinue(self, id: str, expected: int | None) -> Answer:
        if refused := self._not_on_sale(id, expected):
            return refused
        self.items[id].gone = True
        return self._changed(self.items[id])

    def _receive(self, id: str, quantity: int) -> Answer:
        if id not in self.items:
            return ["NOT_FOUND"]
        item = self.items[id]
        item.on_hand += quantity
        item.stock_version += 1
        self.facts += 1
        return item.stock_version

    def _adjust(self, id: str, change: int) -> Answer:
        if id not in self.items:
            return ["NOT_FOUND"]
        item = self.items[id]
        if item.on_hand + change < item.reserved:
            return ["OUT_OF_STOCK"]
        item.on_hand += change
        item.stock_version += 1
        self.facts += 1
        return item.stock_version

    def _place(
        self, id: str, customer: str, items: list[tuple[str, int]], reference: str | None
    ) -> Answer:
        if customer not in self.customers:
            return ["NOT_FOUND"]
        if reference and any(order.reference == reference for order in self.orders.values()):
            return ["ALREADY_EXISTS"]
        if refused := self._unsellable(items):
            return refused
        units: Counter[str] = Counter()
        for product, quantity in items:
            units[product] += quantity
        short = [p for p, n in units.items() if n > self.items[p].on_hand - self.items[p].reserved]
        if short:
            return ["OUT_OF_STOCK"] * len(short)
        for product, quantity in units.items():
            self.items[product].reserved += quantity
            self.items[product].stock_version += 1
        total = sum(n * _minor(self.items[p].price, self.items[p].currency) for p, n in items)
        self.orders[id] = Placed(units, total, self.items[items[0][0]].currency, reference)
        self.facts += 1 + len(units)
        return 1

    def _unsellable(self, items: list[tuple[str, int]]) -> list[str]:
        refused: list[str] = []
        currency = None
        for product, _ in items:
            if product not in self.items:
                refused.append("NOT_FOUND")
            elif self.items[product].gone:
                refused.append("PRODUCT_DISCONTINUED")
            else:
                currency = currency or self.items[product].currency
                if currency != self.items[product].currency:
                    refused.append("CURRENCY_MISMATCH")
        return refused

    def _order(self, name: str, id: str, expected: int | None) -> Answer:
        if id not in self.orders:
            return ["NOT_FOUND"]
        order = self.orders[id]
        allowed_in, becomes, code = ORDERS[name]
        if expected not in (None, order.version):
            return ["CONFLICT"]
        if order.status not in allowed_in:
            return [code]
        order.status = becomes or order.status
        order.version += 1
        self.facts += 1
        if name in ("ship", "cancel"):
            for product, quantity in order.units.items():
                item = self.items[product]
                item.reserved -= quantity
                item.on_hand -= quantity if name == "ship" else 0
                item.stock_version += 1
                self.facts += 1
        return order.version

    def _not_on_sale(self, id: str, expected: int | None) -> list[str]:
        if id not in self.items:
            return ["NOT_FOUND"]
        if expected not in (None, self.items[id].version):
            return ["CONFLICT"]
        return ["PRODUCT_DISCONTINUED"] if self.items[id].gone else []

    def _changed(self, item: Item) -> int:
        item.version += 1
        self.facts += 1
        return item.version


def _wrong_change(values: tuple[str | None, ...], *required: str | None) -> int:
    return all(value == KEPT for value in values) + sum(value is None for value in required)


def _is_no_email(text: str) -> bool:
    return text.count("@") != 1


def _is_price(amount: str, currency: str) -> bool:
    return len(amount.partition(".")[2]) <= DIGITS[currency]


def _minor(amount: str, currency: str) -> int:
    whole, _, rest = amount.partition(".")
    return int(whole + rest.ljust(DIGITS[currency], "0"))
