"""What one changed order costs the process when many follow lists, each another customer's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from time import process_time
from typing import Final

from benchmarks.figures import Growth, Section
from benchmarks.servers import Servers
from benchmarks.sizes import Sizes
from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem, StatusSince
from readmodels.store.checkpoint import Checkpoint
from readmodels.store.followers import Followers
from readmodels.store.list_change import NewState
from readmodels.store.list_follower import ListFollower
from readmodels.values import Id, MoneySum, Position

_CHANGES: Final = 200
_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)


async def following(servers: Servers, sizes: Sizes) -> list[Section]:
    few, many = sizes.followers
    rounds: dict[int, list[Sequence[float]]] = {few: [], many: []}
    for _ in range(sizes.rounds):
        for count in (few, many):
            rounds[count].append(_seconds_of_changes(count))
    return [
        Section(
            "Followed lists",
            f"CPU time until a change of one order has been offered to those whom it concerns, with"
            f" {few:,} and with {many:,} followers of as many customers' orders.",
            growths=[Growth("one changed order", "offered", rounds[few], rounds[many])],
        )
    ]


def _seconds_of_changes(count: int) -> list[float]:
    known = replace(Checkpoint.initial("order_list_item"), version=1, position=1)
    followers: Followers[OrderListItem] = Followers(OrderFilter)
    for n in range(count):
        followers.add(ListFollower(OrderFilter(customer_id=Id(f"cus_{n}")), known))
    seconds = []
    for n in range(_CHANGES):
        order = _order(customer=n % count, position=n + 2)
        began = process_time()
        state = NewState(order, n + 1, n + 2, version=n + 2)
        for follower in followers.concerned_by(order, n + 1):
            follower.offer(state)
        seconds.append(process_time() - began)
    return seconds


def _order(customer: int, position: int) -> OrderListItem:
    return OrderListItem(
        id=Id(f"ord_{position}"),
        reference=None,
        customer_id=Id(f"cus_{customer}"),
        customer_name="Ada",
        customer_email="ada@example.com",
        item_count=1,
        total=MoneySum(Decimal(100), "EUR"),
        status=OrderStatus.PENDING,
        placed_at=_DAY,
        updated_at=_DAY,
        version=1,
        statuses=(StatusSince(OrderStatus.PENDING, position),),
        position=Position(position, since=position),
    )
