"""What facts make of documents, value by value."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commands.events import Address as FactAddress
from commands.events import (
    CustomerChanged,
    CustomerPersonal,
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ShippingAddressChanged,
    ShippingPersonal,
    StockAdjusted,
)
from commands.events import Money as FactMoney
from projections.customer import customer
from projections.fold import fold
from projections.order import order
from projections.order_list_item import order_list_item
from projections.product import product
from projections.rules import RuleFailed
from readmodels.customer import Customer
from readmodels.order import AvailableCommand, Order, OrderItem, OrderStatus, StatusChange
from readmodels.order_list_item import OrderListItem, StatusSince
from readmodels.product import Product
from readmodels.values import Address, BigInt, Id, Money, MoneySum, Position
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    instant,
    line,
    order_cancelled,
    order_confirmed,
    order_delivered,
    order_placed,
    order_shipped,
    product_moved,
    product_registered,
    released,
    reserved,
    stock_received,
    stock_shipped,
)

ADDRESS = Address(line1="1 Main Street", city="Springfield", country="US", postal_code="12345")
PLACED = order_placed("ord_1", line("prd_1", 2, 1250), line("prd_2", 1, 99), reference="A-1")


def only_order(log: MemoryLog) -> Order:
    (document,) = fold(order, log.facts).values()
    return document


def test_a_placed_order_shows_what_was_ordered() -> None:
    assert only_order(MemoryLog(PLACED)) == Order(
        id=Id("ord_1"),
        reference="A-1",
        customer_id=Id("cus_1"),
        customer_name="Ada",
        customer_email="ada@example.com",
        items=(
            OrderItem(
                product_id=Id("prd_1"),
                sku="SKU-prd_1",
                product_name="Lamp prd_1",
                quantity=2,
                unit_price=Money(1250, "EUR"),
                subtotal=Money(2500, "EUR"),
            ),
            OrderItem(
                product_id=Id("prd_2"),
                sku="SKU-prd_2",
                product_name="Lamp prd_2",
                quantity=1,
                unit_price=Money(99, "EUR"),
                subtotal=Money(99, "EUR"),
            ),
        ),
        item_count=2,
        total=MoneySum(Decimal(2599), "EUR"),
        shipping_address=ADDRESS,
        status=OrderStatus.PENDING,
        status_history=(StatusChange(status=OrderStatus.PENDING, changed_at=instant(1)),),
        placed_at=instant(1),
        updated_at=instant(1),
        available_commands=(
            AvailableCommand(name="confirmOrder", allowed=True),
            AvailableCommand(
                name="shipOrder",
                allowed=False,
                reason="The order is PENDING: only a CONFIRMED order can be shipped.",
            ),
            AvailableCommand(
                name="deliverOrder",
                allowed=False,
                reason="The order is PENDING: only a SHIPPED order can be delivered.",
            ),
            AvailableCommand(name="cancelOrder", allowed=True),
            AvailableCommand(name="changeShippingAddress", allowed=True),
        ),
        version=1,
        position=Position(1),
    )


def test_a_delivered_order_shows_its_whole_way() -> None:
    document = only_order(MemoryLog(PLACED, order_confirmed(), order_shipped(), order_delivered()))
    assert document.status is OrderStatus.DELIVERED
    assert document.status_history == (
        StatusChange(status=OrderStatus.PENDING, changed_at=instant(1)),
        StatusChange(status=OrderStatus.CONFIRMED, changed_at=instant(2)),
        StatusChange(status=OrderStatus.SHIPPED, changed_at=instant(3), note="DHL"),
        StatusChange(status=OrderStatus.DELIVERED, changed_at=instant(4)),
    )
    assert (document.carrier, document.tracking_number) == ("DHL", "T-1")
    assert document.estimated_delivery == datetime(2026, 2, 1, tzinfo=UTC)
    assert [each.allowed for each in document.available_commands] == [False] * 5
    assert (document.placed_at, document.updated_at) == (instant(1), instant(4))
    assert (document.version, document.position.at) == (4, 4)


def test_a_cancelled_order_says_why() -> None:
    document = only_order(MemoryLog(PLACED, order_cancelled(PLACED, reason="Too late.")))
    assert document.status is OrderStatus.CANCELLED
    assert document.cancellation_reason == "Too late."
    assert document.status_history[-1] == StatusChange(
        status=OrderStatus.CANCELLED, changed_at=instant(2), note="Too late."
    )


def test_an_order_sent_elsewhere_shows_where_it_goes() -> None:
    lyon = FactAddress(line1="1 Rue", city="Lyon", country="FR")
    readdressed = ShippingAddressChanged(
        order_id="ord_1", customer_id="cus_1", personal=ShippingPersonal(shipping_address=lyon)
    )
    log = MemoryLog(PLACED, readdressed)
    document = only_order(log)
    assert document.shipping_address == Address(line1="1 Rue", city="Lyon", country="FR")
    assert (document.status, len(document.status_history)) == (OrderStatus.PENDING, 1)
    assert (document.updated_at, document.version) == (instant(2), 2)
    row = fold(order_list_item, log.facts)["ord_1"]
    assert (row.updated_at, row.version) == (instant(2), 2)


def test_the_list_shows_the_orders_state() -> None:
    log = MemoryLog(PLACED, order_confirmed())
    assert fold(order_list_item, log.facts) == {
        "ord_1": OrderListItem(
            id=Id("ord_1"),
            reference="A-1",
            customer_id=Id("cus_1"),
            customer_name="Ada",
            customer_email="ada@example.com",
            item_count=2,
            total=MoneySum(Decimal(2599), "EUR"),
            status=OrderStatus.CONFIRMED,
            placed_at=instant(1),
            updated_at=instant(2),
            version=2,
            statuses=(
                StatusSince(OrderStatus.PENDING, 1),
                StatusSince(OrderStatus.CONFIRMED, 2),
            ),
            position=Position(2),
        )
    }


def test_a_product_shows_its_stock_and_sales() -> None:
    placed = order_placed("ord_1", line("prd_1", 4), line("prd_1", 1, 1000))
    log = MemoryLog(product_registered(), stock_received(quantity=10), *reserved(placed), placed)
    assert fold(product, log.facts) == {
        "prd_1": Product(
            id=Id("prd_1"),
            sku="SKU-prd_1",
            name="Lamp prd_1",
            description=None,
            category="Lamps",
            price=Money(1250, "EUR"),
            discontinued=False,
            on_hand=10,
            reserved=5,
            available=5,
            units_sold=BigInt(5),
            version=1,
            name_folded="lamp prd_1",
            in_stock=True,
            price_rank="EUR00000000000000001250",
            sku_folded="sku-prd_1",
            position=Position(5),
        )
    }
    log.record(stock_shipped(quantity=5))
    shipped = fold(product, log.facts)["prd_1"]
    assert (shipped.on_hand, shipped.reserved, shipped.available) == (5, 0, 5)


def test_a_cancelled_order_gives_back_units_and_sales() -> None:
    placed = order_placed("ord_1", line(quantity=10))
    log = MemoryLog(product_registered(), stock_received(quantity=10), *reserved(placed), placed)
    assert fold(product, log.facts)["prd_1"].in_stock is False
    log.record(*released(placed), order_cancelled(placed))
    document = fold(product, log.facts)["prd_1"]
    assert (document.on_hand, document.reserved, document.available) == (10, 0, 10)
    assert (document.units_sold, document.in_stock) == (0, True)


def test_a_products_names_are_folded_and_not_only_lowered() -> None:
    named = replace(product_registered(), name="Große Vase")
    log = MemoryLog(named)
    assert fold(product, log.facts)["prd_1"].name_folded == "grosse vase"
    log.record(replace(product_moved("prd_1", "Lamps", "Vases"), name="Kleine Straße"))
    assert fold(product, log.facts)["prd_1"].name_folded == "kleine strasse"


def test_a_products_own_facts_count_its_version() -> None:
    log = MemoryLog(
        product_registered(),
        stock_received(),
        PriceChanged(product_id="prd_1", price=FactMoney(1300, "EUR")),
        ProductDiscontinued(product_id="prd_1"),
    )
    document = fold(product, log.facts)["prd_1"]
    assert (document.price, document.discontinued) == (Money(1300, "EUR"), True)
    assert (document.version, document.position.at) == (3, 4)


def test_a_changed_product_shows_its_new_name_and_category() -> None:
    change = ProductChanged(
        product_id="prd_1",
        name="Desk LAMP",
        description="Bright",
        category="Office",
        former_category="Lamps",
    )
    document = fold(product, MemoryLog(product_registered(), change).facts)["prd_1"]
    assert (document.name, document.name_folded) == ("Desk LAMP", "desk lamp")
    assert (document.description, document.category) == ("Bright", "Office")
    assert (document.sku, document.price) == ("SKU-prd_1", Money(1250, "EUR"))
    assert document.version == 2


def test_adjusted_stock_shows_what_was_counted() -> None:
    log = MemoryLog(product_registered(), stock_received(quantity=10))
    log.record(StockAdjusted(product_id="prd_1", change=-10, reason="fire"))
    document = fold(product, log.facts)["prd_1"]
    assert (document.on_hand, document.available, document.in_stock) == (0, 0, False)
    log.record(StockAdjusted(product_id="prd_1", change=3, reason="found"))
    document = fold(product, log.facts)["prd_1"]
    assert (document.on_hand, document.available, document.in_stock) == (3, 3, True)
    assert document.version == 1


def test_a_changed_customer_shows_their_new_name_email_and_address() -> None:
    change = CustomerChanged(
        customer_id="cus_1",
        changed=("name", "email", "address"),
        personal=CustomerPersonal(name="Eve", email="eve@example.com", address=None),
    )
    log = MemoryLog(customer_registered(), order_placed("ord_1"), change)
    document = fold(customer, log.facts)["cus_1"]
    assert (document.name, document.email, document.address) == ("Eve", "eve@example.com", None)
    assert (document.order_count, document.version) == (1, 2)


def test_a_customer_shows_what_was_ordered_and_spent() -> None:
    euros = order_placed("ord_1")
    pounds = order_placed("ord_2", currency="GBP")
    log = MemoryLog(customer_registered(), euros)
    log.record(pounds, occurred_at=instant(-1_000))
    log.record(order_cancelled(euros), order_delivered("ord_2"))
    assert fold(customer, log.facts) == {
        "cus_1": Customer(
            id=Id("cus_1"),
            name="Ada",
            email="ada@example.com",
            address=ADDRESS,
            order_count=2,
            open_order_count=0,
            cancelled_order_count=1,
            lifetime_value=(MoneySum(Decimal(0), "EUR"), MoneySum(Decimal(2500), "GBP")),
            last_order_at=instant(2),
            version=1,
            registered_at=instant(1),
            position=Position(5),
        )
    }


def test_sums_stay_exact_beyond_every_machine_number() -> None:
    huge = order_placed("ord_1", *[line(quantity=10**6, minor=10**10)] * 2_000)
    log = MemoryLog(customer_registered(), huge, order_placed("ord_2", line(quantity=1, minor=1)))
    document = fold(customer, log.facts)["cus_1"]
    assert document.lifetime_value == (MoneySum(Decimal(2 * 10**19 + 1), "EUR"),)


def test_a_fact_without_its_document_is_a_failure_with_a_name() -> None:
    with pytest.raises(RuleFailed) as failed:
        fold(order, MemoryLog(customer_registered(), order_confirmed()).facts)
    assert str(failed.value) == (
        "The rule of order for OrderConfirmed at position 2 failed for the document ord_1:"
        " ValueError: there is no such document"
    )


def test_a_document_begins_once() -> None:
    with pytest.raises(RuleFailed, match="there is such a document already"):
        fold(order, MemoryLog(PLACED, PLACED).facts)
