"""A change costs those whom it concerns, not all who follow the list."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readmodels.filter import Predicate
from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem, StatusSince
from readmodels.store.checkpoint import Checkpoint
from readmodels.store.followers import Followers
from readmodels.store.list_change import kind_since
from readmodels.store.list_follower import ListFollower
from readmodels.values import Id, Position
from tests.readmodels.documents import DAY, list_item

PENDING, CONFIRMED, SHIPPED = OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.SHIPPED
KNOWN = Checkpoint.initial("order_list_item")


def order(*became: tuple[OrderStatus, int], customer: str = "cus_1") -> OrderListItem:
    """An order that took on statuses, each at a position."""
    last, at = became[-1]
    return replace(
        list_item(1, customer=customer, status=last),
        statuses=tuple(StatusSince(status, position) for status, position in became),
        position=Position(at, since=became[0][1]),
    )


def followers_with(*filters: OrderFilter) -> Followers[OrderListItem]:
    followers: Followers[OrderListItem] = Followers(OrderFilter)
    for filter in filters:
        followers.add(ListFollower(filter, KNOWN))
    return followers


def concerned(
    followers: Followers[OrderListItem], document: OrderListItem, since: int
) -> list[OrderFilter]:
    found = [follower.filter for follower in followers.concerned_by(document, since)]
    return [filter for filter in found if isinstance(filter, OrderFilter)]


def test_of_many_who_follow_their_customers_one_is_found() -> None:
    mine = [OrderFilter(customer_id=Id(f"cus_{n}")) for n in range(10_000)]
    followers = followers_with(*mine)
    document = order((PENDING, 1), (CONFIRMED, 2), customer="cus_42")
    assert concerned(followers, document, since=1) == [mine[42]]


@pytest.mark.parametrize(
    ("since", "found"),
    [
        (0, [PENDING, CONFIRMED, SHIPPED]),
        (1, [PENDING, CONFIRMED, SHIPPED]),
        (2, [CONFIRMED, SHIPPED]),
        (3, [SHIPPED]),
    ],
)
def test_those_of_the_statuses_that_it_had_and_has_are_found(
    since: int, found: list[OrderStatus]
) -> None:
    followers = followers_with(*(OrderFilter(status=[status]) for status in OrderStatus))
    document = order((PENDING, 1), (CONFIRMED, 2), (SHIPPED, 3))
    of_statuses = [(filter.status or [])[0] for filter in concerned(followers, document, since)]
    assert sorted(of_statuses) == sorted(found)


def test_who_has_several_values_is_found_once() -> None:
    several = OrderFilter(status=[PENDING, CONFIRMED, PENDING])
    nothing, everything = OrderFilter(status=[]), OrderFilter()
    period = OrderFilter(placed_from=DAY)
    followers = followers_with(several, nothing, everything, period)
    document = order((PENDING, 1), (CONFIRMED, 2))
    found = concerned(followers, document, since=1)
    assert len(found) == 3
    assert all(filter in found for filter in (several, everything, period))


def test_who_leaves_is_not_found_and_leaves_nothing_behind() -> None:
    followers: Followers[OrderListItem] = Followers(OrderFilter)
    filter = OrderFilter(customer_id=Id("cus_1"), status=[PENDING, CONFIRMED])
    leaving, staying = (ListFollower[OrderListItem](filter, KNOWN) for _ in range(2))
    for follower in (leaving, staying):
        followers.add(follower)
    followers.discard(leaving)
    followers.discard(leaving)
    assert followers.concerned_by(order((PENDING, 1)), 0) == [staying]
    followers.discard(staying)
    assert len(followers) == 0
    assert followers._by_route == {}


statuses = st.lists(st.sampled_from([PENDING, CONFIRMED, SHIPPED]), min_size=1, max_size=4)


@given(
    filter=st.builds(
        OrderFilter,
        customer_id=st.sampled_from([None, Id("cus_1"), Id("cus_2")]),
        status=st.none() | st.lists(st.sampled_from(list(OrderStatus)), max_size=3),
        placed_from=st.sampled_from([None, DAY]),
    ),
    had=statuses,
    since=st.integers(0, 5),
)
def test_nobody_is_left_out_to_whom_it_means_something(
    filter: OrderFilter, had: list[OrderStatus], since: int
) -> None:
    document = order(*((status, n) for n, status in enumerate(had, start=1)))
    predicate = Predicate(filter)
    now = document.position.at
    means_something = any(
        kind_since(predicate, document, at) is not None for at in range(since, now + 1)
    )
    found = concerned(followers_with(filter), document, since)
    if means_something:
        assert found == [filter]
    had_since = had[max(since, 1) - 1 :] or had[-1:]
    of_statuses = filter.status is None or any(each in filter.status for each in had_since)
    assert bool(found) == (filter.customer_id in (None, "cus_1") and of_statuses)
