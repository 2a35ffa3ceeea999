"""Facts that concern many documents, taken to them by and by, in chunks."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic

from commands.events import Event, Recorded
from projections.feed import Feed
from projections.projection import Projection
from projections.shown import fanned_out
from readmodels.store import FanOut, ViewWriter
from readmodels.view import D

CHUNK: Final = 1_000
"""Documents that are changed at once, of all fan-outs together."""
HURRIED_CHUNK: Final = 50
"""While facts come in, which wait for a chunk to be written."""
CHUNK_BYTES: Final = 16 * 2**20
AT_ONCE: Final = 50
"""Fan-outs that share a chunk: a small one need not wait for the end of a large one."""


def chunk_size(size: int, facts_came: bool) -> int:
    """Of the next chunk, after one of this size: the longer no fact comes, the larger."""
    return min(CHUNK, HURRIED_CHUNK if facts_came else size * 2)


@dataclass(frozen=True, slots=True)
class Chunk(Generic[D]):
    """Documents that fan-outs have changed, each as it is stored and as it is to be, and what is
    left of the fan-outs once these are written."""

    changed: Sequence[tuple[D, D]]
    left: tuple[FanOut, ...]

    @property
    def documents(self) -> Sequence[D]:
        return [document for _, document in self.changed]


def begun_by(projection: Projection[D], facts: Iterable[Recorded[Event]]) -> tuple[FanOut, ...]:
    """The fan-outs of these facts, which have reached nothing yet."""
    return tuple(
        FanOut(position=fact.position, field=target[0], value=target[1])
        for fact in facts
        if (target := projection.fans_out_to(fact.event))
    )


async def next_chunk(
    projection: Projection[D],
    feed: Feed,
    writer: ViewWriter[D],
    collection: str,
    fan_outs: Iterable[FanOut],
    size: int,
) -> Chunk[D]:
    """Take fan-outs further by one chunk of `size` documents, which is not written yet. Raises
    RuleFailed."""
    left = {each.position: each for each in fan_outs}
    sharing = _sharing(left.values())
    count, most_bytes = max(1, size // len(sharing)), CHUNK_BYTES // len(sharing)
    portions = await asyncio.gather(
        *(writer.reach(collection, each, count, most_bytes) for each in sharing)
    )
    stored = await writer.load(collection, {id for ids, _ in portions for id in ids})
    found = dict(stored)
    for fan_out, (ids, last) in zip(sharing, portions, strict=True):
        (fact,) = await feed.read(fan_out.position - 1, 1)
        for id in ids:
            found[id] = fanned_out(projection, found[id], fact)
        if last:
            del left[fan_out.position]
        else:
            left[fan_out.position] = replace(fan_out, reached=ids[-1], done=fan_out.done + len(ids))
    changed = [(stored[id], found[id]) for id in found if found[id] is not stored[id]]
    return Chunk(changed, tuple(left.values()))


def _sharing(fan_outs: Iterable[FanOut]) -> Sequence[FanOut]:
    """Those that go on now: of several to the same documents the earliest, so that the last of them
    to arrive is the newest."""
    earliest: dict[tuple[str, str], FanOut] = {}
    for fan_out in fan_outs:
        earliest.setdefault((fan_out.field, fan_out.value), fan_out)
    return list(earliest.values())[:AT_ONCE]
