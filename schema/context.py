"""What the resolvers of one request share: each request has a context of its own."""

from dataclasses import dataclass

from strawberry import Info

from readmodels.store import Store
from readmodels.values import Position


@dataclass(slots=True, kw_only=True)
class Reading:
    """The read side as a request sees it.

    `wait` is how many seconds a read waits for a position; `min_position` what the request's
    extensions ask of everything that it reads, None where they ask nothing.
    """

    store: Store
    wait: float
    min_position: Position | None = None

    def at_least(self, asked: Position | None) -> Position | None:
        """The later of what a field asks for and of what its request does."""
        if asked is None or self.min_position is None:
            return asked or self.min_position
        return max(asked, self.min_position)


ReadingInfo = Info[Reading, None]
