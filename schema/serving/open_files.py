"""Each connection is an open file, of which a process may have so many: often 1,024 until it asks
for more, and without one left it can neither accept a connection to refuse it nor reach its stores.
"""

import contextlib
import resource
from typing import Final

_OTHERS: Final = 256


def possible_connections(wanted: int) -> int:
    """As many as wanted, or as the system allows beside the other files, once it was asked."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _is_less(allowed, wanted + _OTHERS):
        more = wanted + _OTHERS if not _is_less(most, wanted + _OTHERS) else most
        # Some systems have a limit that they do not tell.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, most))
            allowed = more
    if not _is_less(allowed, wanted + _OTHERS):
        return wanted
    return max(allowed - _OTHERS, allowed // 2)


def _is_less(limit: int, count: int) -> bool:
    return limit != resource.RLIM_INFINITY and limit < count
