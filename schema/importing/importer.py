"""Runs what invoices ask for through the bus: in the file's order, each invoice exactly once."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

from commands.bus import Bus, CommandFault, Refused
from commands.command import Command
from commands.lookup import Lookup
from commands.orders.cancel_order import CancelOrder
from schema.importing.invoices import Invoice
from schema.importing.knowledge import Knowledge, OpenOrders
from schema.importing.plan import OpenOrder, Plan, covered, plan_order
from schema.importing.recorded import lines_in
from schema.importing.records import MalformedFile
from schema.importing.tally import Fate, Tally

ACTOR = "import"
WINDOW = 64
"""Invoices that are looked up together, and that may be on their way at once."""

ATTEMPTS = 20
"""How often an invoice is planned before its refusal counts: others may write meanwhile."""

UnderWay = tuple[Invoice, Plan, asyncio.Task[str | None]]


def cause_of(invoice: Invoice) -> str:
    """Under it the log holds what an invoice brought about: so it is imported once."""
    return f"import/online-retail/{invoice.number}"


class Importer:
    """Imports one file. `last_line` says on which line of it each invoice ends; `on_progress` is
    called whenever lines have met their fate."""

    def __init__(
        self,
        bus: Bus,
        lookup: Lookup,
        last_line: Mapping[str, int],
        tally: Tally,
        on_progress: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._lookup = lookup
        self._last_line = last_line
        self._tally = tally
        self._on_progress = on_progress
        self._knowledge = Knowledge(lookup)
        self._open_orders = OpenOrders(lookup)
        self._under_way: deque[UnderWay] = deque()
        self._priced_at: dict[str, int] = {}

    @property
    def skus(self) -> Set[str]:
        """The stock codes of all orders that the log holds of this file."""
        return self._priced_at.keys()

    async def run(self, invoices: Iterator[Invoice]) -> None:
        """Raises what `invoices` raises, once what came before is imported."""
        await self._open_orders.load()
        try:
            for window in _windows(invoices):
                await self._import(window)
        finally:
            for *_, task in self._under_way:
                task.cancel()
            await asyncio.gather(*(task for *_, task in self._under_way), return_exceptions=True)

    async def _import(self, window: Sequence[Invoice]) -> None:
        for invoice in window:
            self._tally.lines.update(invoice.others)
        counting = {cause_of(invoice): invoice for invoice in window if invoice.lines}
        await self._knowledge.learn(counting)
        for cause in self._knowledge.recorded:
            self._has_priced(counting[cause])
        if self._knowledge.recorded:
            await self._recognise([counting[cause] for cause in self._knowledge.recorded])
        for cause, invoice in counting.items():
            if cause in self._knowledge.recorded:
                continue
            if invoice.is_credit_note:
                await self._settle()
                await self._credit(invoice)
            else:
                await self._order(invoice)
        await self._settle()

    async def _recognise(self, invoices: Sequence[Invoice]) -> None:
        """Invoices that the log holds: their lines are recorded, or were not there then. Of what a
        credit note said, nothing is recorded."""
        orders = await self._lookup.orders(
            invoice.number for invoice in invoices if not invoice.is_credit_note
        )
        for invoice in invoices:
            order = orders.get(invoice.number)
            known = lines_in(invoice, order) if order else len(invoice.lines)
            self._tally.lines[Fate.IMPORTED_BEFORE] += known
            if new := len(invoice.lines) - known:
                self._tally.lines[Fate.NOT_IMPORTED_THEN] += new
            self._on_progress()

    async def _order(self, invoice: Invoice) -> None:
        """Send the invoice on its way; the next one is planned as if it had been accepted."""
        plan = await self._plan(invoice)
        task = asyncio.create_task(self._ask(invoice, plan.commands))
        self._under_way.append((invoice, plan, task))

    async def _settle(self) -> None:
        """Wait for what is on its way. After a refusal all that was planned on its acceptance may
        be refused too: these are planned again, one after another, on what is recorded."""
        refused: list[Invoice] = []
        while self._under_way:
            invoice, plan, task = self._under_way[0]
            # Not the task itself: who stops the import then would take back the first alone, and
            # what is behind it in the file would be recorded before it.
            await asyncio.wait({task})
            why = task.result()
            self._under_way.popleft()
            if why is None:
                self._accepted(invoice, plan)
            else:
                refused.append(invoice)
        for invoice in refused:
            await self._insist(invoice)

    async def _insist(self, invoice: Invoice) -> None:
        why: str | None = None
        for _ in range(ATTEMPTS):
            self._knowledge.forget()
            await self._knowledge.learn({cause_of(invoice): invoice})
            if self._knowledge.recorded:
                await self._recognise([invoice])
                return
            plan = await self._plan(invoice)
            why = await self._ask(invoice, plan.commands)
            if why is None:
                self._accepted(invoice, plan)
                return
        self._knowledge.forget()
        self._tally.is_refused(len(invoice.lines), invoice.number, str(why))
        self._on_progress()

    async def _credit(self, note: Invoice) -> None:
        """Cancel the latest order that the note covers; one that was shipped meanwhile is not."""
        await self._knowledge.complete([note])
        customer_id = self._knowledge.customers[note.email]
        for order in covered(note, self._open_orders.of(customer_id), self._last_line):
            self._open_orders.remove(order)
            cancel = CancelOrder(order_id=order.id, reason=f"Credit note {note.number}")
            if await self._ask(note, [cancel]) is None:
                self._cancelled(note, order)
                return
        self._count(note, Fate.PARTIAL_CREDIT)

    async def _plan(self, invoice: Invoice) -> Plan:
        await self._knowledge.complete([invoice])
        customer_id = self._knowledge.customers[invoice.email]
        priced_later = {
            sku for sku in invoice.units if self._priced_at.get(sku, 0) > invoice.last_line
        }
        plan = plan_order(invoice, customer_id, self._knowledge.shelves, priced_later)
        self._knowledge.foresee(invoice.email, plan)
        return plan

    async def _ask(self, invoice: Invoice, commands: Sequence[Command]) -> str | None:
        """None where the commands were accepted, else why not."""
        try:
            answer = await self._bus.handle_together(
                commands, actor=ACTOR, cause=cause_of(invoice), occurred_at=invoice.at
            )
        except CommandFault as fault:
            return str(fault)
        if isinstance(answer, Refused):
            first = answer.refusals[0]
            return f"{first.code}: {first.message}"
        return None

    def _accepted(self, invoice: Invoice, plan: Plan) -> None:
        self._open_orders.add(plan.order)
        self._has_priced(invoice)
        self._tally.is_placed(plan.order.placed_at, plan.order.total)
        self._tally.customers += plan.new_customers
        self._tally.products += plan.new_products
        self._count(invoice, Fate.IMPORTED)

    def _has_priced(self, invoice: Invoice) -> None:
        """One that is recorded after later ones must not turn their prices back."""
        if not invoice.is_credit_note:
            for line in invoice.lines:
                latest = self._priced_at.get(line.sku, 0)
                self._priced_at[line.sku] = max(latest, invoice.last_line)

    def _cancelled(self, note: Invoice, order: OpenOrder) -> None:
        self._knowledge.forget()
        self._tally.is_cancelled(order.placed_at, order.total)
        self._count(note, Fate.IMPORTED)

    def _count(self, invoice: Invoice, fate: Fate) -> None:
        self._tally.lines[fate] += len(invoice.lines)
        self._on_progress()


def _windows(invoices: Iterator[Invoice]) -> Iterator[list[Invoice]]:
    """Several at a time; where reading them fails, first those that came before."""
    window: list[Invoice] = []
    try:
        for invoice in invoices:
            window.append(invoice)
            if len(window) == WINDOW:
                yield window
                window = []
    except MalformedFile:
        yield window
        raise
    yield window
