"""The timelines of orders, from all facts about orders, whatever their type."""

from collections.abc import Collection

import msgspec

from commands.events import EVENT_TYPES, Recorded
from commands.events.orders import OrderEvent
from projections.projection import Projection
from readmodels.order_timeline import TimelineEntry
from readmodels.values import Id

order_timeline = Projection(TimelineEntry, revision=1)


def _key(fact: Recorded[OrderEvent]) -> str:
    return f"{fact.event.order_id}/{fact.version}"


def _entry_of(fact: Recorded[OrderEvent]) -> Collection[str]:
    return (_key(fact),)


def recorded(fact: Recorded[OrderEvent]) -> TimelineEntry:
    return TimelineEntry(
        id=Id(_key(fact)),
        order_id=Id(fact.event.order_id),
        version=fact.version,
        at=fact.occurred_at,
        event=type(fact.event).__name__,
        actor=fact.actor,
        data=msgspec.json.encode(fact.event).decode(),
    )


for _event in EVENT_TYPES.values():
    if issubclass(_event, OrderEvent):
        order_timeline.starts_with(_event, keys=_entry_of)(recorded)
