"""What the resolvers of one request share."""

from dataclasses import dataclass

from strawberry import Info

from readmodels.store import Store


@dataclass(frozen=True, slots=True)
class Reading:
    """The read side as a query sees it; `wait` is how many seconds a read waits for a position."""

    store: Store
    wait: float


ReadingInfo = Info[Reading, None]
