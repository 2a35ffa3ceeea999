"""What is wrong with a command's values, whatever the state of the world."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from commands.command import Command
from commands.customers.change_customer import ChangeCustomer
from commands.events import Address, CustomerRegistered, ProductRegistered
from commands.events import Money as Minor
from commands.given import KEEP, Currency, Id, Money
from commands.orders.cancel_order import CancelOrder
from commands.orders.change_shipping_address import ChangeShippingAddress
from commands.orders.ship_order import ShipOrder
from commands.products.change_price import ChangePrice
from commands.products.change_product import ChangeProduct
from commands.stock.adjust_stock import AdjustStock
from commands.stock.receive_stock import ReceiveStock
from tests.commands.deciding import given
from tests.commands.wanted import HOME, customer, item, order, price, product

ORDER, PRODUCT, CUSTOMER = Id("ord_1"), Id("prd_1"), Id("cus_1")
LINES: list[tuple[str, int, Callable[[str], Command]]] = [
    ("name", 200, lambda text: customer(name=text)),
    ("sku", 200, lambda text: product(sku=text)),
    ("name", 200, lambda text: product(name=text)),
    ("category", 200, lambda text: product(category=text)),
    ("description", 10_000, lambda text: product(description=text)),
    ("reference", 200, lambda text: order("cus_1", (PRODUCT, 1), reference=text)),
    ("reason", 10_000, lambda text: CancelOrder(order_id=ORDER, reason=text)),
    ("name", 200, lambda text: ChangeCustomer(customer_id=CUSTOMER, name=text)),
    ("name", 200, lambda text: ChangeProduct(product_id=PRODUCT, name=text)),
    ("description", 10_000, lambda text: ChangeProduct(product_id=PRODUCT, description=text)),
    ("category", 200, lambda text: ChangeProduct(product_id=PRODUCT, category=text)),
    ("reason", 10_000, lambda text: AdjustStock(product_id=PRODUCT, change=1, reason=text)),
    ("carrier", 200, lambda text: ShipOrder(order_id=ORDER, carrier=text, tracking_number="1")),
    (
        "tracking_number",
        200,
        lambda text: ShipOrder(order_id=ORDER, carrier="Post", tracking_number=text),
    ),
]


@pytest.mark.parametrize(
    ("field", "limit", "command"),
    LINES,
    ids=[f"{type(make('x')).__name__}-{field}" for field, _, make in LINES],
)
class TestText:
    def test_may_be_as_long_as_its_limit_and_no_longer(
        self, field: str, limit: int, command: Callable[[str], Command]
    ) -> None:
        assert list(command("x" * limit).check()) == []
        given().when(command("x" * (limit + 1))).invalid(field)

    @pytest.mark.parametrize("blank", [" ", "\n\t\u2003"])
    def test_is_never_blank(
        self, field: str, limit: int, command: Callable[[str], Command], blank: str
    ) -> None:
        given().when(command(blank)).invalid(field)

    @pytest.mark.parametrize("unstorable", ["a\x00b", "a\ud800b", "\udfff"])
    def test_holds_neither_nul_nor_a_lone_surrogate(
        self, field: str, limit: int, command: Callable[[str], Command], unstorable: str
    ) -> None:
        given().when(command(unstorable)).invalid(field)

    def test_holds_any_other_character(
        self, field: str, limit: int, command: Callable[[str], Command]
    ) -> None:
        assert list(command("Zoë 北京 🖋 \u200d \x01").check()) == []


OPTIONAL = {"description", "reference"}
ADDRESS = ("recipient", "line1", "line2", "city", "region", "postal_code", "country")


@pytest.mark.parametrize("line", ADDRESS)
def test_each_line_of_an_address_has_up_to_500_characters(line: str) -> None:
    def at(text: str) -> Address:
        known: dict[str, Any] = {"line1": "1", "city": "Paris", "country": "FR"}
        return Address(**known | {line: text})

    assert list(customer(address=at("x" * 500)).check()) == []
    given().when(customer(address=at("x" * 501))).invalid(f"address.{line}")
    given().when(ChangeCustomer(customer_id=CUSTOMER, address=at(" "))).invalid(f"address.{line}")
    for command in (
        order("cus_1", (PRODUCT, 1), shipping_address=at("\0")),
        ChangeShippingAddress(order_id=ORDER, shipping_address=at("\0")),
    ):
        given().when(command).invalid(f"shipping_address.{line}")


def test_ten_megabytes_of_text_are_refused_without_being_repeated() -> None:
    decision = given().when(customer(name="x" * 10_000_000))
    decision.invalid("name")
    assert decision.words == ["At most 200 characters are possible; these are 10,000,000."]


@pytest.mark.parametrize(
    ("field", "command"),
    [(field, command) for field, _, command in LINES if field not in OPTIONAL],
)
def test_a_text_that_there_always_is_is_never_empty(
    field: str, command: Callable[[str], Command]
) -> None:
    given().when(command("")).invalid(field)


def test_an_optional_text_that_is_empty_counts_as_not_given() -> None:
    assert product(description="").description is None
    assert order("cus_1", (PRODUCT, 1), reference="").reference is None
    kept = ChangeProduct(product_id=PRODUCT, name="Ink", description="")
    assert kept.description is KEEP
    given().when(ChangeProduct(product_id=PRODUCT, description="")).invalid("")
    bare = Address(line1="1", city="Paris", country="FR")
    empty = Address(
        line1="1", city="Paris", country="FR", recipient="", line2="", region="", postal_code=""
    )
    assert customer(address=empty).address == bare
    assert ChangeCustomer(customer_id=CUSTOMER, address=empty).address == bare
    assert order("cus_1", (PRODUCT, 1), shipping_address=empty).shipping_address == bare
    moved = ChangeShippingAddress(order_id=ORDER, shipping_address=empty)
    assert moved.shipping_address == bare
    assert (empty.recipient, empty.region) == ("", "")


@pytest.mark.parametrize("email", ["a@b", "Ada.Lovelace+x@example.org", "ü@bücher.example"])
def test_an_email_has_one_at_with_something_on_either_side(email: str) -> None:
    assert list(customer(email=email).check()) == []


@pytest.mark.parametrize(
    "email",
    [
        *("ada", "@", "ada@", "@b.org", "a@b@c", " @b", "a@ ", "", "a@b\0", "a@" + "b" * 199),
        *("a b@c", "a@b c", " a@b", "a@b\n", "a\t@b", "a\x1b@b", "a\x7f@b", "a@\x85b", "a\u2003@b"),
    ],
)
def test_what_is_no_email_is_refused(email: str) -> None:
    given().when(customer(email=email)).invalid("email")
    given().when(ChangeCustomer(customer_id=CUSTOMER, email=email)).invalid("email")


@pytest.mark.parametrize(
    "hidden",
    [
        *("\u00a0", "\u2028", "\u3000"),
        *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e"),
        *("\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069"),
        *("\ufe0f", "\U000e0100", "\U000e0041", "\u115f", "\u3164", "\uffa0", "\u2800"),
    ],
    ids=lambda hidden: f"U+{ord(hidden):04X}",
)
def test_an_email_shows_all_of_its_characters(hidden: str) -> None:
    for email in (f"a{hidden}da@b.org", f"{hidden}ada@b.org", f"ada@b.org{hidden}"):
        for command in (
            customer(email=email),
            ChangeCustomer(customer_id=CUSTOMER, email=email),
        ):
            decision = given().when(command)
            decision.invalid("email")
            where = email.index(hidden) + 1
            assert decision.words[0].endswith(f": character {where} is U+{ord(hidden):04X}.")


def test_an_email_is_kept_composed() -> None:
    typed = "Zoe\u0308@bu\u0308cher.example"
    assert customer(email=typed).email == "Zo\u00eb@b\u00fccher.example"
    assert ChangeCustomer(customer_id=CUSTOMER, email=typed).email == "Zo\u00eb@b\u00fccher.example"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0", "GBP", 0),
        ("-0", "GBP", 0),
        ("0.01", "GBP", 1),
        ("129.90", "EUR", 12_990),
        ("1.500000", "EUR", 150),
        ("1E+2", "EUR", 10_000),
        ("100000000", "EUR", 10**10),
        ("10000000000", "JPY", 10**10),
        ("150", "JPY", 150),
        ("1.234", "KWD", 1_234),
        ("10000000.000", "KWD", 10**10),
        ("1.2345", "CLF", 12_345),
    ],
)
def test_a_price_is_kept_in_minor_units(amount: str, currency: str, minor: int) -> None:
    (event,) = given().when(product(amount, currency, initial_stock=0)).events
    assert isinstance(event, ProductRegistered)
    assert event.price == Minor(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "field"),
    [
        ("-0.01", "GBP", "amount"),
        ("0.001", "GBP", "amount"),
        ("1.5", "JPY", "amount"),
        ("1.2345", "KWD", "amount"),
        ("100000000.01", "EUR", "amount"),
        ("10000000001", "JPY", "amount"),
        ("10000000.001", "KWD", "amount"),
        ("1E+1000000", "EUR", "amount"),
        ("1E-1000000", "EUR", "amount"),
        ("1.0000000000000000000000000000000000001", "EUR", "amount"),
        ("NaN", "EUR", "amount"),
        ("sNaN", "EUR", "amount"),
        ("Infinity", "EUR", "amount"),
        ("-Infinity", "EUR", "amount"),
        ("1", "XXX", "currency"),
        ("1", "eur", "currency"),
        ("1", "", "currency"),
        ("1", "EUR\0", "currency"),
    ],
)
def test_a_price_out_of_bounds_or_of_no_currency_is_refused(
    amount: str, currency: str, field: str
) -> None:
    wrong = Money(amount=Decimal(amount), currency=Currency(currency))
    given().when(product(amount, currency)).invalid(f"price.{field}")
    given().when(ChangePrice(product_id=PRODUCT, price=wrong)).invalid(f"price.{field}")
    agreed = order("cus_1", items=[item(PRODUCT, 1), item(PRODUCT, 1, wrong)])
    given().when(agreed).invalid(f"items.1.unit_price.{field}")


def test_the_highest_price_is_named_in_its_currency() -> None:
    assert given().when(product("100000000.01", "EUR")).words == [
        "A price is at most 100,000,000.00 EUR."
    ]
    assert given().when(product("10000000001", "JPY")).words == [
        "A price is at most 10,000,000,000 JPY."
    ]


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 2**31, -(10**30)])
def test_a_quantity_is_1_to_1_000_000(quantity: int) -> None:
    for good in (1, 1_000_000):
        assert list(ReceiveStock(product_id=PRODUCT, quantity=good).check()) == []
        assert list(order("cus_1", (PRODUCT, good)).check()) == []
    given().when(ReceiveStock(product_id=PRODUCT, quantity=quantity)).invalid("quantity")
    given().when(order("cus_1", (PRODUCT, quantity))).invalid("items.0.quantity")


def test_several_lines_of_a_product_are_together_at_most_1_000_000() -> None:
    assert list(order("cus_1", ("a", 999_999), ("b", 1), ("a", 1)).check()) == []
    too_many = order("cus_1", ("a", 999_999), ("b", 1), ("a", 2))
    given().when(too_many).invalid("items.2.quantity")


def test_an_order_has_1_to_2_000_lines() -> None:
    assert list(order("cus_1", *[(PRODUCT, 1)] * 2_000).check()) == []
    given().when(order("cus_1", *[(PRODUCT, 1)] * 2_001)).invalid("items")
    given().when(order("cus_1")).invalid("items")


def test_initial_stock_is_0_to_2_147_483_647() -> None:
    for good in (0, 2_147_483_647):
        assert list(product(initial_stock=good).check()) == []
    for wrong in (-1, 2_147_483_648):
        given().when(product(initial_stock=wrong)).invalid("initial_stock")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    given().when(
        customer(name="", email="ada", address=Address(line1="", city="", country=""))
    ).invalid("name", "email", "address.line1", "address.city", "address.country")
    given().when(product(sku="", price=price("-1"), initial_stock=-1)).invalid(
        "sku", "price.amount", "initial_stock"
    )


def test_what_is_optional_may_be_absent() -> None:
    (event,) = given().when(customer(address=None)).events
    assert isinstance(event, CustomerRegistered)
    assert event.personal.address is None
    assert list(product(description=None).check()) == []
    assert list(order("cus_1", (PRODUCT, 1), shipping_address=HOME, reference=None).check()) == []


@pytest.mark.parametrize(
    "nothing", [ChangeCustomer(customer_id=CUSTOMER), ChangeProduct(product_id=PRODUCT)]
)
def test_a_change_names_something_to_change(nothing: Command) -> None:
    decision = given().when(nothing)
    decision.invalid("")
    assert decision.words == ["Name something to change."]


def test_what_there_always_is_cannot_be_cleared() -> None:
    given().when(ChangeCustomer(customer_id=CUSTOMER, name=None, email=None)).invalid(
        "name", "email"
    )
    decision = given().when(ChangeProduct(product_id=PRODUCT, name=None, category=None))
    decision.invalid("name", "category")
    assert decision.words == ["This cannot be cleared: leave it out to keep it."] * 2
