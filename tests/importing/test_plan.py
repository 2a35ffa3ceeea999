from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from commands.given import Id
from commands.products.change_price import ChangePrice
from commands.products.register_product import RegisterProduct
from commands.stock.receive_stock import ReceiveStock
from schema.importing.invoices import Invoice, to_invoice
from schema.importing.online_retail import Line
from schema.importing.plan import OpenOrder, Shelf, covered, plan_order

NOON = datetime(2010, 12, 1, 12, tzinfo=UTC)
BEFORE = datetime(2010, 12, 1, 11, tzinfo=UTC)
AFTER = datetime(2010, 12, 1, 13, tzinfo=UTC)
ADA = Id("cus_ada")
LANTERN = Id("prd_lantern")


def invoice(number: str, *lines: tuple[str, int, str]) -> Invoice:
    """Of lines (stock code, units, price), from line 2 of a file on."""
    return to_invoice(
        number,
        len(lines) + 1,
        (
            Line(at, number, sku, "LANTERN", units, NOON, Decimal(price), "70001", "France")
            for at, (sku, units, price) in enumerate(lines, 2)
        ),
    )


def kinds(shelf: Shelf | None, *priced_later: str) -> list[str]:
    planned = plan_order(invoice("1", ("A", 5, "2.50")), ADA, {"A": shelf}, frozenset(priced_later))
    return [type(command).__name__ for command in planned.commands]


def an_order(
    id: str, units: Mapping[str, int], at: datetime = BEFORE, reference: str | None = None
) -> OpenOrder:
    return OpenOrder(Id(id), ADA, reference, at, units, Decimal(1))


def covering(note: Invoice, *orders: OpenOrder, **last_line: int) -> list[str]:
    return [order.id for order in covered(note, orders, last_line)]


def test_only_what_is_missing_is_asked_for() -> None:
    placing = ["PlaceOrder", "ConfirmOrder"]
    assert kinds(None) == ["RegisterProduct", *placing]
    assert kinds(Shelf(LANTERN, Decimal("2.5"), 5)) == placing
    assert kinds(Shelf(LANTERN, Decimal("2.5"), 4)) == ["ReceiveStock", *placing]
    assert kinds(Shelf(LANTERN, Decimal("2.4"), 5)) == ["ChangePrice", *placing]
    assert kinds(Shelf(LANTERN, Decimal("2.4"), 5), "A") == placing


def test_the_next_invoice_is_planned_on_what_this_one_leaves() -> None:
    first = plan_order(invoice("1", ("A", 5, "2.50"), ("A", 1, "2.25")), None, {"A": None})
    _, register, *_ = first.commands
    assert isinstance(register, RegisterProduct)
    assert register.initial_stock == 6
    assert first.shelves == {"A": Shelf(register.product_id, Decimal("2.25"), 0)}
    second = plan_order(invoice("2", ("A", 3, "2.50")), first.order.customer_id, first.shelves)
    change, receive, *_ = second.commands
    assert isinstance(change, ChangePrice)
    assert change.price.amount == Decimal("2.50")
    assert isinstance(receive, ReceiveStock)
    assert receive.quantity == 3


def test_a_note_covers_orders_whose_units_are_all_in_it_the_latest_first() -> None:
    note = invoice("C9", ("A", -2, "1"), ("B", -1, "1"))
    assert covering(
        note,
        an_order("whole", {"A": 2, "B": 1}),
        an_order("more", {"A": 3}),
        an_order("else", {"A": 1, "C": 1}),
        an_order("at noon", {"B": 1}, NOON),
        an_order("some", {"A": 1}),
    ) == ["at noon", "some", "whole"]


def test_a_note_covers_nothing_that_came_after_it() -> None:
    note = invoice("C9", ("A", -2, "1"))
    assert (
        covering(
            note,
            an_order("later", {"A": 1}, AFTER),
            an_order("further down", {"A": 1}, reference="10"),
            **{"10": note.last_line + 1},
        )
        == []
    )
