"""What commands and documents mark alike in their declarations, and what the API makes of it.

The two sides share no types, and the edge has to tell an id from a text and a hidden field from a
public one on either of them. It goes by these very objects, never by what they are called.
"""

from enum import Enum
from typing import Final, NewType

Id = NewType("Id", str)
"""An identifier, such as ord_…: a type prefix and a time-ordered unique part. Given by a caller, it
may or may not name something."""

Currency = NewType("Currency", str)
"""An ISO 4217 code: EUR."""

BigInt = NewType("BigInt", int)
"""A count that can outgrow 32 bits."""


class Internal:
    """The type of INTERNAL."""


INTERNAL: Final = Internal()
"""Marks a field that is no part of the API: Annotated[Money | None, INTERNAL]."""


class Keep(Enum):
    """The type of KEEP."""

    KEEP = "KEEP"


KEEP: Final = Keep.KEEP
"""The default of a field of a change: it was not named, and stays as it is. None clears it."""


class NeverCleared:
    """The type of NEVER_CLEARED."""


NEVER_CLEARED: Final = NeverCleared()
"""Marks a text that a change can replace and never take away: empty, it is refused, where any other
optional text that is empty counts as not given."""


class Email:
    """The type of EMAIL."""


EMAIL: Final = Email()
"""Marks an email address, which is kept in Unicode's composed form."""
