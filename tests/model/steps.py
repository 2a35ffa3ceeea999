"""What may happen in a shop: its steps, and with what each shop begins.

A step names the customer, product or order that it concerns by a number: the how manieth there is
by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tests.model.shop import Shop
from tests.model.things import Json

NOBODYS = 9


@dataclass(frozen=True)
class Ref:
    """The how manieth customer, product (of a currency) or order; counted on from the first again
    where there are fewer. NOBODYS is the number of none."""

    kind: str
    number: int
    currency: str | None = None


@dataclass(frozen=True)
class PlacedAt:
    """When the how manieth order was placed."""

    number: int


@dataclass(frozen=True)
class Current:
    """The version of what the command is about, as it is now."""


@dataclass(frozen=True)
class Ask:
    """A command with its input. `reading` selects the document on the payload too."""

    command: str
    input: Json
    reading: bool = False


@dataclass(frozen=True)
class Forward:
    """The next command for an order on its way to the customer."""

    order: int


@dataclass(frozen=True)
class Again:
    """An earlier command with its idempotency key; with another input if it is not the same."""

    number: int
    same: bool


@dataclass(frozen=True)
class Pass:
    """Time passes, and timers fire."""

    by: timedelta


@dataclass(frozen=True)
class Engine:
    """The projections are stopped where they are, after some turns of the event loop, or begin
    again, or both."""

    what: str
    turns: int


@dataclass(frozen=True)
class Rebuild:
    """One of the views, the how manieth, is rebuilt, while the shop goes on."""

    view: int


@dataclass(frozen=True)
class Look:
    """Every document is compared as soon as it shows the last fact."""


Step = Ask | Forward | Again | Pass | Engine | Rebuild | Look

HOME = {"recipient": "Ada", "line1": "1 Quay", "city": "Cork", "country": "IE"}
WORK = {
    "line1": "2 Mall",
    "line2": "Floor 3",
    "city": "Łódź",
    "region": "Ł",
    "postalCode": "90-001",
    "country": "PL",
}

OPENING: Sequence[Step] = [
    Ask("registerCustomer", {"name": "Ada", "email": "ada@x.org", "address": HOME}),
    Ask("registerCustomer", {"name": "Bob", "email": "bob@x.org"}),
    *(
        Ask(
            "registerProduct",
            {
                "sku": sku,
                "name": name,
                "category": category,
                "price": {"amount": amount, "currency": currency},
                "initialStock": 20,
            },
        )
        for sku, name, category, amount, currency in [
            ("LMP-0", "Lamp", "Light", "1.50", "EUR"),
            ("CND-0", "Candle", "Light", "0.03", "EUR"),
            ("RST-0", "Red stool", "Seats", "150", "JPY"),
            ("CHR-0", "Chair", "Seats", "1.250", "KWD"),
        ]
    ),
    Ask(
        "placeOrder",
        {
            "customerId": Ref("customer", 0),
            "items": [
                {"productId": Ref("product", 0), "quantity": 2},
                {"productId": Ref("product", 1), "quantity": 1},
                {"productId": Ref("product", 0), "quantity": 1},
            ],
            "shippingAddress": HOME,
        },
    ),
]
"""With what every shop begins."""


def resolved(shop: Shop, given: Json) -> Json:
    """An input or a filter with ids, instants and versions in the place of what stands for them."""
    match given:
        case dict():
            plain = {name: resolved(shop, value) for name, value in given.items()}
            if isinstance(given.get("expectedVersion"), Current):
                (id,) = (value for name, value in plain.items() if name.endswith("Id"))
                plain["expectedVersion"] = shop.version(id)
            return plain
        case list():
            return [resolved(shop, value) for value in given]
        case Ref():
            return _id(shop, given)
        case PlacedAt(number):
            placed = [order.placed_at for order in shop.orders.values()]
            return placed[number % len(placed)].isoformat()
    return given


def _id(shop: Shop, ref: Ref) -> str:
    if ref.kind == "product":
        ids = [
            product.id
            for product in shop.products.values()
            if ref.currency in (None, product.currency)
        ]
    else:
        ids = list(shop.customers if ref.kind == "customer" else shop.orders)
    return "unknown" if ref.number == NOBODYS or not ids else ids[ref.number % len(ids)]
