"""Deciding about orders: given facts, when a command, then facts or a refusal."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from commands.command import Command
from commands.events import (
    Address,
    CancelledLine,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderLine,
    OrderPersonal,
    OrderPlaced,
    OrderShipped,
    ShippingAddressChanged,
    ShippingPersonal,
    StockReleased,
    StockReserved,
    StockShipped,
)
from commands.given import Id
from commands.orders.cancel_order import CancelOrder
from commands.orders.change_shipping_address import ChangeShippingAddress
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.deliver_order import DeliverOrder
from commands.orders.guards import GUARDS, Guard, OrderStatus
from commands.orders.place_order import PlaceOrder
from commands.orders.ship_order import ShipOrder
from commands.products.change_price import ChangePrice
from commands.products.discontinue_product import DiscontinueProduct
from commands.products.register_product import RegisterProduct
from commands.refusal import Code
from tests.commands.deciding import NOW, Given, given
from tests.commands.wanted import HOME, customer, item, order, price, product

ADA = customer("Ada", email="ada@example.org")
PENCIL = product("1.50", sku="P-1", name="Pencil", initial_stock=10)
INK = product("12.00", sku="I-1", name="Ink", initial_stock=5)
YEN = product("300", "JPY", sku="Y-1", name="Brush", initial_stock=5)
GIFT = product("0", sku="G-1", name="Sample", initial_stock=1)
EMPTY = product("2.00", sku="E-1", name="Paper", initial_stock=0)
SHOP = given().and_then(ADA).and_then(PENCIL).and_then(INK).and_then(YEN).and_then(EMPTY)
SHOP = SHOP.and_then(GIFT)

PLACED = order(ADA, (PENCIL, 2), (INK, 1), (PENCIL, 1))
ID = PLACED.order_id
CONFIRM, DELIVER = ConfirmOrder(order_id=ID), DeliverOrder(order_id=ID)
SHIP = ShipOrder(order_id=ID, carrier="Royal Mail", tracking_number="RM1")
CANCEL = CancelOrder(order_id=ID, reason="too late")
ELSEWHERE = Address(line1="1 Rue", city="Lyon", country="FR")
READDRESS = ChangeShippingAddress(order_id=ID, shipping_address=ELSEWHERE)
IN_STATUS: dict[OrderStatus, Given] = {OrderStatus.PENDING: SHOP.and_then(PLACED)}
IN_STATUS[OrderStatus.CONFIRMED] = IN_STATUS[OrderStatus.PENDING].and_then(CONFIRM)
IN_STATUS[OrderStatus.SHIPPED] = IN_STATUS[OrderStatus.CONFIRMED].and_then(SHIP)
IN_STATUS[OrderStatus.DELIVERED] = IN_STATUS[OrderStatus.SHIPPED].and_then(DELIVER)
IN_STATUS[OrderStatus.CANCELLED] = IN_STATUS[OrderStatus.PENDING].and_then(CANCEL)


def line(of: RegisterProduct, quantity: int, minor: int, currency: str = "GBP") -> OrderLine:
    return OrderLine(
        product_id=of.product_id,
        sku=of.sku,
        product_name=of.name,
        quantity=quantity,
        unit_price=Money(minor, currency),
    )


def placed(command: PlaceOrder, lines: tuple[OrderLine, ...], total: Money) -> OrderPlaced:
    return OrderPlaced(
        order_id=command.order_id,
        customer_id=ADA.customer_id,
        reference=command.reference,
        lines=lines,
        total=total,
        placed_at=NOW,
        personal=OrderPersonal(
            customer_name="Ada", customer_email="ada@example.org", shipping_address=HOME
        ),
    )


def reserved(command: PlaceOrder, of: RegisterProduct, quantity: int) -> StockReserved:
    return StockReserved(product_id=of.product_id, order_id=command.order_id, quantity=quantity)


class TestPlacing:
    def test_keeps_names_and_prices_and_reserves_the_stock(self) -> None:
        command = order(ADA, (PENCIL, 2), (INK, 1), reference="PO 7")
        SHOP.when(command).then(
            placed(command, (line(PENCIL, 2, 150), line(INK, 1, 1200)), Money(1500, "GBP")),
            reserved(command, PENCIL, 2),
            reserved(command, INK, 1),
        )

    def test_makes_one_line_of_one_product(self) -> None:
        SHOP.when(PLACED).then(
            placed(PLACED, (line(PENCIL, 3, 150), line(INK, 1, 1200)), Money(1650, "GBP")),
            reserved(PLACED, PENCIL, 3),
            reserved(PLACED, INK, 1),
        )

    def test_at_agreed_prices_keeps_one_line_for_each_price_and_reserves_their_sum(self) -> None:
        low = price("1.25")
        items = [item(PENCIL, 1), item(PENCIL, 2, low), item(PENCIL, 3, low), item(PENCIL, 1)]
        command = order(ADA, items=items)
        SHOP.when(command).then(
            placed(command, (line(PENCIL, 2, 150), line(PENCIL, 5, 125)), Money(925, "GBP")),
            reserved(command, PENCIL, 7),
        )

    def test_may_agree_on_another_currency_than_the_catalogue_s(self) -> None:
        command = order(ADA, items=[item(PENCIL, 2, price("200", "JPY")), item(YEN, 1)])
        SHOP.when(command).then(
            placed(
                command,
                (line(PENCIL, 2, 200, "JPY"), line(YEN, 1, 300, "JPY")),
                Money(700, "JPY"),
            ),
            reserved(command, PENCIL, 2),
            reserved(command, YEN, 1),
        )

    def test_may_cost_nothing(self) -> None:
        command = order(ADA, (GIFT, 1))
        SHOP.when(command).then(
            placed(command, (line(GIFT, 1, 0),), Money(0, "GBP")), reserved(command, GIFT, 1)
        )

    def test_takes_the_price_of_the_moment(self) -> None:
        dearer = ChangePrice(product_id=PENCIL.product_id, price=price("2.00"))
        command = order(ADA, (PENCIL, 1))
        SHOP.and_then(dearer).when(command).then(
            placed(command, (line(PENCIL, 1, 200),), Money(200, "GBP")),
            reserved(command, PENCIL, 1),
        )

    def test_takes_the_very_last_unit_and_no_more(self) -> None:
        all_of_it = order(ADA, (PENCIL, 4), (PENCIL, 6))
        assert SHOP.when(all_of_it).refusals == ()
        decision = SHOP.when(order(ADA, (INK, 1), (PENCIL, 5), (PENCIL, 6)))
        decision.refused((Code.OUT_OF_STOCK, "items.1.quantity"))
        assert decision.words == [
            "Only 10 of this product are available; 11 were asked for.",
        ]
        SHOP.and_then(all_of_it).when(order(ADA, (PENCIL, 1))).refused(
            (Code.OUT_OF_STOCK, "items.0.quantity")
        )

    def test_names_every_product_that_is_out_of_stock(self) -> None:
        SHOP.when(order(ADA, (EMPTY, 1), (PENCIL, 1), (INK, 6))).refused(
            (Code.OUT_OF_STOCK, "items.0.quantity"), (Code.OUT_OF_STOCK, "items.2.quantity")
        )

    def test_is_refused_for_an_unknown_customer(self) -> None:
        decision = SHOP.when(order("cus_x", (PENCIL, 1)))
        decision.refused((Code.NOT_FOUND, "customer_id"))
        assert decision.words == ["There is no customer 'cus_x'."]

    def test_names_every_product_that_is_unknown_discontinued_or_of_another_currency(
        self,
    ) -> None:
        gone = DiscontinueProduct(product_id=INK.product_id)
        decision = SHOP.and_then(gone).when(
            order(ADA, ("prd_x", 1), (PENCIL, 1), (INK, 1), (YEN, 1), ("prd_y", 1))
        )
        decision.refused(
            (Code.NOT_FOUND, "items.0.product_id"),
            (Code.PRODUCT_DISCONTINUED, "items.2.product_id"),
            (Code.CURRENCY_MISMATCH, "items.3.product_id"),
            (Code.NOT_FOUND, "items.4.product_id"),
        )
        assert decision.words == [
            "There is no product 'prd_x'.",
            "Product I-1 is discontinued.",
            "An order has one currency: its first line is in GBP, product Y-1 is not.",
            "There is no product 'prd_y'.",
        ]

    def test_is_refused_for_a_reference_that_another_order_has(self) -> None:
        first = order(ADA, (PENCIL, 1), reference="PO 7")
        then = SHOP.and_then(first)
        decision = then.when(order(ADA, (PENCIL, 1), reference="PO 7"))
        decision.refused((Code.ALREADY_EXISTS, "reference"))
        assert decision.words == [f"The order {first.order_id} has this reference."]
        assert then.when(order(ADA, (PENCIL, 1), reference="po 7")).refusals == ()

    def test_is_refused_above_a_total_of_64_bits(self) -> None:
        dear = [product("100000000", sku=f"D-{n}", initial_stock=1_000_000) for n in range(923)]
        rich = given().and_then(ADA)
        for each in dear:
            rich = rich.and_then(each)
        assert rich.when(order(ADA, *[(each, 1_000_000) for each in dear[:922]])).refusals == ()
        rich.when(order(ADA, *[(each, 1_000_000) for each in dear])).refused(
            (Code.INVALID_INPUT, "items")
        )


class TestWhatFollows:
    def test_confirming_a_pending_order(self) -> None:
        IN_STATUS[OrderStatus.PENDING].when(CONFIRM).then(
            OrderConfirmed(order_id=ID, customer_id=ADA.customer_id)
        )

    def test_shipping_a_confirmed_order_takes_its_units_out_of_the_house(self) -> None:
        eta = datetime(2024, 6, 1, 14, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
        command = ShipOrder(
            order_id=ID, carrier="DHL", tracking_number="D1", estimated_delivery=eta
        )
        IN_STATUS[OrderStatus.CONFIRMED].when(command).then(
            OrderShipped(
                order_id=ID,
                customer_id=ADA.customer_id,
                carrier="DHL",
                tracking_number="D1",
                estimated_delivery=datetime(2024, 6, 1, 12, 0, 0, 999_000, tzinfo=UTC),
            ),
            StockShipped(product_id=PENCIL.product_id, order_id=ID, quantity=3),
            StockShipped(product_id=INK.product_id, order_id=ID, quantity=1),
        )

    def test_delivering_a_shipped_order(self) -> None:
        IN_STATUS[OrderStatus.SHIPPED].when(DELIVER).then(
            OrderDelivered(order_id=ID, customer_id=ADA.customer_id)
        )

    @pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.CONFIRMED])
    def test_cancelling_gives_back_everything_that_the_order_counted_for(
        self, status: OrderStatus
    ) -> None:
        IN_STATUS[status].when(CANCEL).then(
            OrderCancelled(
                order_id=ID,
                customer_id=ADA.customer_id,
                reason="too late",
                placed_at=NOW,
                total=Money(1650, "GBP"),
                lines=(
                    CancelledLine(
                        product_id=PENCIL.product_id, quantity=3, unit_price=Money(150, "GBP")
                    ),
                    CancelledLine(
                        product_id=INK.product_id, quantity=1, unit_price=Money(1200, "GBP")
                    ),
                ),
            ),
            StockReleased(product_id=PENCIL.product_id, order_id=ID, quantity=3),
            StockReleased(product_id=INK.product_id, order_id=ID, quantity=1),
        )

    @pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.CONFIRMED])
    def test_sending_an_order_elsewhere_leaves_its_status(self, status: OrderStatus) -> None:
        IN_STATUS[status].when(READDRESS).then(
            ShippingAddressChanged(
                order_id=ID,
                customer_id=ADA.customer_id,
                personal=ShippingPersonal(shipping_address=ELSEWHERE),
            )
        )
        again = IN_STATUS[status].and_then(READDRESS)
        assert again.when(READDRESS).refusals == ()
        assert again.when(CANCEL).refusals == ()

    def test_cancelled_units_can_be_ordered_again(self) -> None:
        all_of_it = order(ADA, (PENCIL, 10))
        then = SHOP.and_then(all_of_it)
        then.when(order(ADA, (PENCIL, 1))).refused((Code.OUT_OF_STOCK, "items.0.quantity"))
        then = then.and_then(CancelOrder(order_id=all_of_it.order_id, reason="no"))
        assert then.when(order(ADA, (PENCIL, 10))).refusals == ()

    def test_shipped_units_cannot_be_ordered_again(self) -> None:
        IN_STATUS[OrderStatus.SHIPPED].when(order(ADA, (PENCIL, 8))).refused(
            (Code.OUT_OF_STOCK, "items.0.quantity")
        )
        assert IN_STATUS[OrderStatus.SHIPPED].when(order(ADA, (PENCIL, 7))).refusals == ()

    def test_an_order_goes_on_after_its_product_was_discontinued(self) -> None:
        gone = IN_STATUS[OrderStatus.PENDING].and_then(
            DiscontinueProduct(product_id=PENCIL.product_id)
        )
        gone = gone.and_then(CONFIRM).and_then(SHIP).and_then(DELIVER)
        assert gone.when(CONFIRM).refusals[0].code == Code.ORDER_NOT_PENDING


COMMANDS: dict[str, tuple[Command, Code, set[OrderStatus]]] = {
    "confirmOrder": (CONFIRM, Code.ORDER_NOT_PENDING, {OrderStatus.PENDING}),
    "shipOrder": (SHIP, Code.ORDER_NOT_CONFIRMED, {OrderStatus.CONFIRMED}),
    "deliverOrder": (DELIVER, Code.ORDER_NOT_SHIPPED, {OrderStatus.SHIPPED}),
    "cancelOrder": (CANCEL, Code.ORDER_CLOSED, {OrderStatus.PENDING, OrderStatus.CONFIRMED}),
    "changeShippingAddress": (
        READDRESS,
        Code.ORDER_CLOSED,
        {OrderStatus.PENDING, OrderStatus.CONFIRMED},
    ),
}


def test_every_guard_is_a_command_s() -> None:
    assert [guard.command for guard in GUARDS] == list(COMMANDS)


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.command)
def test_a_command_is_refused_exactly_where_its_guard_says_so_and_in_its_words(
    guard: Guard,
    status: OrderStatus,
) -> None:
    command, code, allowed = COMMANDS[guard.command]
    decision = IN_STATUS[status].when(command)
    if status in allowed:
        assert decision.refusals == ()
        assert guard.reason_against(status) is None
    else:
        decision.refused((code, "order_id"))
        assert decision.words == [guard.reason_against(status)]


def test_a_guard_s_words_name_the_status_and_the_rule() -> None:
    assert IN_STATUS[OrderStatus.SHIPPED].when(CANCEL).words == [
        "The order is SHIPPED: an order can be cancelled only before it is shipped."
    ]
    assert IN_STATUS[OrderStatus.CANCELLED].when(CONFIRM).words == [
        "The order is CANCELLED: only a PENDING order can be confirmed."
    ]


@pytest.mark.parametrize(
    "wrong",
    ["ord_x", "", "\0", "\ud800", "x" * 10_000, pytest.param(PENCIL.product_id, id="a product's")],
)
def test_an_id_that_names_no_order_is_not_found(wrong: str) -> None:
    unknown = Id(wrong)
    for command in (
        ConfirmOrder(order_id=unknown),
        ShipOrder(order_id=unknown, carrier="a", tracking_number="b"),
        DeliverOrder(order_id=unknown),
        CancelOrder(order_id=unknown, reason="r"),
        ChangeShippingAddress(order_id=unknown, shipping_address=HOME),
    ):
        decision = SHOP.when(command)
        decision.refused((Code.NOT_FOUND, "order_id"))
        assert len(decision.words[0]) < 300


def test_the_address_is_the_order_s_own() -> None:
    (event, *_) = SHOP.when(order(ADA, (PENCIL, 1), shipping_address=ELSEWHERE)).events
    assert isinstance(event, OrderPlaced)
    assert event.personal.shipping_address == ELSEWHERE
