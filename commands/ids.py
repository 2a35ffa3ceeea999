"""Identifiers: a type prefix and a time-ordered unique part, as `ord_01JD…`.

The unique part is a ULID (github.com/ulid/spec): 48 bits of milliseconds, then 80 random bits, in
26 characters of Crockford's base 32. Ids of a later millisecond sort later, which keeps indexes
compact.
"""

import re
import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_FORM = re.compile(r"[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_id(prefix: str) -> str:
    return f"{prefix}_{_encode(time.time_ns() // 1_000_000 << 80 | secrets.randbits(80))}"


def is_id(text: str) -> bool:
    """Whether the text could name anything: what could not need not be looked up."""
    return _FORM.fullmatch(text) is not None


def _encode(number: int) -> str:
    return "".join(_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10))
