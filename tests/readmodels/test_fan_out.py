"""Whether a fan-out that is on its way has yet to reach a document."""

from dataclasses import replace

import pytest

from readmodels.order_list_item import OrderListItem
from readmodels.store import FanOut, StaleRead, Store
from readmodels.values import Position
from tests.readmodels.documents import list_item, put

ON_ITS_WAY = FanOut(position=5, field="customer_id", value="cus_1", reached="ord_0002", done=2)


def test_the_last_document_that_it_reached_has_it() -> None:
    reached = [ON_ITS_WAY.is_on_its_way_to(list_item(n)) for n in (1, 2, 3)]
    assert reached == [False, False, True]


def test_it_concerns_those_alone_that_began_before_it() -> None:
    def began(at: int) -> OrderListItem:
        return replace(list_item(3), position=Position(9, since=at))

    assert [ON_ITS_WAY.is_on_its_way_to(began(at)) for at in (4, 5, 6)] == [True, False, False]
    assert not ON_ITS_WAY.is_on_its_way_to(list_item(3, customer="cus_2"))


async def test_the_last_document_that_it_reached_is_not_waited_for(store: Store) -> None:
    items = [list_item(n) for n in (1, 2, 3)]
    await put(store, OrderListItem, inserted=items, position=5, left=[ON_ITS_WAY])
    assert await store.get(OrderListItem, "ord_0002", at=5, timeout=0) == items[1]
    with pytest.raises(StaleRead):
        await store.get(OrderListItem, "ord_0003", at=5, timeout=0)
