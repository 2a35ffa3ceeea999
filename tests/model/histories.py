"""Histories of a shop: the strategies."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.model.steps import (
    HOME,
    NOBODYS,
    WORK,
    Again,
    Ask,
    Current,
    Engine,
    Forward,
    Look,
    Pass,
    Rebuild,
    Ref,
)

Strategy = st.SearchStrategy[Any]

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
