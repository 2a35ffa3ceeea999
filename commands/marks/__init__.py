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


class Mark:
    """What stands in a field's annotation beside its type and its description. The API heeds
    INTERNAL and passes over the others; what is no mark at all it refuses, lest a field that was
    meant to be hidden be shown."""

    __slots__ = ()


class Internal(Mark):
    """The type of INTERNAL."""


INTERNAL: Final = Internal()
"""Marks a field that is no part of the API: Annotated[Money | None, INTERNAL]."""


class Keep(Enum):
    """The type of KEEP."""

    KEEP = "KEEP"


KEEP: Final = Keep.KEEP
"""The default of a field of a change: it was not named, and stays as it is. None clears it."""
