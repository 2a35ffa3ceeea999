"""What an order's status allows: the one place that knows, for deciding and for showing.

Pure, and resting on the standard library alone, since projections tell callers what they may do
next in the words in which a command would be refused. A change here raises the order view's
revision.
"""

from dataclasses import dataclass
from enum import StrEnum

from commands.refusal import Code


class OrderStatus(StrEnum):
    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Guard:
    """A command on an order, the statuses that allow it and the refusal of all others. Raises
    TypeError for a code that is none, which would come out with the first refusal."""

    command: str
    allowed_in: tuple[OrderStatus, ...]
    code: Code
    rule: str

    def __post_init__(self) -> None:
        if not isinstance(self.code, Code):
            raise TypeError(f"The guard of {self.command} has {self.code!r}, which is no Code.")

    def reason_against(self, status: OrderStatus) -> str | None:
        """None where the status allows the command, else the refusal's message."""
        if status in self.allowed_in:
            return None
        return f"The order is {status.value}: {self.rule}"


CONFIRM = Guard(
    "confirmOrder",
    (OrderStatus.PENDING,),
    Code.ORDER_NOT_PENDING,
    "only a PENDING order can be confirmed.",
)
SHIP = Guard(
    "shipOrder",
    (OrderStatus.CONFIRMED,),
    Code.ORDER_NOT_CONFIRMED,
    "only a CONFIRMED order can be shipped.",
)
DELIVER = Guard(
    "deliverOrder",
    (OrderStatus.SHIPPED,),
    Code.ORDER_NOT_SHIPPED,
    "only a SHIPPED order can be delivered.",
)
CANCEL = Guard(
    "cancelOrder",
    (OrderStatus.PENDING, OrderStatus.CONFIRMED),
    Code.ORDER_CLOSED,
    "an order can be cancelled only before it is shipped.",
)

EXPIRE = Guard(
    "cancelOrder",
    (OrderStatus.PENDING,),
    Code.ORDER_NOT_PENDING,
    "only a PENDING order can run out of time.",
)
CHANGE_SHIPPING_ADDRESS = Guard(
    "changeShippingAddress",
    (OrderStatus.PENDING, OrderStatus.CONFIRMED),
    Code.ORDER_CLOSED,
    "the shipping address can be changed only before the order is shipped.",
)

GUARDS = (CONFIRM, SHIP, DELIVER, CANCEL, CHANGE_SHIPPING_ADDRESS)
