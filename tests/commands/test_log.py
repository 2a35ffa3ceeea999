"""The log and the rows beside it, on both databases."""

from datetime import UTC, datetime, timedelta

from commands.bus import Bus
from commands.events import (
    Address,
    CustomerPersonal,
    CustomerRegistered,
    Money,
    OrderConfirmed,
    OrderLine,
    OrderPersonal,
    OrderPlaced,
    ProductRegistered,
    Recorded,
    StockReceived,
    StockReserved,
)
from commands.orders.cancel_order import CancelOrder
from commands.orders.confirm_order import ConfirmOrder
from commands.outcome import Accepted
from commands.products.change_price import ChangePrice
from commands.products.discontinue_product import DiscontinueProduct
from commands.refusal import Code
from commands.stock.receive_stock import ReceiveStock
from commands.store.database import Database
from tests.commands.conftest import Clock
from tests.commands.deciding import NOW
from tests.commands.recorded import accepted, codes, events, facts, rows
from tests.commands.wanted import HOME, customer, order, price, product


async def test_positions_are_dense_and_outcomes_name_their_last_fact(
    bus: Bus, database: Database
) -> None:
    ada, pencil = customer(), product()
    placed = order(ada, (pencil, 2))
    assert await bus.handle(ada) == Accepted(ada.customer_id, 1, 1)
    assert await bus.handle(pencil) == Accepted(pencil.product_id, 1, 3)
    assert await bus.handle(placed) == Accepted(placed.order_id, 1, 5)
    confirm = ConfirmOrder(order_id=placed.order_id)
    assert await bus.handle(confirm) == Accepted(placed.order_id, 2, 6)
    receive = ReceiveStock(product_id=pencil.product_id, quantity=1)
    assert await bus.handle(receive) == Accepted(pencil.product_id, 3, 7)
    assert [(fact.position, fact.stream, fact.version) for fact in await facts(database)] == [
        (1, f"customer/{ada.customer_id}", 1),
        (2, f"product/{pencil.product_id}", 1),
        (3, f"stock/{pencil.product_id}", 1),
        (4, f"order/{placed.order_id}", 1),
        (5, f"stock/{pencil.product_id}", 2),
        (6, f"order/{placed.order_id}", 2),
        (7, f"stock/{pencil.product_id}", 3),
    ]


async def test_a_refused_command_records_nothing(bus: Bus, database: Database) -> None:
    await bus.handle(customer(email="ada@example.org"))
    assert codes(await bus.handle(customer(email="ADA@example.org"))) == [
        (Code.ALREADY_EXISTS, "email")
    ]
    assert codes(await bus.handle(customer(email="ada"))) == [(Code.INVALID_INPUT, "email")]
    assert len(await facts(database)) == 1
    assert await rows(database, "SELECT count(*) FROM customers") == [(1,)]


