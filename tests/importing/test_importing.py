"""What an import records, on real databases."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from commands.bus import Bus, Refused
from commands.events import (
    Address,
    CustomerRegistered,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderPlaced,
    PriceChanged,
    ProductRegistered,
    StockReceived,
    StockReleased,
    StockReserved,
)
from commands.given import Id
from commands.orders.ship_order import ShipOrder
from commands.products.discontinue_product import DiscontinueProduct
from commands.store.database import Database
from schema.importing.importer import Importer
from schema.importing.invoices import Invoice
from schema.importing.records import MalformedFile
from schema.importing.tally import Fate
from tests.commands.wanted import customer, order, product
from tests.importing.retail import facts, imported, line, recorded, written

FRANCE = Address(line1="Not given", city="Not given", country="France")


async def placed(database: Database) -> list[OrderPlaced]:
    return [fact for fact in await facts(database) if isinstance(fact, OrderPlaced)]


async def test_what_is_recorded_when_it_is_stopped_is_the_beginning_of_the_file(
    bus: Bus, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The customer is there already: no order waits for another.
    await imported(bus, database, written(tmp_path, line("0")))
    order = Importer._order

    async def stop_and_order(self: Importer, invoice: Invoice) -> None:
        if invoice.number == "1":
            # So that it is stopped before what is sent on its way next has begun.
            asyncio.get_running_loop().call_soon(importing.cancel)
        await order(self, invoice)

    monkeypatch.setattr(Importer, "_order", stop_and_order)
    file = written(tmp_path, *(line(str(n), sku=f"S{n}") for n in range(1, 11)))
    importing = asyncio.create_task(imported(bus, database, file))
    with pytest.raises(asyncio.CancelledError):
        await importing
    await bus.handle(customer())
    references = [each.reference for each in await placed(database)]
    assert references == [str(n) for n in range(11)][: len(references)]


async def test_an_invoice_is_an_order_placed_and_confirmed_in_one_transaction(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        line(sku="A", quantity=6, price="2.5"),
        line(sku="B", quantity=1, price="10", description=""),
        line(sku="A", quantity=4, price="2.50"),
        line(sku="A", quantity=2, price="2.25"),
    )
    tally = await imported(bus, database, file)
    log = await recorded(database)
    registered, lanterns, _, others, _, ordered, *reserved, confirmed = [each.event for each in log]
    assert isinstance(registered, CustomerRegistered)
    assert registered.personal.name == "Customer 70001"
    assert registered.personal.email == "customer-70001@online-retail.invalid"
    assert registered.personal.address == FRANCE
    assert isinstance(lanterns, ProductRegistered)
    assert (lanterns.name, lanterns.price) == ("PAPER LANTERN", Money(225, "GBP"))
    assert isinstance(others, ProductRegistered)
    assert (others.name, others.category) == ("B", "Postage and charges")
    assert isinstance(ordered, OrderPlaced)
    assert [(at.sku, at.quantity, at.unit_price.minor) for at in ordered.lines] == [
        ("A", 10, 250),
        ("B", 1, 1000),
        ("A", 2, 225),
    ]
    assert (ordered.reference, ordered.total) == ("600001", Money(3950, "GBP"))
    assert ordered.personal.shipping_address == FRANCE
    assert reserved == [
        StockReserved(product_id=lanterns.product_id, order_id=ordered.order_id, quantity=12),
        StockReserved(product_id=others.product_id, order_id=ordered.order_id, quantity=1),
    ]
    assert isinstance(confirmed, OrderConfirmed)
    assert {each.occurred_at for each in log} == {datetime(2010, 12, 1, 8, 26, tzinfo=UTC)}
    assert {each.recorded_at for each in log} == {log[0].recorded_at}
    assert {(each.actor, each.causation) for each in log} == {
        ("import", "import/online-retail/600001")
    }
    assert tally.lines == {Fate.IMPORTED: 4}
    assert (tally.orders, tally.customers, tally.products) == (1, 1, 2)
    assert tally.ordered == Decimal("39.50")


async def test_what_an_order_lacks_is_received_and_its_price_is_the_catalogues(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    in_stock = product("2.00", sku="A", initial_stock=5)
    await bus.handle(in_stock)
    before = len(await facts(database))
    await imported(
        bus,
        database,
        written(
            tmp_path,
            line("1", sku="A", quantity=3, price="2.00"),
            line("2", sku="A", quantity=6, price="2.10"),
        ),
    )
    of_product = [
        fact
        for fact in (await facts(database))[before:]
        if isinstance(fact, PriceChanged | StockReceived)
    ]
    assert of_product == [
        PriceChanged(product_id=in_stock.product_id, price=Money(210, "GBP")),
        StockReceived(product_id=in_stock.product_id, quantity=4),
    ]


async def test_lines_without_a_customer_are_one_guests_for_each_country(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        line("1", customer=""),
        line("2", customer="", country="Spain"),
        line("3", customer=""),
    )
    tally = await imported(bus, database, file)
    orders = await placed(database)
    assert [at.personal.customer_name for at in orders] == [
        "Guest in France",
        "Guest in Spain",
        "Guest in France",
    ]
    assert orders[0].customer_id == orders[2].customer_id
    assert tally.customers == 2


async def test_a_credit_note_cancels_the_latest_order_that_it_covers(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        line("1", sku="A", quantity=2),
        line("2", sku="A", quantity=2),
        line("3", sku="A", quantity=9),
        line("4", sku="A", quantity=2, customer="70002"),
        line("C5", sku="A", quantity=-2, at="2010-12-03 10:00:00"),
        line("C5", sku="B", quantity=-1, at="2010-12-03 10:00:00"),
    )
    tally = await imported(bus, database, file)
    _, second, *_ = await placed(database)
    cancelled, released = (await recorded(database))[-2:]
    assert isinstance(cancelled.event, OrderCancelled)
    assert cancelled.event.order_id == second.order_id
    assert cancelled.event.reason == "Credit note C5"
    assert cancelled.occurred_at == datetime(2010, 12, 3, 10, tzinfo=UTC)
    assert cancelled.causation == "import/online-retail/C5"
    assert released.event == StockReleased(
        product_id=second.lines[0].product_id, order_id=second.order_id, quantity=2
    )
    assert tally.lines == {Fate.IMPORTED: 6}
    assert (tally.cancelled, tally.credited) == (1, Decimal("5.00"))


async def test_a_credit_note_that_covers_no_order_is_partial_credit(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        line("1", sku="A", quantity=2),
        line("1", sku="B", quantity=2),
        line("C2", sku="A", quantity=-2),
        line("C3", sku="A", quantity=-1),
        line("C3", sku="B", quantity=-2),
        line("C4", sku="A", quantity=-9, customer="70099"),
    )
    tally = await imported(bus, database, file)
    assert tally.lines == {Fate.IMPORTED: 2, Fate.PARTIAL_CREDIT: 4}
    assert not any(isinstance(fact, OrderCancelled) for fact in await facts(database))


async def test_a_second_credit_note_does_not_cancel_the_same_order_again(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(tmp_path, line("1"), line("C2", quantity=-6), line("C3", quantity=-6))
    tally = await imported(bus, database, file)
    assert tally.lines == {Fate.IMPORTED: 2, Fate.PARTIAL_CREDIT: 1}


async def test_released_stock_is_ordered_again(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(tmp_path, line("1"), line("C2", quantity=-6), line("3", quantity=7))
    await imported(bus, database, file)
    received = [fact.quantity for fact in await facts(database) if isinstance(fact, StockReceived)]
    assert received == [6, 1]


async def test_a_second_run_imports_nothing_twice_and_counts_every_line(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(
        tmp_path,
        line("1", sku="A", quantity=2),
        line("C2", sku="A", quantity=-2),
        line("C3", sku="A", quantity=-2),
        line("4", sku="A", quantity=2),
        line("5", quantity=-1),
        "spoilt",
    )
    first = await imported(bus, database, file)
    log = await recorded(database)
    second = await imported(bus, database, file)
    assert await recorded(database) == log
    assert first.lines == {
        Fate.IMPORTED: 3,
        Fate.PARTIAL_CREDIT: 1,
        Fate.NO_UNITS: 1,
        Fate.MALFORMED: 1,
    }
    assert second.lines == {
        Fate.IMPORTED_BEFORE: 3,
        Fate.PARTIAL_CREDIT: 1,
        Fate.NO_UNITS: 1,
        Fate.MALFORMED: 1,
    }
    assert (second.orders, second.cancelled, second.customers, second.products) == (0, 0, 0, 0)


async def test_lines_that_an_invoice_did_not_have_when_it_was_imported_are_told_apart(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    lines = [
        line("1", sku="A", quantity=2),
        line("1", sku="A", quantity=3),
        line("1", sku="B", quantity=1),
        line("2", sku="A", quantity=4),
        line("C3", sku="A", quantity=-4),
    ]
    await imported(bus, database, written(tmp_path, *lines))
    log = await recorded(database)
    changed = [
        *lines,
        line("1", sku="C", quantity=1),
        line("1", sku="A", quantity=1),
        line("1", sku="B", quantity=1, price="9.99"),
    ]
    tally = await imported(bus, database, written(tmp_path, *changed))
    assert tally.lines == {Fate.IMPORTED_BEFORE: 5, Fate.NOT_IMPORTED_THEN: 3}
    more = [line("1", sku="A", quantity=2), line("1", sku="A", quantity=4), line("2", sku="A")]
    tally = await imported(bus, database, written(tmp_path, *more))
    assert tally.lines == {Fate.IMPORTED_BEFORE: 1, Fate.NOT_IMPORTED_THEN: 2}
    assert await recorded(database) == log


async def test_a_longer_file_goes_on_where_a_shorter_one_ended(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    lines = [line(str(number), sku=f"S{number % 7}", quantity=number) for number in range(1, 200)]
    await imported(bus, database, written(tmp_path, *lines[:90]))
    whole = written(tmp_path, *lines, line("C200", sku="S5", quantity=-82))
    tally = await imported(bus, database, whole)
    assert tally.lines == {Fate.IMPORTED_BEFORE: 90, Fate.IMPORTED: 110}
    assert [at.reference for at in await placed(database)] == [str(n) for n in range(1, 200)]
    (cancelled,) = [fact for fact in await facts(database) if isinstance(fact, OrderCancelled)]
    by_id = {at.order_id: at.reference for at in await placed(database)}
    assert by_id[cancelled.order_id] == "82"


async def test_strict_stops_at_the_first_malformed_line(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    file = written(tmp_path, line("1"), line("2"), line("2", price="free"), line("3"))
    with pytest.raises(MalformedFile) as raised:
        await imported(bus, database, file, strict=True)
    assert str(raised.value) == "line 4: UnitPrice 'free' is no number"
    assert [at.reference for at in await placed(database)] == ["1"]


async def test_an_invoice_that_can_not_be_is_counted_as_refused(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    gone = product(sku="GONE")
    await bus.handle(gone)
    await bus.handle(DiscontinueProduct(product_id=gone.product_id))
    await bus.handle(product(sku="EURO", currency="EUR"))
    who = customer()
    wares = product()
    await bus.handle(who)
    await bus.handle(wares)
    taken = order(who, (wares, 1), reference="TAKEN")
    await bus.handle(taken)
    before = len(await facts(database))
    file = written(
        tmp_path,
        line("1", sku="GONE"),
        line("2", sku="EURO"),
        line("TAKEN", customer="70002"),
        line("4", customer="70003"),
    )
    tally = await imported(bus, database, file)
    assert tally.lines == {Fate.REFUSED: 3, Fate.IMPORTED: 1}
    assert tally.refused == [
        "invoice 1: PRODUCT_DISCONTINUED: Product GONE is discontinued.",
        "invoice 2: CURRENCY_MISMATCH: The product is priced in EUR.",
        f"invoice TAKEN: ALREADY_EXISTS: The order {taken.order_id} has this reference.",
    ]
    added = Counter(type(fact).__name__ for fact in (await facts(database))[before:])
    assert added == {
        "CustomerRegistered": 1,
        "ProductRegistered": 1,
        "StockReceived": 1,
        "OrderPlaced": 1,
        "StockReserved": 1,
        "OrderConfirmed": 1,
    }


async def test_an_order_that_was_shipped_or_came_later_is_not_cancelled(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    await imported(bus, database, written(tmp_path, line("1"), line("2")))
    first, second = await placed(database)
    for order_id in (first.order_id, second.order_id):
        shipped = ShipOrder(order_id=Id(order_id), carrier="Post", tracking_number="1")
        assert not isinstance(await bus.handle(shipped), Refused)
    # Placed now, long after the note was written.
    await bus.handle(order(first.customer_id, (first.lines[0].product_id, 6)))
    file = written(tmp_path, line("1"), line("2"), line("C3", quantity=-6))
    tally = await imported(bus, database, file)
    assert tally.lines == {Fate.IMPORTED_BEFORE: 2, Fate.PARTIAL_CREDIT: 1}


async def test_others_may_order_the_same_products_meanwhile(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    wares = product("2.50", sku="A", initial_stock=40)
    who = customer()
    await bus.handle(wares)
    await bus.handle(who)
    lines = [
        line(str(number), sku="A", quantity=7, price=f"{number}.50") for number in range(1, 151)
    ]
    accepted = 0

    async def order_beside() -> None:
        nonlocal accepted
        for _ in range(100):
            accepted += not isinstance(await bus.handle(order(who, (wares, 3))), Refused)

    beside = asyncio.create_task(order_beside())
    tally = await imported(bus, database, written(tmp_path, *lines))
    await beside
    orders = await placed(database)
    assert tally.lines == {Fate.IMPORTED: 150}
    references = Counter(at.reference for at in orders if at.reference)
    assert references == Counter(str(number) for number in range(1, 151))
    log = await facts(database)
    *_, last_price = [fact.price for fact in log if isinstance(fact, PriceChanged)]
    assert last_price == Money(15050, "GBP")
    received = sum(fact.quantity for fact in log if isinstance(fact, StockReceived))
    reserved = sum(fact.quantity for fact in log if isinstance(fact, StockReserved))
    assert reserved == 150 * 7 + accepted * 3
    assert received >= reserved


async def test_two_imports_of_one_file_at_once_import_it_once(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    lines = [
        line(str(number), sku=f"S{number % 11}", quantity=number % 5 + 1, customer=f"{number % 9}")
        for number in range(1, 150)
    ]
    file = written(tmp_path, *lines)
    tallies = await asyncio.gather(imported(bus, database, file), imported(bus, database, file))
    assert [at.reference for at in await placed(database)] == [str(n) for n in range(1, 150)]
    for tally in tallies:
        assert tally.lines.keys() <= {Fate.IMPORTED, Fate.IMPORTED_BEFORE}


async def test_everything_occurs_when_the_invoice_says(
    bus: Bus, database: Database, tmp_path: Path
) -> None:
    start = datetime(2011, 6, 1, 9, tzinfo=UTC)
    days = [start + timedelta(days=number) for number in range(3)]
    file = written(
        tmp_path,
        *(
            line(str(n), at=f"{day.month}/{day.day}/{day.year} {day.hour}:{day.minute:02}")
            for n, day in enumerate(days)
        ),
        encoding="latin-1",
        end="\r\n",
    )
    await imported(bus, database, file)
    assert [at.placed_at for at in await placed(database)] == days
