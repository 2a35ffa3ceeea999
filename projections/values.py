"""The values of facts, as documents show them."""

from decimal import Decimal

from commands.events import Address as FactAddress
from commands.events import CustomerChanged
from commands.events import Money as FactMoney
from readmodels.values import Address, Money, MoneySum


def money(fact: FactMoney) -> Money:
    return Money(fact.minor, fact.currency)


def money_sum(fact: FactMoney) -> MoneySum:
    # Made of an int a Decimal is exact, whatever the arithmetic context says.
    return MoneySum(Decimal(fact.minor), fact.currency)


def address(fact: FactAddress) -> Address:
    return Address(
        recipient=fact.recipient,
        line1=fact.line1,
        line2=fact.line2,
        city=fact.city,
        region=fact.region,
        postal_code=fact.postal_code,
        country=fact.country,
    )


def is_rename(event: CustomerChanged) -> bool:
    """Whether what orders show of their customer is no longer what it was."""
    return not {"name", "email"}.isdisjoint(event.changed)
