"""Whoever follows a list holds in the end what the list holds, however often they were cut off."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.events import Event, Recorded
from projections import fanning
from projections.engine import Engine, worker
from projections.fold import fold
from projections.order_list_item import order_list_item
from readmodels.filter import Predicate
from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderFilter, OrderListItem
from readmodels.store import Change, DriverName, Store, list_follower
from readmodels.values import Id, Position
from tests.projections.histories import histories
from tests.projections.log import MemoryLog, order_confirmed, order_placed
from tests.stores import emptied

PENDING, CONFIRMED = OrderStatus.PENDING, OrderStatus.CONFIRMED
LAST = Id("ord_last")
DATABASE = "followed_lists"

Row = tuple[str, str, str]
"""What is compared of a document: its status, and its customer's name and email."""


def row(item: OrderListItem) -> Row:
    return item.status.value, item.customer_name, item.customer_email


@dataclass
class Client:
    """Holds a list by the changes of it alone; where it is not outrun, none comes twice."""

    selection: OrderFilter
    outrun: bool
    held: dict[str, Row] = field(default_factory=dict)
    after: Position | None = None
    told: set[tuple[str, Position]] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    async def follow(self, store: Store, count: int | None) -> None:
        """Take so many changes, or all until the last order comes."""
        # What stands behind the place to go on after must not come again, but for renames.
        self.told = {each for each in self.told if self._is_behind(each[1])}
        self.seen, begun_after = set(), self.after
        following = store.list_changes(OrderListItem, self.selection, self.after)
        async with aclosing(following) as changes:
            async for change in changes:
                self._check_kind(change, begun_after)
                self._take(change)
                count = None if count is None else count - 1
                if count == 0 or change.document.id == LAST:
                    return

    def _is_behind(self, position: Position) -> bool:
        return self.after is not None and position.at <= self.after.at and not position.revision

    def _check_kind(self, change: Change[OrderListItem], begun_after: Position | None) -> None:
        """What the kind of the first change of a document says on a connection."""
        document = change.document
        if self.outrun or document.id in self.seen:
            return
        self.seen.add(document.id)
        if begun_after is None:
            assert change.kind == "ADDED"
        elif document.position.since > begun_after.at:
            assert change.kind in ("ADDED", "REMOVED")
        elif Predicate(self.selection).matches(document, begun_after.at):
            assert change.kind in ("UPDATED", "REMOVED")

    def _take(self, change: Change[OrderListItem]) -> None:
        document = change.document
        assert self.outrun or (document.id, document.position) not in self.told
        self.told.add((document.id, document.position))
        assert self.after is None or change.position >= self.after
        self.after = change.position
        if change.kind == "REMOVED":
            self.held.pop(document.id, None)
        else:
            self.held[document.id] = row(document)


def matching(selection: OrderFilter, facts: list[Recorded[Event]]) -> dict[str, Row]:
    return {
        id: row(item)
        for id, item in fold(order_list_item, facts).items()
        if selection.customer_id in (None, item.customer_id)
        and (selection.status is None or item.status in selection.status)
    }


@settings(max_examples=settings().max_examples // 10, deadline=None)
@given(
    history=histories(),
    customer=st.sampled_from([None, Id("cus_1")]),
    statuses=st.sampled_from([None, [PENDING], [CONFIRMED], [PENDING, CONFIRMED]]),
    cuts=st.lists(st.integers(1, 6), max_size=6),
    batch=st.integers(1, 6),
    most_due=st.sampled_from([1, 3, 1_000]),
    driver=st.sampled_from(["motor", "pymongo"]),
)
async def test_a_list_is_held_by_its_changes(
    mongo_url: str,
    history: MemoryLog,
    customer: Id | None,
    statuses: list[OrderStatus] | None,
    cuts: list[int],
    batch: int,
    most_due: int,
    driver: DriverName,
) -> None:
    selection = OrderFilter(customer_id=customer, status=statuses)
    client = Client(selection, outrun=most_due < 1_000)
    log = MemoryLog()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "BATCH", batch)
        patch.setattr(fanning, "CHUNK", 2)
        patch.setattr(list_follower, "MOST_WAITING", most_due)
        emptied(mongo_url, DATABASE)
        async with (
            await Store.open(mongo_url, DATABASE) as writing,
            await Store.open(mongo_url, DATABASE, driver) as reading,
            Engine(writing, log) as engine,
            asyncio.timeout(180),
        ):
            following = asyncio.create_task(_follow(client, reading, cuts))
            for fact in history.facts:
                log.record(fact.event)
                await asyncio.sleep(0)
            await engine.level(len(log.facts), timeout=120)
            log.record(order_placed(LAST, customer="cus_1"))
            if statuses and PENDING not in statuses:
                log.record(order_confirmed(LAST))
            await following
    assert client.held == matching(selection, log.facts)


async def _follow(client: Client, store: Store, cuts: list[int]) -> None:
    for count in [*cuts, None]:
        if LAST not in client.held:
            await client.follow(store, count)
