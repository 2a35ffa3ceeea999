"""The lines of an order's fact by product, for views in which each product has a document.

Their rules are asked once for each product of an order: without this, 2,000 lines would be looked
through 2,000 times.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from commands.events import OrderCancelled, OrderPlaced, Recorded

OrderFact: TypeAlias = Recorded[OrderPlaced] | Recorded[OrderCancelled]


class LinesByProduct:
    """Remembers those of the last event, as all of its products are asked for in a row."""

    def __init__(self) -> None:
        self._event: OrderPlaced | OrderCancelled | None = None
        self._lines: dict[str, list[Any]] = {}

    def of(self, event: OrderPlaced | OrderCancelled) -> Mapping[str, Sequence[Any]]:
        # By identity: to compare two events costs as much as to look them through.
        if event is not self._event:
            self._event, self._lines = event, {}
            for line in event.lines:
                self._lines.setdefault(line.product_id, []).append(line)
        return self._lines
