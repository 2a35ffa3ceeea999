"""Deciding about customers, products and stock: given facts, when a command, then facts."""

from typing import Any

import pytest

from commands.customers.change_customer import ChangeCustomer
from commands.events import (
    CustomerChanged,
    CustomerPersonal,
    CustomerRegistered,
    Money,
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ProductRegistered,
    StockAdjusted,
    StockReceived,
)
from commands.given import Id
from commands.products.change_price import ChangePrice
from commands.products.change_product import ChangeProduct
from commands.products.discontinue_product import DiscontinueProduct
from commands.refusal import Code
from commands.stock.adjust_stock import AdjustStock
from commands.stock.receive_stock import ReceiveStock
from tests.commands.deciding import given
from tests.commands.wanted import HOME, customer, order, price, product

PENCIL = product("1.50", sku="P-1", description="Soft", initial_stock=0)
ID = PENCIL.product_id
SHOP = given().and_then(PENCIL)
ADA = customer("Ada", email="Ada@example.org")
BOB = customer(email="bob@example.org")
KNOWN = SHOP.and_then(ADA).and_then(BOB)
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
        ("zo\u00eb@example.org", "zoe\u0308@example.org"),
        ("ZOE\u0308@example.org", "zo\u00eb@example.org"),
        ("a\u0323\u0302@example.org", "\u1ead@example.org"),
        ("\ud55c@example.org", "\u1112\u1161\u11ab@example.org"),
    ],
)
def test_an_email_is_one_customer_s_whatever_its_case(first: str, second: str) -> None:
    has_it = customer(email=first)
    decision = given().and_then(has_it).when(customer(email=second))
    decision.refused((Code.ALREADY_EXISTS, "email"))
    assert decision.words == [f"The customer {has_it.customer_id} has this email."]


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
    assert decision.words == [f"The product {ID} has this SKU."]
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
        ChangeProduct(product_id=unknown, name="Pen"),
        ChangePrice(product_id=unknown, price=price("1")),
        AdjustStock(product_id=unknown, change=1, reason="found"),
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


def changing_ada(**named: Any) -> ChangeCustomer:
    return ChangeCustomer(customer_id=ADA.customer_id, **named)


def changed(*what: str, **personal: Any) -> CustomerChanged:
    before: dict[str, Any] = {"name": "Ada", "email": "Ada@example.org", "address": HOME}
    return CustomerChanged(
        customer_id=ADA.customer_id, changed=what, personal=CustomerPersonal(**before | personal)
    )


def test_a_change_of_a_customer_keeps_what_it_does_not_name() -> None:
    KNOWN.when(changing_ada(name="Ada King")).then(changed("name", name="Ada King"))
    KNOWN.when(changing_ada(email="ada@example.com", address=None)).then(
        changed("email", "address", email="ada@example.com", address=None)
    )
    later = KNOWN.and_then(changing_ada(name="Ada King", address=None))
    later.when(changing_ada(address=HOME)).then(changed("address", name="Ada King"))


def test_a_change_of_a_customer_to_the_same_values_is_recorded() -> None:
    KNOWN.when(changing_ada(name="Ada", email="Ada@example.org", address=HOME)).then(changed())


def test_an_email_may_change_its_case() -> None:
    KNOWN.when(changing_ada(email="ADA@example.org")).then(
        changed("email", email="ADA@example.org")
    )


def test_an_email_is_not_taken_from_another_customer() -> None:
    decision = KNOWN.when(changing_ada(email="BOB@example.org"))
    decision.refused((Code.ALREADY_EXISTS, "email"))
    assert decision.words == [f"The customer {BOB.customer_id} has this email."]


def test_an_email_that_was_given_up_is_free() -> None:
    moved = KNOWN.and_then(changing_ada(email="ada@example.com"))
    assert moved.when(customer(email="ada@EXAMPLE.org")).refusals == ()
    moved.when(customer(email="ada@EXAMPLE.com")).refused((Code.ALREADY_EXISTS, "email"))


@pytest.mark.parametrize("wrong", ["cus_x", "", "\0", "\ud800", "x" * 10_000])
def test_an_id_that_names_no_customer_is_not_found(wrong: str) -> None:
    unknown = ChangeCustomer(customer_id=Id(wrong), email="bob@example.org")
    KNOWN.when(unknown).refused((Code.NOT_FOUND, "customer_id"))


def test_a_change_of_a_product_keeps_what_it_does_not_name() -> None:
    SHOP.when(ChangeProduct(product_id=ID, name="Pen")).then(
        ProductChanged(
            product_id=ID,
            name="Pen",
            description="Soft",
            category="Office",
            former_category="Office",
        )
    )
    SHOP.when(ChangeProduct(product_id=ID, description=None, category="Art")).then(
        ProductChanged(
            product_id=ID,
            name="Pencil",
            description=None,
            category="Art",
            former_category="Office",
        )
    )


def test_a_change_of_a_product_to_the_same_values_is_recorded() -> None:
    (event,) = SHOP.when(ChangeProduct(product_id=ID, name="Pencil", category="Office")).events
    assert isinstance(event, ProductChanged)


def test_what_is_discontinued_is_not_changed() -> None:
    GONE.when(ChangeProduct(product_id=ID, name="Pen")).refused(
        (Code.PRODUCT_DISCONTINUED, "product_id")
    )


def adjusting(change: int) -> AdjustStock:
    return AdjustStock(product_id=ID, change=change, reason="counted")


@pytest.mark.parametrize("change", [-5, -1, 0, 1, 2_147_483_642])
def test_stock_is_adjusted_by_what_was_counted(change: int) -> None:
    stocked = SHOP.and_then(ReceiveStock(product_id=ID, quantity=5))
    stocked.when(adjusting(change)).then(
        StockAdjusted(product_id=ID, change=change, reason="counted")
    )


def test_stock_is_adjusted_down_to_what_is_reserved_and_no_further() -> None:
    stocked = KNOWN.and_then(ReceiveStock(product_id=ID, quantity=5))
    promised = stocked.and_then(order(ADA, (PENCIL, 3)))
    promised.when(adjusting(-3)).refused((Code.OUT_OF_STOCK, "change"))
    assert promised.when(adjusting(-(10**30))).words == [
        "There are 5 on hand, and 3 of them are reserved."
    ]
    assert promised.and_then(adjusting(-2)).when(order(ADA, (PENCIL, 1))).refusals[0].code == (
        Code.OUT_OF_STOCK
    )


def test_stock_is_adjusted_up_to_2_147_483_647_units() -> None:
    decision = SHOP.and_then(adjusting(1)).when(adjusting(2_147_483_647))
    decision.refused((Code.INVALID_INPUT, "change"))
    assert decision.words == ["There are 1 on hand, and at most 2,147,483,647 are possible."]


def test_what_is_discontinued_can_still_be_counted() -> None:
    GONE.when(adjusting(2)).then(StockAdjusted(product_id=ID, change=2, reason="counted"))
