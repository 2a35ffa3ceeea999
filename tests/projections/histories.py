"""Histories that could have happened, for properties over any log."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from commands.events import Event, OrderPlaced
from tests.projections.log import (
    MemoryLog,
    customer_registered,
    customer_renamed,
    instant,
    line,
    order_cancelled,
    order_confirmed,
    order_delivered,
    order_placed,
    order_shipped,
    price_changed,
    product_discontinued,
    product_moved,
    product_registered,
    released,
    reserved,
    stock_received,
    stock_shipped,
)

CUSTOMERS = ("cus_1", "cus_2", "cus_3")
PRODUCTS = ("prd_1", "prd_2", "prd_3", "prd_4")


@dataclass
class Shop:
    """What has happened so far, and what may happen next."""

    log: MemoryLog = field(default_factory=MemoryLog)
    placed: dict[str, OrderPlaced] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PRODUCTS, "Lamps"))
    discontinued: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=lambda: dict.fromkeys(CUSTOMERS, "Ada"))

    def open(self) -> None:
        self.log.record(*(customer_registered(id) for id in CUSTOMERS))
        for id in PRODUCTS:
            self.log.record(product_registered(id), stock_received(id, 1_000))

    def rename(self, customer: int) -> None:
        id = CUSTOMERS[customer]
        self.names[id] = f"Ada{len(self.log.facts)}"
        self.log.record(customer_renamed(id, self.names[id]))

    def change_product(self, product: int, change: int) -> None:
        """A new price, another category, or the end of its sale: for good, but for the rest."""
        id = PRODUCTS[product]
        if id in self.discontinued:
            return
        if change == 0:
            self.discontinued.add(id)
            self.log.record(product_discontinued(id))
        elif change % 2:
            self.log.record(price_changed(id, change * 100))
        else:
            former, self.categories[id] = self.categories[id], f"Category {change % 3}"
            self.log.record(product_moved(id, former, self.categories[id]))

    def place(self, customer: int, product: int, quantity: int) -> None:
        id = f"ord_{len(self.placed) + 1}"
        first, second = PRODUCTS[product], PRODUCTS[(product + 1) % len(PRODUCTS)]
        buyer = CUSTOMERS[customer]
        placed = order_placed(
            id,
            line(first, quantity),
            line(second, 1),
            customer=buyer,
            name=self.names[buyer],
        )
        self.placed[id] = placed
        self.status[id] = "PENDING"
        self.log.record(*reserved(placed), placed)

    def go_on(self, chosen: int, cancel: bool) -> None:
        """Take one of the orders a step further, if there is one left."""
        after: dict[str, tuple[str, bool]] = {
            "PENDING": ("CONFIRMED", True),
            "CONFIRMED": ("SHIPPED", True),
            "SHIPPED": ("DELIVERED", False),
        }
        going = [id for id, status in self.status.items() if status in after]
        if not going:
            return
        id = going[chosen % len(going)]
        following, may_cancel = after[self.status[id]]
        if cancel and may_cancel:
            following = "CANCELLED"
        self.status[id] = following
        self.log.record(*self._events(self.placed[id], following))

    def _events(self, placed: OrderPlaced, status: str) -> list[Event]:
        id, customer = placed.order_id, placed.customer_id
        match status:
            case "CONFIRMED":
                return [order_confirmed(id, customer)]
            case "SHIPPED":
                shipped = [
                    stock_shipped(each.product_id, id, each.quantity) for each in placed.lines
                ]
                return [*shipped, order_shipped(id, customer)]
            case "DELIVERED":
                return [order_delivered(id, customer)]
            case _:
                return [*released(placed), order_cancelled(placed, instant(0))]


@st.composite
def histories(draw: st.DrawFn) -> MemoryLog:
    """A log of a small shop: orders placed, each taken some way or cancelled, customers renamed,
    products changed."""
    shop = Shop()
    shop.open()
    for _ in range(draw(st.integers(0, 25))):
        match draw(st.integers(0, 6)):
            case 0:
                shop.rename(draw(st.integers(0, 2)))
            case 1:
                shop.change_product(draw(st.integers(0, 3)), draw(st.integers(0, 9)))
            case 2 | 3:
                shop.place(
                    draw(st.integers(0, 2)), draw(st.integers(0, 3)), draw(st.integers(1, 5))
                )
            case _:
                shop.go_on(draw(st.integers(0, 30)), draw(st.booleans()))
    return shop.log
