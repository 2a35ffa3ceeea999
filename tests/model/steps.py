"""What may happen in a shop, and what clients may ask of it: the strategies.

A step names the customer, product or order that it concerns by a number: the how manieth there is
by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.model.shop import Json, Shop

Strategy = st.SearchStrategy[Any]


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
PRICES = {
    "EUR": ["1.50", "3", "0", "0.01", "19.99", "100000000"],
    "JPY": ["150", "3", "0", "980"],
    "KWD": ["1.250", "0.005", "3", "0.9"],
}

numbers = st.integers(0, NOBODYS)
a_customer = st.builds(Ref, st.just("customer"), numbers)
a_product = st.builds(Ref, st.just("product"), numbers)
an_order = st.builds(Ref, st.just("order"), numbers)
an_address = st.sampled_from([HOME, WORK])
a_currency = st.sampled_from(list(PRICES))
emails = st.sampled_from(["ada@x.org", "ADA@x.org", "bob@x.org", "eva@x.org", "zoë@x.org", "eva"])
persons = st.sampled_from(["Ada", "Bob", "Éva", "Zoë"])
skus = st.sampled_from(["LMP-1", "LMP-12", "lmp-1", "CHR.7", "X"])
names = st.sampled_from(["Lamp", "lamp", "Red lamp", "Candle", "Éclair", "chair red"])
descriptions = st.sampled_from([None, "A warm light.", "Red, as a chair."])
categories = st.sampled_from(["Light", "Seats", "light"])
versions = st.sampled_from([Current(), Current(), 1])
quantities = st.sampled_from([1, 1, 1, 1, 2, 2, 3, 3, 4, 0, 999_999])


def asked(
    command: str, *, optional: dict[str, Strategy] | None = None, **given: Strategy
) -> Strategy:
    whole = st.fixed_dictionaries(given, optional=optional or {})
    return st.builds(Ask, st.just(command), whole, st.booleans())


def price_in(currency: str) -> Strategy:
    amounts = st.sampled_from([*PRICES[currency], "0.0001"])
    return st.fixed_dictionaries({"amount": amounts, "currency": st.just(currency)})


def product_in(currency: str | None) -> Strategy:
    return st.builds(Ref, st.just("product"), numbers, st.just(currency))


def _new_price(currency: str) -> Strategy:
    return asked(
        "changePrice",
        productId=st.one_of(product_in(currency), product_in(currency), a_product),
        price=price_in(currency),
        optional=expected,
    )


def _basket(currency: str | None) -> Strategy:
    line = st.fixed_dictionaries({"productId": product_in(currency), "quantity": quantities})
    return st.lists(line, min_size=1, max_size=3)


baskets = st.sampled_from(["EUR", "EUR", "EUR", "JPY", "JPY", "KWD", "KWD", None]).flatmap(_basket)
expected = {"expectedVersion": versions}

place = asked(
    "placeOrder",
    customerId=a_customer,
    items=baskets,
    shippingAddress=an_address,
    optional={"reference": st.sampled_from([None, "R-1", "R-2", "r-1"])},
)
cancel = asked(
    "cancelOrder", orderId=an_order, reason=st.sampled_from(["Late.", ""]), optional=expected
)
change_customer = asked(
    "changeCustomer",
    customerId=a_customer,
    optional={"name": persons, "email": emails, "address": st.one_of(st.none(), an_address)}
    | expected,
)
change_product = asked(
    "changeProduct",
    productId=a_product,
    optional={"name": names, "description": descriptions, "category": categories} | expected,
)

ship = asked(
    "shipOrder",
    orderId=an_order,
    carrier=st.sampled_from(["DHL", "Post"]),
    trackingNumber=st.just("T-1"),
    optional={"estimatedDelivery": st.sampled_from([None, "2026-03-09T08:30:00.250750+02:00"])}
    | expected,
)
readdress = asked(
    "changeShippingAddress", orderId=an_order, shippingAddress=an_address, optional=expected
)
adjust = asked(
    "adjustStock",
    productId=a_product,
    change=st.sampled_from([1, 0, -1, -3, -9]),
    reason=st.just("Counted."),
)
register_product = asked(
    "registerProduct",
    sku=skus,
    name=names,
    category=categories,
    price=a_currency.flatmap(price_in),
    optional={"description": descriptions, "initialStock": st.sampled_from([0, 4, 2_000_000])},
)
passing = st.sampled_from(
    [
        timedelta(milliseconds=1),
        timedelta(seconds=1),
        timedelta(minutes=90),
        timedelta(hours=11),
        timedelta(hours=25),
    ]
)


def weighed(*choices: tuple[int, Strategy]) -> Strategy:
    """One of them, each so many times as likely as another."""
    many = [strategy for weight, strategy in choices for _ in range(weight)]
    return st.sampled_from(many).flatmap(lambda strategy: strategy)


COMMANDS = weighed(
    (8, place),
    (4, st.builds(Forward, numbers)),
    (2, asked("confirmOrder", orderId=an_order, optional=expected)),
    (1, ship),
    (1, asked("deliverOrder", orderId=an_order, optional=expected)),
    (3, cancel),
    (2, readdress),
    (4, change_customer),
    (4, change_product),
    (3, a_currency.flatmap(_new_price)),
    (1, asked("discontinueProduct", productId=a_product, optional=expected)),
    (2, asked("receiveStock", productId=a_product, quantity=st.sampled_from([1, 5, 10**6, 0]))),
    (2, adjust),
    (1, asked("registerCustomer", name=persons, email=emails, optional={"address": an_address})),
    (2, register_product),
)
HAPPENINGS = weighed(
    (3, st.builds(Pass, passing)),
    (3, st.builds(Engine, st.sampled_from(["restarts", "stops", "starts"]), st.integers(0, 60))),
    (2, st.builds(Again, st.integers(0, 20), st.booleans())),
    (1, st.builds(Rebuild, st.integers(0, 6))),
    (1, st.builds(Look)),
)
STEPS = weighed((1, st.none()), (24, COMMANDS), (6, HAPPENINGS))
HISTORIES = st.lists(STEPS, min_size=30, max_size=60).map(
    # Nothing is what a step shrinks to: long histories are tried, and short ones told.
    lambda steps: [step for step in steps if step is not None]
)

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


@dataclass(frozen=True)
class Question:
    """A list that is asked for in pages of a size, from its end where `backward`."""

    filter: Json
    sort: str
    size: int
    backward: bool


def _questions(filter: Strategy, *sorts: str) -> Strategy:
    one = st.builds(Question, filter, st.sampled_from(sorts), st.integers(1, 3), st.booleans())
    return st.lists(one, min_size=2, max_size=5)


_instants = st.builds(PlacedAt, numbers)
_statuses = st.sampled_from(["PENDING", "CONFIRMED", "SHIPPED", "DELIVERED", "CANCELLED"])
ORDER_QUESTIONS = _questions(
    st.fixed_dictionaries(
        {},
        optional={
            "customerId": a_customer,
            "status": st.lists(_statuses, max_size=3),
            "placedFrom": _instants,
            "placedBefore": _instants,
        },
    ),
    "PLACED_AT_DESC",
    "PLACED_AT_ASC",
)
PRODUCT_QUESTIONS = _questions(
    st.fixed_dictionaries(
        {},
        optional={
            "category": categories,
            "inStock": st.booleans(),
            "includeDiscontinued": st.booleans(),
        },
    ),
    "NAME_ASC",
    "PRICE_ASC",
    "PRICE_DESC",
    "BEST_SELLING",
)
TEXTS = st.lists(
    st.sampled_from(["lamp", "RED", "lmp-1", "Chair lamp", "light", "éclair", "CHR", "nothing"]),
    min_size=1,
    max_size=3,
)


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
