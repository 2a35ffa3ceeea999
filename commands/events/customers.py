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
