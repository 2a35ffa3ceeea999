"""What happened in a shop, made up: of a number of orders always the same, and never all at once in
memory. An order's later facts lie behind those of many other orders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random

from benchmarks.queries.shop import (
    customer_id,
    customer_of,
    line_of,
    product_id,
    registered_product,
)
from commands.clock import to_milliseconds
from commands.events import (
    Address,
    CancelledLine,
    CustomerRegistered,
    Event,
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPersonal,
    OrderPlaced,
    OrderShipped,
    ProductDiscontinued,
    StockReceived,
    StockReleased,
    StockReserved,
    StockShipped,
)

START = datetime(2024, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=30)
"""A million orders take a year."""
_ORDERS_PER_CUSTOMER = 10
_MOST_PRODUCTS = 2_000
_PLENTY = 1_000_000
_DISCONTINUED_EACH = 40
_REASON = "Ordered twice."


@dataclass(frozen=True, slots=True)
class Happened:
    """What one command recorded."""

    at: datetime
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class _Step:
    """What becomes of an order, so many orders after it was placed."""

    after: int
    fact: type[Event]


_CONFIRMED = _Step(100, OrderConfirmed)
_SHIPPED = _Step(1_000, OrderShipped)
_FATES: Sequence[tuple[int, Sequence[_Step]]] = (
    (30, ()),
    (35, (_CONFIRMED,)),
    (15, (_CONFIRMED, _SHIPPED)),
    (10, (_CONFIRMED, _SHIPPED, _Step(3_000, OrderDelivered))),
    (10, (_Step(300, OrderCancelled),)),
)
"""How many orders of a hundred go which way."""


def customers_of(orders: int) -> int:
    return max(1, orders // _ORDERS_PER_CUSTOMER)


def _products_of(orders: int) -> int:
    return min(orders, _MOST_PRODUCTS)


def placed_at(number: int) -> datetime:
    return START + number * EVERY


def order_id(number: int) -> str:
    """Ordered by time, as all ids are; the order's number is its unique part."""
    return f"ord_{to_milliseconds(placed_at(number)):013d}{number:013d}"


def history(orders: int) -> Iterator[Happened]:
    """The catalogue and the customers, then the orders, whose numbers begin at 0."""
    yield from _opening(orders)
    yield from _trading(orders, Random(orders))
    yield from _closing(orders)


def _opening(orders: int) -> Iterator[Happened]:
    for number in range(_products_of(orders)):
        received = StockReceived(product_id=product_id(number), quantity=_PLENTY)
        yield Happened(START, [registered_product(number), received])
    for number in range(customers_of(orders)):
        registered = CustomerRegistered(
            customer_id=customer_id(number), personal=customer_of(number)
        )
        yield Happened(START, [registered])


def _trading(orders: int, pick: Random) -> Iterator[Happened]:
    due: list[tuple[int, int, OrderPlaced, Sequence[_Step]]] = []
    shares, fates = zip(*_FATES, strict=True)
    for number in range(orders):
        while due and due[0][0] <= number:
            yield _next_step(due)
        placed = _placed(number, pick, customers_of(orders), _products_of(orders))
        yield Happened(placed.placed_at, [placed, *_stock(StockReserved, placed)])
        (steps,) = pick.choices(fates, shares)
        if steps:
            heappush(due, (number + steps[0].after, number, placed, steps))
    while due:
        yield _next_step(due)


def _next_step(due: list[tuple[int, int, OrderPlaced, Sequence[_Step]]]) -> Happened:
    now, number, placed, (step, *later) = heappop(due)
    if later:
        heappush(due, (number + later[0].after, number, placed, later))
    return Happened(placed_at(now), list(_became(step.fact, placed)))


def _closing(orders: int) -> Iterator[Happened]:
    at = placed_at(orders + max(step.after for _, steps in _FATES for step in steps))
    for number in range(0, _products_of(orders), _DISCONTINUED_EACH):
        yield Happened(at, [ProductDiscontinued(product_id=product_id(number))])


def _placed(number: int, pick: Random, customers: int, products: int) -> OrderPlaced:
    customer = pick.randrange(customers)
    ordered = pick.sample(range(products), pick.randint(1, 2))
    lines = tuple(line_of(product, pick.randint(1, 5)) for product in ordered)
    personal = customer_of(customer)
    return OrderPlaced(
        order_id=order_id(number),
        customer_id=customer_id(customer),
        reference=None,
        lines=lines,
        total=Money(sum(line.quantity * line.unit_price.minor for line in lines), "GBP"),
        placed_at=placed_at(number),
        personal=OrderPersonal(
            customer_name=personal.name,
            customer_email=personal.email,
            shipping_address=Address(
                recipient=personal.name,
                line1=f"{customer} St James's Square",
                city="London",
                postal_code="SW1Y 4JH",
                country="GB",
            ),
        ),
    )


def _became(fact: type[Event], placed: OrderPlaced) -> Iterator[Event]:
    order, customer = placed.order_id, placed.customer_id
    if fact is OrderConfirmed:
        yield OrderConfirmed(order_id=order, customer_id=customer)
    elif fact is OrderShipped:
        yield OrderShipped(
            order_id=order,
            customer_id=customer,
            carrier="Royal Mail",
            tracking_number=f"RM{order[-13:]}",
            estimated_delivery=placed.placed_at + timedelta(days=7),
        )
        yield from _stock(StockShipped, placed)
    elif fact is OrderDelivered:
        yield OrderDelivered(order_id=order, customer_id=customer)
    else:
        yield OrderCancelled(
            order_id=order,
            customer_id=customer,
            reason=_REASON,
            placed_at=placed.placed_at,
            total=placed.total,
            lines=tuple(
                CancelledLine(
                    product_id=line.product_id, quantity=line.quantity, unit_price=line.unit_price
                )
                for line in placed.lines
            ),
        )
        yield from _stock(StockReleased, placed)


def _stock(
    fact: type[StockReserved] | type[StockShipped] | type[StockReleased], placed: OrderPlaced
) -> Iterator[Event]:
    for line in placed.lines:
        yield fact(product_id=line.product_id, order_id=placed.order_id, quantity=line.quantity)
