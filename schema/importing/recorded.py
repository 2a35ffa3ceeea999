"""Which lines of an invoice its recorded order holds. Pure."""

from collections import Counter

from commands.events import OrderPlaced
from schema.importing.invoices import Invoice


def lines_in(invoice: Invoice, order: OrderPlaced) -> int:
    """How many of the invoice's lines the order was made of, as far as its units reach: it holds
    lines of the same product at the same price as one."""
    units: Counter[tuple[str, int]] = Counter()
    for ordered in order.lines:
        units[ordered.sku, ordered.unit_price.minor] += ordered.quantity
    found = 0
    for line in invoice.lines:
        kind = line.sku, int(line.price * 100)
        if line.units <= units[kind]:
            units[kind] -= line.units
            found += 1
    return found
