"""What an import says at its end."""

from collections.abc import Iterator

from schema.importing.tally import Fate, Tally

LICENCE = (
    'Data: "Online Retail", UCI Machine Learning Repository, doi.org/10.24432/C5BW33, CC BY 4.0.'
)


def report(tally: Tally) -> Iterator[str]:
    """Every line of the file under its fate, then what came of them."""
    width = max(len(fate) for fate in Fate)
    yield f"{'lines read':{width}}  {tally.total:>11,}"
    for fate in Fate:
        if count := tally.lines[fate]:
            yield f"  {fate:{width - 2}}  {count:>11,}"
    yield ""
    yield (
        f"Orders placed and confirmed: {tally.orders:,} (GBP {tally.ordered:,.2f});"
        f" cancelled by credit notes: {tally.cancelled:,} (GBP {tally.credited:,.2f});"
        f" new customers: {tally.customers:,}; new products: {tally.products:,}."
    )
    yield from _days(tally)
    yield from _named("Malformed", [f"line {at.line}: {at.wrong}" for at in tally.malformed])
    yield from _named("Refused", tally.refused)
    yield LICENCE


def _days(tally: Tally) -> Iterator[str]:
    if tally.days:
        yield "Revenue per day of placing (UTC), without what was cancelled:"
    for date, day in sorted(tally.days.items()):
        yield f"  {date}  GBP {day.revenue:>14,.2f}  {day.orders:>7,} orders"


def _named(what: str, cases: list[str]) -> Iterator[str]:
    if cases:
        yield f"{what}, the first {len(cases)}:"
        yield from (f"  {case}" for case in cases)
