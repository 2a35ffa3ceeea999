"""Reads what commands need, inside their transaction: aggregates, claims, earlier outcomes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.aggregate import AGGREGATES, Aggregate, Claim, Kept, Need, Ref
from commands.ids import is_id
from commands.outcome import Accepted
from commands.store.cache import AggregateCache
from commands.store.codec import decode_event, decode_state
from commands.store.rows import ROWS
from commands.store.statements import AnySelect, Statements, among, json_array
from commands.store.tables import (
    customers,
    events,
    order_references,
    outcomes,
    products,
    snapshots,
    streams,
)
from commands.world import Loaded, Versioned

_VERSIONS = select(streams.c.stream, streams.c.version).where(among(streams.c.stream, "streams"))
_SNAPSHOTS = select(
    snapshots.c.stream, snapshots.c.version, snapshots.c.revision, snapshots.c.state
).where(among(snapshots.c.stream, "streams"))
_EVENTS = (
    select(
        events.c.stream,
        events.c.version,
        events.c.type,
        events.c.schema_version,
        events.c.data,
        events.c.personal,
    )
    .where(among(events.c.stream, "streams"), events.c.version > bindparam("after"))
    .order_by(events.c.stream, events.c.version)
)


def _owners(value: ColumnElement[str], owner: ColumnElement[str]) -> AnySelect:
    return select(value, owner).where(among(value, "values"))


_CLAIMS = {
    "email": _owners(customers.c.email_folded, customers.c.id),
    "sku": _owners(products.c.sku, products.c.id),
    "reference": _owners(order_references.c.reference, order_references.c.order_id),
}

_OUTCOMES = select(
    outcomes.c.actor,
    outcomes.c.key,
    outcomes.c.fingerprint,
    outcomes.c.aggregate_id,
    outcomes.c.version,
    outcomes.c.position,
).where(and_(among(outcomes.c.key, "keys"), outcomes.c.recorded_at >= bindparam("since")))

_RECORDED = (
    select(events.c.command_id, events.c.stream, events.c.version, events.c.position)
    .where(among(events.c.command_id, "ids"))
    .order_by(events.c.position)
)


class Loading:
    """Reads of one transaction. Aggregates come from the cache where their stream has not grown."""

    def __init__(
        self, connection: AsyncConnection, statements: Statements, cache: AggregateCache
    ) -> None:
        self._connection, self._statements, self._cache = connection, statements, cache

    async def load(self, needs: Collection[Need], into: Loaded) -> None:
        refs = {need.stream: need for need in needs if isinstance(need, Ref)}
        claims = {need for need in needs if isinstance(need, Claim)}
        # What could not be the id of anything is not looked up; it might not even be storable.
        known = {stream: ref for stream, ref in refs.items() if is_id(ref.key)}
        into.states.update(dict.fromkeys(refs, (0, None)))
        if known:
            into.states.update(await self._states(known))
        if claims:
            into.owners.update(await self._claimed(claims))

    async def outcomes(
        self, keys: Iterable[str], since: int
    ) -> dict[tuple[str, str], tuple[bytes, Accepted]]:
        """Fingerprints and recorded outcomes by (actor, key), of `since` (milliseconds) or
        later."""
        rows = await self._fetch(_OUTCOMES, {"keys": json_array(keys), "since": since})
        return {
            (row.actor, row.key): (
                row.fingerprint,
                Accepted(row.aggregate_id, row.version, row.position),
            )
            for row in rows
        }

    async def recorded(self, command_ids: Iterable[str]) -> dict[str, dict[str, Accepted]]:
        """For each of these commands that the log holds, what it did, by category of aggregate."""
        found: dict[str, dict[str, Accepted]] = defaultdict(dict)
        last: dict[str, int] = {}
        rows = await self._fetch(_RECORDED, {"ids": json_array(command_ids)})
        for id, _, _, position in rows:
            last[id] = position
        for id, stream, version, _ in rows:
            category, _, key = stream.partition("/")
            found[id][category] = Accepted(key, version, last[id])
        return dict(found)

    async def _states(self, refs: dict[str, Ref[Any]]) -> dict[str, Versioned]:
        rows = await self._fetch(_VERSIONS, {"streams": json_array(refs)})
        versions: dict[str, int] = {row[0]: row[1] for row in rows}
        found: dict[str, Versioned] = {}
        stale: dict[type[Aggregate], list[str]] = defaultdict(list)
        for stream, version in versions.items():
            if (cached := self._cache.get(stream, version)) is not None:
                found[stream] = version, cached
            else:
                stale[refs[stream].aggregate].append(stream)
        for aggregate, missing in stale.items():
            if aggregate.kept is Kept.STATE_STORED:
                states = await self._stored(aggregate, [refs[stream].key for stream in missing])
            else:
                states = await self._folded(aggregate, missing)
            found.update({stream: (versions[stream], state) for stream, state in states.items()})
        return found

    async def _stored(self, aggregate: type[Aggregate], keys: list[str]) -> dict[str, Aggregate]:
        rows = ROWS[aggregate]
        return {
            f"{aggregate.category}/{row.id}": rows.to_state(row)
            for row in await self._fetch(rows.load, {"keys": json_array(keys)})
        }

    async def _folded(self, aggregate: type[Aggregate], missing: list[str]) -> dict[str, Aggregate]:
        states: dict[str, Aggregate] = {}
        after: dict[int, list[str]] = defaultdict(list)
        rows = await self._fetch(_SNAPSHOTS, {"streams": json_array(missing)})
        current = {row[0]: row for row in rows if row[2] == aggregate.revision}
        for stream in missing:
            if snapshot := current.get(stream):
                states[stream] = decode_state(aggregate, snapshot[3])
            after[snapshot[1] if snapshot else 0].append(stream)
        for version, group in after.items():
            parameters = {"streams": json_array(group), "after": version}
            for stream, _, type, schema_version, data, personal in await self._fetch(
                _EVENTS, parameters
            ):
                event = decode_event(type, schema_version, data, personal)
                states[stream] = AGGREGATES[aggregate.category].evolve(states.get(stream), event)
        return states

    async def _claimed(self, claims: set[Claim]) -> dict[Claim, str | None]:
        owners: dict[Claim, str | None] = dict.fromkeys(claims)
        by_kind: dict[str, list[str]] = defaultdict(list)
        for claim in claims:
            by_kind[claim.kind].append(claim.value)
        for kind, values in by_kind.items():
            rows = await self._fetch(_CLAIMS[kind], {"values": json_array(values)})
            owners.update({Claim(kind, value): owner for value, owner in rows})
        return owners

    async def _fetch(self, statement: AnySelect, parameters: dict[str, Any]) -> list[Any]:
        result = await self._statements.run(self._connection, statement, parameters)
        return list(result.fetchall())