async def test_the_envelope_holds_who_when_and_why(
    bus: Bus, database: Database, clock: Clock
) -> None:
    ada, pencil = customer("Ada", email="ada@example.org"), product("1.50", initial_stock=5)
    await bus.handle(ada, actor="alice")
    await bus.handle(pencil)
    placed = order(ada, (pencil, 2), reference="PO 7")
    happened = datetime(2019, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    clock.step(timedelta(seconds=1))
    await bus.handle_together(
        [placed, ConfirmOrder(order_id=placed.order_id)],
        actor="import",
        cause="invoice 7",
        occurred_at=happened,
    )
    log = await facts(database)
    ids = [fact.command_id for fact in log]
    assert len(set(ids[:3])) == 2
    assert ids[1] == ids[2]
    cut = datetime(2019, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert log[0] == Recorded(
        position=1,
        stream=f"customer/{ada.customer_id}",
        version=1,
        event=CustomerRegistered(
            customer_id=ada.customer_id,
            personal=CustomerPersonal(name="Ada", email="ada@example.org", address=HOME),
        ),
        recorded_at=NOW,
        occurred_at=NOW,
        actor="alice",
        command_id=ids[0],
        causation=None,
    )
    assert log[3] == Recorded(
        position=4,
        stream=f"order/{placed.order_id}",
        version=1,
        event=OrderPlaced(
            order_id=placed.order_id,
            customer_id=ada.customer_id,
            reference="PO 7",
            lines=(
                OrderLine(
                    product_id=pencil.product_id,
                    sku=pencil.sku,
                    product_name="Pencil",
                    quantity=2,
                    unit_price=Money(150, "GBP"),
                ),
            ),
            total=Money(300, "GBP"),
            placed_at=cut,
            personal=OrderPersonal(
                customer_name="Ada", customer_email="ada@example.org", shipping_address=HOME
            ),
        ),
        recorded_at=NOW + timedelta(seconds=1),
        occurred_at=cut,
        actor="import",
        command_id="invoice 7/0",
        causation="invoice 7",
    )
    assert [(fact.event, fact.command_id, fact.occurred_at) for fact in log[4:]] == [
        (
            StockReserved(product_id=pencil.product_id, order_id=placed.order_id, quantity=2),
            "invoice 7/0",
            cut,
        ),
        (
            OrderConfirmed(order_id=placed.order_id, customer_id=ada.customer_id),
            "invoice 7/1",
            cut,
        ),
    ]
    assert await rows(database, "SELECT command_id, ordinal FROM events WHERE position > 3") == [
        ("invoice 7/0", 0),
        ("invoice 7/0", 1),
        ("invoice 7/1", 0),
    ]


async def test_recorded_at_never_goes_back_with_the_clock(
    bus: Bus, database: Database, clock: Clock
) -> None:
    await bus.handle(customer())
    clock.step(timedelta(hours=-1))
    await bus.handle(customer())
    clock.step(timedelta(hours=1, milliseconds=1))
    await bus.handle(customer())
    assert [fact.recorded_at for fact in await facts(database)] == [
        NOW,
        NOW,
        NOW + timedelta(milliseconds=1),
    ]
    milliseconds = 1_715_938_215_123
    assert await rows(database, "SELECT recorded_at FROM events ORDER BY position") == [
        (milliseconds,),
        (milliseconds,),
        (milliseconds + 1,),
    ]


async def test_personal_data_stands_in_a_column_of_its_own(bus: Bus, database: Database) -> None:
    ada = customer("Ada Lovelace", email="ada@example.org")
    pencil = product()
    for command in (ada, pencil, order(ada, (pencil, 1))):
        accepted(await bus.handle(command))
    columns = await rows(database, "SELECT type, data, personal FROM events ORDER BY position")
    assert [type for type, _, personal in columns if personal is not None] == [
        "CustomerRegistered",
        "OrderPlaced",
    ]
    for word in ("Ada", "ada@example.org", "St James"):
        assert not any(word in data for _, data, _ in columns)
        assert all(word in personal for _, _, personal in columns if personal is not None)


async def test_customers_and_products_are_rows_of_normalised_tables(
    bus: Bus, database: Database
) -> None:
    address = Address(
        recipient="Ms Ada",
        line1="12 Square",
        line2="Flat 1",
        city="London",
        region="Greater London",
        postal_code="SW1Y",
        country="GB",
    )
    ada = customer("Ada", email="Ada@Straße.org", address=address)
    bob = customer("Bob", email="bob@example.org", address=None)
    pencil = product("1.50", sku="P-1", description="Soft", category="Office")
    ink = product("300", "JPY", sku="I-1", name="Ink", category="Office", initial_stock=0)
    jam = product("0.001", "KWD", sku="J-1", name="Jam", category="Food", initial_stock=0)
    for command in (bob, ada, pencil, ink, jam):
        accepted(await bus.handle(command))
    accepted(await bus.handle(ChangePrice(product_id=ink.product_id, price=price("301", "JPY"))))
    accepted(await bus.handle(DiscontinueProduct(product_id=jam.product_id)))
    assert await rows(database, "SELECT * FROM customers ORDER BY name") == [
        (ada.customer_id, "Ada", "Ada@Straße.org", "ada@strasse.org"),
        (bob.customer_id, "Bob", "bob@example.org", "bob@example.org"),
    ]
    assert await rows(database, "SELECT * FROM customer_addresses") == [
        (
            ada.customer_id,
            "Ms Ada",
            "12 Square",
            "Flat 1",
            "London",
            "Greater London",
            "SW1Y",
            "GB",
        )
    ]
    assert await rows(database, "SELECT * FROM categories ORDER BY name") == [
        ("Food",),
        ("Office",),
    ]
    assert await rows(database, "SELECT * FROM products ORDER BY sku") == [
        (ink.product_id, "I-1", "Ink", None, "Office", 301, "JPY", False),
        (jam.product_id, "J-1", "Jam", None, "Food", 1, "KWD", True),
        (pencil.product_id, "P-1", "Pencil", "Soft", "Office", 150, "GBP", False),
    ]


async def test_references_are_rows_of_their_own_and_stay_after_cancelling(
    bus: Bus, database: Database
) -> None:
    ada, pencil = customer(), product()
    first, second = order(ada, (pencil, 1), reference="PO 7"), order(ada, (pencil, 1))
    for command in (ada, pencil, first, second):
        accepted(await bus.handle(command))
    accepted(await bus.handle(CancelOrder(order_id=first.order_id, reason="no")))
    assert codes(await bus.handle(order(ada, (pencil, 1), reference="PO 7"))) == [
        (Code.ALREADY_EXISTS, "reference")
    ]
    assert await rows(database, "SELECT * FROM order_references") == [("PO 7", first.order_id)]


async def test_any_storable_text_comes_back_as_it_was(bus: Bus, database: Database) -> None:
    odd = "Zoë \"'\\ 北京 🖋 \u200d \x01\x7f {}"
    ink = product(sku=odd, name=odd, category=odd, description=odd, initial_stock=0)
    accepted(await bus.handle(ink))
    (event,) = await events(database)
    assert isinstance(event, ProductRegistered)
    assert (event.sku, event.name, event.category, event.description) == (odd,) * 4
    assert codes(await bus.handle(product(sku=odd))) == [(Code.ALREADY_EXISTS, "sku")]
    assert await rows(database, "SELECT name, category FROM products") == [(odd, odd)]


async def test_the_largest_numbers_fit(bus: Bus, database: Database) -> None:
    ada = customer()
    dear = product("100000000", initial_stock=2_147_483_647)
    for command in (ada, dear, order(ada, (dear, 1_000_000))):
        accepted(await bus.handle(command))
    log = await events(database)
    assert StockReceived(product_id=dear.product_id, quantity=2_147_483_647) in log
    placed = log[3]
    assert isinstance(placed, OrderPlaced)
    assert placed.total == Money(10**16, "GBP")
