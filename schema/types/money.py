"""Amounts as the API shows them: exact decimals with the currency's digits."""

from decimal import Decimal
from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from commands.events.currencies import MINOR_DIGITS
from readmodels.values import Money as MoneyValue
from readmodels.values import MoneySum
from schema.types.scalars import CurrencyCode


def amount_of(money: MoneyValue | MoneySum) -> Decimal:
    """1299 minor units of EUR are 12.99."""
    sign, digits, _ = Decimal(int(money.minor)).as_tuple()
    # Built from its parts, since arithmetic would round beyond 28 digits.
    return Decimal((sign, digits, -MINOR_DIGITS[money.currency]))


class _Amount(StrawberryField):
    """A field with no resolver of its own: Strawberry's call of one costs more than the sum."""

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Decimal:
        return amount_of(source)


@strawberry.type(description="An exact amount in a currency.")
class Money:
    amount: Decimal = cast(
        Decimal,
        _Amount(
            python_name="amount",
            description="With as many digits after the point as the currency has.",
        ),
    )
    currency: CurrencyCode = strawberry.field(description="Of the amount.")
