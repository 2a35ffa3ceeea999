"""How Python's garbage collector is kept from holding the event loop.

Its full collections look at every object that there is, a third of a second for a million, and no
other thread runs meanwhile.
"""

import gc
from typing import Final

# New objects before the youngest are looked at, and how often that is before the older ones are.
# The second look is at 20,000 of them at most, a twentieth of a second; more would wait too long.
_THRESHOLDS: Final = (2_000, 10, 100)


def keep_collections_short() -> None:
    """Leaves out what the program consists of, once all of it is loaded, and looks at the rest
    less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
