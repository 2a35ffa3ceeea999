"""Work in turns: how much of it is done in one iteration of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from schema.serving import turns
from schema.serving.turns import Turns


@pytest.fixture(autouse=True)
def stretches_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is done takes longer than a stretch."""
    monkeypatch.setattr(turns, "LONGEST_STRETCH", 0)


async def iterations_until(done: asyncio.Future[Any]) -> int:
    count = 0
    while not done.done():
        await asyncio.sleep(0)
        count += 1
    return count


@pytest.mark.parametrize("count", [1, 10, 100])
async def test_between_the_work_of_many_others_have_their_turn(count: int) -> None:
    shared = Turns()
    done: list[int] = []
    running = asyncio.gather(
        *(shared.run(lambda n=n: done.append(n)) for n in range(count))  # type: ignore[misc]
    )
    assert await iterations_until(running) >= count
    assert done == list(range(count))


async def test_work_that_nobody_awaits_has_its_turn_in_the_same_order() -> None:
    shared = Turns()
    done: list[int] = []
    shared.take(lambda: done.append(0))
    running = asyncio.ensure_future(shared.run(lambda: done.append(1)))
    await asyncio.sleep(0)
    shared.take(lambda: done.append(2))
    await running
    await asyncio.sleep(0)
    assert done == [0, 1, 2]


async def test_work_that_waits_already_is_done_once_and_then_anew() -> None:
    shared = Turns()
    done: list[int] = []

    def work() -> None:
        done.append(len(done))

    assert [shared.take(lambda: None), shared.take(work), shared.take(work)] == [True, True, False]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert done == [0]
    assert shared.take(work)
    await asyncio.sleep(0)
    assert done == [0, 1]


async def test_in_a_stretch_that_is_not_over_work_is_done_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "LONGEST_STRETCH", 3600)
    shared = Turns()
    done: list[int] = []
    for n in range(1000):
        shared.take(lambda n=n: done.append(n))  # type: ignore[misc]
    assert len(done) == 1000
    assert await shared.run(lambda: "told") == "told"


def fails() -> None:
    raise ValueError("as it is")


async def test_work_returns_or_raises_what_it_would_by_itself() -> None:
    shared = Turns()
    first = [shared.run(lambda: 1), shared.run(lambda: 2), shared.run(fails), shared.run(fails)]
    results = await asyncio.gather(*first, return_exceptions=True)
    assert results[:2] == [1, 2]
    assert [str(error) for error in results[2:]] == ["as it is", "as it is"]


async def test_work_that_fails_keeps_nobody_from_their_turn() -> None:
    shared = Turns()
    failures: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    shared.take(lambda: None)
    shared.take(fails)
    assert await asyncio.wait_for(shared.run(lambda: "told"), 30) == "told"
    assert [str(each["exception"]) for each in failures] == ["as it is"]


async def test_what_is_cancelled_before_its_turn_is_not_done() -> None:
    shared = Turns()
    shared.take(lambda: None)
    done: list[str] = []
    waiting = asyncio.ensure_future(shared.run(lambda: done.append("cancelled")))
    behind = asyncio.ensure_future(shared.run(lambda: done.append("behind")))
    await asyncio.sleep(0)
    waiting.cancel()
    await behind
    assert waiting.cancelled()
    assert done == ["behind"]


async def nothing() -> None:
    pass


@pytest.mark.parametrize("work", [fails, nothing, lambda: "told"])
async def test_who_is_cancelled_when_the_work_is_done_is_cancelled_all_the_same(
    work: Callable[[], Any],
) -> None:
    """A coroutine that the work has made would warn that nobody has awaited it."""
    shared = Turns()
    shared.take(lambda: None)

    def work_and_cancel() -> Any:
        asyncio.get_running_loop().call_soon(waiting.cancel)
        return work()

    waiting = asyncio.ensure_future(shared.run(work_and_cancel))
    with pytest.raises(asyncio.CancelledError):
        await waiting
