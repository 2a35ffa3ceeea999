"""What a process knows of a view's checkpoint only grows, from whomever it learns it."""

import asyncio
from dataclasses import replace

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.checkpoints import Checkpoints

FIRST = replace(Checkpoint.initial("order"), version=1, position=3)
SECOND = replace(FIRST, version=2, position=7)


def test_an_older_checkpoint_takes_no_newer_one_s_place() -> None:
    known = Checkpoints()
    told: list[tuple[int, int]] = []
    known.listen(lambda before, now: told.append((before.version, now.version)))
    known.learn(SECOND)
    known.learn(FIRST)
    known.learn(replace(SECOND, position=9))
    assert known.of("order") == SECOND
    assert told == [(0, 2)]


async def test_an_older_checkpoint_ends_no_wait() -> None:
    known = Checkpoints()
    known.learn(SECOND)
    waiting = asyncio.ensure_future(known.until("order", lambda now: now.position == 3, 10))
    await asyncio.sleep(0)
    known.learn(FIRST)
    await asyncio.sleep(0)
    assert not waiting.done()
    third = replace(SECOND, version=3, position=3)
    known.learn(third)
    assert await waiting == third


def test_each_view_has_a_checkpoint_of_its_own() -> None:
    known = Checkpoints()
    known.learn(SECOND)
    other = replace(FIRST, view="product")
    known.learn(other)
    assert (known.of("order"), known.of("product")) == (SECOND, other)
    assert known.of("customer") == Checkpoint.initial("customer")
