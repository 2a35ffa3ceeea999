"""What is wrong with a command's values, whatever the state of the world: INVALID_INPUT."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from commands import given
from commands.events import Address, Money
from commands.events.currencies import MINOR_DIGITS
from commands.refusal import Code, Refusal

SHORT = 200
ADDRESS_LINE = 500
LONG = 10_000
MAX_PRICE = 10**10
MAX_QUANTITY = 1_000_000
MAX_ON_HAND = 2**31 - 1
MAX_TOTAL = 2**63 - 1

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}
"""The categories of Unicode whose characters show nothing: spaces, controls, what joins or parts
words, and what turns the direction of writing."""
_INVISIBLE_BESIDES = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
"""What Unicode's DerivedCoreProperties.txt names as ignorable by default and has in other
categories, such as fillers and variation selectors; and the empty Braille pattern."""


def invalid(message: str, *field: str) -> Refusal:
    return Refusal(Code.INVALID_INPUT, message, field)


def something_to_change(*values: object) -> Iterator[Refusal]:
    """A change names at least one of the values that it may change."""
    if all(value is given.KEEP for value in values):
        yield invalid("Name something to change.")


def required(value: object, *field: str) -> Iterator[Refusal]:
    """What there always is can be changed, never cleared."""
    if value is None:
        yield invalid("This cannot be cleared: leave it out to keep it.", *field)


def text(value: str | None, *field: str, limit: int = SHORT) -> Iterator[Refusal]:
    """Present text is not blank, within its limit of characters, and storable."""
    if value is None:
        return
    if len(value) > limit:
        yield invalid(
            f"At most {limit:,} characters are possible; these are {len(value):,}.", *field
        )
    elif not value.strip():
        yield invalid("This must not be blank.", *field)
    elif _UNSTORABLE.search(value):
        yield invalid("NUL and lone surrogates are not possible in text.", *field)


def email(value: str | None, *field: str) -> Iterator[Refusal]:
    if value is None:
        return
    if wrong := list(text(value, *field)):
        yield from wrong
        return
    local, at, domain = value.partition("@")
    if not (at and local and domain) or "@" in domain:
        yield invalid("An email address has one @ with something on either side.", *field)
    elif hidden := next(filter(_is_invisible, value), None):
        yield invalid(
            "Spaces, control characters and others that show nothing are not possible in an email:"
            f" character {value.index(hidden) + 1:,} is U+{ord(hidden):04X}.",
            *field,
        )


def _is_invisible(character: str) -> bool:
    return (
        unicodedata.category(character) in _INVISIBLE
        or _INVISIBLE_BESIDES.fullmatch(character) is not None
    )


def address(value: Address | None, *field: str) -> Iterator[Refusal]:
    if value is None:
        return
    for name in ("recipient", "line1", "line2", "city", "region", "postal_code", "country"):
        yield from text(getattr(value, name), *field, name, limit=ADDRESS_LINE)


def price(value: given.Money | None, *field: str) -> Iterator[Refusal]:
    if value is None:
        return
    digits = MINOR_DIGITS.get(value.currency)
    if digits is None:
        yield invalid("This is no ISO 4217 currency code.", *field, "currency")
        return
    if not value.amount.is_finite() or value.amount < 0:
        yield invalid("A price is at least 0.", *field, "amount")
    elif value.amount.adjusted() + digits > 11 or value.amount.scaleb(digits) > MAX_PRICE:
        highest = Decimal(MAX_PRICE).scaleb(-digits)
        yield invalid(f"A price is at most {highest:,f} {value.currency}.", *field, "amount")
    elif value.amount != value.amount.quantize(Decimal(1).scaleb(-digits)):
        yield invalid(
            f"{value.currency} has {digits} digits after the point, no more.", *field, "amount"
        )


def money(value: given.Money) -> Money:
    """A price that was checked, in minor units."""
    return Money(int(value.amount.scaleb(MINOR_DIGITS[value.currency])), value.currency)


def too_many(on_hand: int, *field: str) -> Refusal:
    """Of what would bring more units than one product can have."""
    return invalid(
        f"There are {on_hand:,} on hand, and at most {MAX_ON_HAND:,} are possible.", *field
    )


def quantity(value: int, *field: str) -> Iterator[Refusal]:
    if not 1 <= value <= MAX_QUANTITY:
        yield invalid(f"A quantity is 1 to {MAX_QUANTITY:,}; this is {value:,}.", *field)
