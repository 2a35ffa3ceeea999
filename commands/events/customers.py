"""The facts about customers."""

from dataclasses import dataclass

from commands.events.event import Event, event
from commands.events.values import Address


class CustomerEvent(Event):
    __slots__ = ()
    stream_category = "customer"
    customer_id: str

    @property
    def key(self) -> str:
        return self.customer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerPersonal:
    name: str
    email: str
    address: Address | None


@event
class CustomerRegistered(CustomerEvent):
    customer_id: str
    personal: CustomerPersonal


@event
class CustomerChanged(CustomerEvent):
    """`personal` is all of it as it is now; `changed` names what of it (name, email, address) is
    not what it was, so that what shows the rest need not follow."""

    customer_id: str
    changed: tuple[str, ...]
    personal: CustomerPersonal
