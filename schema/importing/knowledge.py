"""What the importer knows of the write side, and will be so once what it asked for is accepted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from commands.events import Money, OrderPlaced
from commands.given import Id
from commands.lookup import Lookup, OnShelf
from schema.importing.invoices import Invoice
from schema.importing.plan import OpenOrder, Plan, Shelf


class Knowledge:
    """Customers by email and shelves by stock code, looked up when first asked for; None is known
    not to be there. `recorded` are the causes whose commands the log holds."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self.customers: dict[str, Id | None] = {}
        self.shelves: dict[str, Shelf | None] = {}
        self.recorded: set[str] = set()

    async def learn(self, invoices: Mapping[str, Invoice]) -> None:
        """Everything that is needed to plan these invoices, by their causes."""
        self.recorded = await self._lookup.causes(invoices)
        await self.complete(
            [invoice for cause, invoice in invoices.items() if cause not in self.recorded]
        )

    async def complete(self, invoices: Iterable[Invoice]) -> None:
        """What is not known yet of the invoices' customers and products."""
        emails: set[str] = set()
        skus: set[str] = set()
        for invoice in invoices:
            emails.add(invoice.email)
            skus.update(line.sku for line in invoice.lines)
        if emails := emails - self.customers.keys():
            found = await self._lookup.customers(emails)
            self.customers.update(
                {email: Id(found[email]) if email in found else None for email in emails}
            )
        if skus := skus - self.shelves.keys():
            on_shelf = await self._lookup.products(skus)
            self.shelves.update(
                {sku: _shelf(on_shelf[sku]) if sku in on_shelf else None for sku in skus}
            )

    def foresee(self, email: str, plan: Plan) -> None:
        """The plan is on its way: what follows is planned as if it had been accepted."""
        self.customers[email] = plan.order.customer_id
        self.shelves.update(plan.shelves)

    def forget(self) -> None:
        """Something was otherwise: look everything up again."""
        self.customers.clear()
        self.shelves.clear()


class OpenOrders:
    """The recorded orders that credit notes may cancel, by customer."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._by_customer: dict[Id, list[OpenOrder]] = defaultdict(list)

    async def load(self) -> None:
        for placed in await self._lookup.cancellable_orders():
            self.add(_open_order(placed))

    def add(self, order: OpenOrder) -> None:
        self._by_customer[order.customer_id].append(order)

    def remove(self, order: OpenOrder) -> None:
        self._by_customer[order.customer_id].remove(order)

    def of(self, customer_id: Id | None) -> Sequence[OpenOrder]:
        return self._by_customer.get(customer_id, ()) if customer_id else ()


def _shelf(found: OnShelf) -> Shelf:
    return Shelf(
        product_id=Id(found.product.id),
        price=_pounds(found.product.price),
        available=found.stock.available,
    )


def _open_order(placed: OrderPlaced) -> OpenOrder:
    units: Counter[str] = Counter()
    for line in placed.lines:
        units[line.sku] += line.quantity
    return OpenOrder(
        id=Id(placed.order_id),
        customer_id=Id(placed.customer_id),
        reference=placed.reference,
        placed_at=placed.placed_at,
        units=units,
        total=_pounds(placed.total),
    )


def _pounds(money: Money) -> Decimal:
    return Decimal(money.minor).scaleb(-2)
