"""The payment window: an order that is not confirmed in time is cancelled, its stock released."""

from datetime import timedelta
from typing import ClassVar

from commands.command import Command
from commands.events import Event, OrderCancelled, OrderConfirmed, OrderPlaced, Recorded
from commands.given import Id
from commands.orders.cancel_order import CancelOrder
from commands.process import Timer, process

_UNITS = ((timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


@process
class PaymentWindow:
    """How long an order may stay PENDING, from when it was recorded; 0 sets no limit. An order
    keeps the window in which it was placed."""

    length: timedelta
    name: ClassVar[str] = "payment_window"

    def timer_set_by(self, fact: Recorded[Event]) -> Timer | None:
        if not (self.length and isinstance(fact.event, OrderPlaced)):
            return None
        at = fact.recorded_at
        return Timer(self.name, fact.event.order_id, set_at=at, due_at=at + self.length)

    def key_done_by(self, fact: Recorded[Event]) -> str | None:
        match fact.event:
            case OrderConfirmed(order_id=id) | OrderCancelled(order_id=id):
                return id
        return None

    def command_for(self, timer: Timer) -> Command:
        window = in_words(timer.due_at - timer.set_at)
        return CancelOrder(
            order_id=Id(timer.key), reason=f"Not confirmed within {window}.", only_pending=True
        )


def in_words(length: timedelta) -> str:
    """In the largest unit of which it is a whole number: 24 hours, 90 minutes, 1 second."""
    for unit, name in _UNITS:
        if length >= unit and not length % unit:
            return _counted(length // unit, name)
    return _counted(length.total_seconds(), "second")


def _counted(number: float, name: str) -> str:
    return f"{number:,g} {name}" if number == 1 else f"{number:,.10g} {name}s"
