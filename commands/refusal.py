"""Why a command is refused, in words and codes that its caller can act on."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The kind of a refusal. A code is part of the public API and never changes its meaning.

    INVALID_INPUT: A value is outside of what its field takes; `field` names it.
    NOT_FOUND: An id names nothing.
    CONFLICT: expectedVersion is not the current version: read again and decide anew.
    ALREADY_EXISTS: Somebody else has a value that only one can have; the message names them.
    ORDER_NOT_PENDING: Only a PENDING order can be confirmed.
    ORDER_NOT_CONFIRMED: Only a CONFIRMED order can be shipped.
    ORDER_NOT_SHIPPED: Only a SHIPPED order can be delivered.
    ORDER_CLOSED: The order was shipped, delivered or cancelled, and cannot be changed any more.
    OUT_OF_STOCK: Fewer units are available than were asked for.
    PRODUCT_DISCONTINUED: The product is off sale for good.
    CURRENCY_MISMATCH: The amount is in another currency than what it belongs to.
    IDEMPOTENCY_KEY_REUSED: The key was used with another input: a new request takes a new key.
    """

    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    ORDER_NOT_PENDING = "ORDER_NOT_PENDING"
    ORDER_NOT_CONFIRMED = "ORDER_NOT_CONFIRMED"
    ORDER_NOT_SHIPPED = "ORDER_NOT_SHIPPED"
    ORDER_CLOSED = "ORDER_CLOSED"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    PRODUCT_DISCONTINUED = "PRODUCT_DISCONTINUED"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"


Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that stands against a command; `field` is the path into its fields, where one is
    to blame: ("items", "0", "quantity")."""

    code: Code
    message: str
    field: Path | None = None


class Rejected(Exception):
    """Raised while deciding: the command is refused, and records nothing."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusals = refusals


def already_exists(whose: str, id: str, value: str, *field: str) -> Refusal:
    """Somebody else has a value that only one can have; named, so that a caller who meant just that
    one need not search for it."""
    return Refusal(Code.ALREADY_EXISTS, f"The {whose} {id} has this {value}.", field)


def not_found(what: str, id: str, *field: str) -> Refusal:
    return Refusal(Code.NOT_FOUND, f"There is no {what} {id[:64]!r}.", field)
