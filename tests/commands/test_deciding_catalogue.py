"""Deciding about customers, products and stock: given facts, when a command, then facts."""

import pytest

from commands.events import (
    CustomerPersonal,
    CustomerRegistered,
    Money,
    PriceChanged,
    ProductDiscontinued,
    ProductRegistered,
    StockReceived,
)
from commands.given import Id
from commands.products.change_price import ChangePrice
from commands.products.discontinue_product import DiscontinueProduct
from commands.refusal import Code
from commands.stock.receive_stock import ReceiveStock
from tests.commands.deciding import given
from tests.commands.wanted import HOME, customer, price, product

PENCIL = product("1.50", sku="P-1", description="Soft", initial_stock=0)
ID = PENCIL.product_id
SHOP = given().and_then(PENCIL)
GONE = SHOP.and_then(DiscontinueProduct(product_id=ID))


def test_a_customer_is_registered_with_all_of_it_personal() -> None:
    command = customer("Ada", email="Ada@Example.org")
    given().when(command).then(
        CustomerRegistered(
            customer_id=command.customer_id,
            personal=CustomerPersonal(name="Ada", email="Ada@Example.org", address=HOME),
        )
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG"),
        ("Ada@example.org", "ada@Example.org"),
        ("straße@example.org", "STRASSE@example.org"),
        ("ΣΊΣΥΦΟΣ@example.org", "σίσυφος@example.org"),
    ],
)
def test_an_email_is_one_customer_s_whatever_its_case(first: str, second: str) -> None:
    decision = given().and_then(customer(email=first)).when(customer(email=second))
    decision.refused((Code.ALREADY_EXISTS, "email"))
    assert decision.words == ["Another customer has this email."]


def test_another_email_is_another_customer_s() -> None:
    ada = given().and_then(customer(email="ada@example.org"))
    assert ada.when(customer(email="ada@example.com")).refusals == ()


def test_a_product_is_registered_and_its_stock_received() -> None:
    command = product("12.34", "EUR", sku="A-1", name="Ink", description="Blue", initial_stock=7)
    given().when(command).then(
        ProductRegistered(
            product_id=command.product_id,
            sku="A-1",
            name="Ink",
            description="Blue",
            category="Office",
            price=Money(1234, "EUR"),
        ),
        StockReceived(product_id=command.product_id, quantity=7),
    )


def test_a_product_may_begin_with_nothing_in_stock() -> None:
    decision = given().when(PENCIL)
    assert [type(event) for event in decision.events] == [ProductRegistered]


def test_a_sku_is_one_product_s_exactly_as_written() -> None:
    decision = SHOP.when(product(sku="P-1"))
    decision.refused((Code.ALREADY_EXISTS, "sku"))
    assert decision.words == ["Another product has this SKU."]
    assert SHOP.when(product(sku="p-1")).refusals == ()
    assert GONE.when(product(sku="P-1")).refusals[0].code == Code.ALREADY_EXISTS


def test_a_price_changes_in_the_product_s_own_currency() -> None:
    SHOP.when(ChangePrice(product_id=ID, price=price("2.05"))).then(
        PriceChanged(product_id=ID, price=Money(205, "GBP"))
    )
    decision = SHOP.when(ChangePrice(product_id=ID, price=price("2.05", "EUR")))
    decision.refused((Code.CURRENCY_MISMATCH, "price.currency"))
    assert decision.words == ["The product is priced in GBP."]


def test_a_change_to_the_same_price_is_recorded() -> None:
    SHOP.when(ChangePrice(product_id=ID, price=price("1.5"))).then(
        PriceChanged(product_id=ID, price=Money(150, "GBP"))
    )


def test_a_product_is_discontinued_once() -> None:
    SHOP.when(DiscontinueProduct(product_id=ID)).then(ProductDiscontinued(product_id=ID))
    GONE.when(DiscontinueProduct(product_id=ID)).refused((Code.PRODUCT_DISCONTINUED, "product_id"))


def test_what_is_discontinued_keeps_its_price() -> None:
    decision = GONE.when(ChangePrice(product_id=ID, price=price("2", "EUR")))
    decision.refused((Code.PRODUCT_DISCONTINUED, "product_id"))
    assert decision.words == ["Product P-1 is discontinued."]


def test_what_is_discontinued_can_still_come_in() -> None:
    GONE.when(ReceiveStock(product_id=ID, quantity=3)).then(
        StockReceived(product_id=ID, quantity=3)
    )


@pytest.mark.parametrize("wrong", ["prd_x", "", "\0", "\ud800", "x" * 10_000])
def test_an_id_that_names_no_product_is_not_found(wrong: str) -> None:
    unknown = Id(wrong)
    for command in (
        ChangePrice(product_id=unknown, price=price("1")),
        DiscontinueProduct(product_id=unknown),
        ReceiveStock(product_id=unknown, quantity=1),
    ):
        SHOP.when(command).refused((Code.NOT_FOUND, "product_id"))


def test_at_most_2_147_483_647_units_are_on_hand() -> None:
    full = product(initial_stock=2_147_483_646)
    shop = given().and_then(full)
    one = ReceiveStock(product_id=full.product_id, quantity=1)
    shop.when(one).then(StockReceived(product_id=full.product_id, quantity=1))
    decision = shop.and_then(one).when(one)
    decision.refused((Code.INVALID_INPUT, "quantity"))
    assert decision.words == [
        "There are 2,147,483,647 on hand, and at most 2,147,483,647 are possible."
    ]
