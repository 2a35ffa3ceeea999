"""The text of an operation, for who asks at which line something stands."""

import re
from bisect import bisect_left
from functools import cached_property
from typing import Final

from graphql import Source, SourceLocation

_END_OF_LINE: Final = re.compile(r"\r\n|[\n\r]")


class IndexedSource(Source):
    """Looks its lines up once: GraphQL's own source does for each error, from the first line on."""

    def get_location(self, position: int) -> SourceLocation:
        line = bisect_left(self._starts, position + 1)
        return SourceLocation(line, position + 1 - self._starts[line - 1])

    @cached_property
    def _starts(self) -> list[int]:
        """Where the lines begin."""
        return [0, *(end.end() for end in _END_OF_LINE.finditer(self.body))]
