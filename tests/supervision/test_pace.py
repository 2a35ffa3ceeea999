"""Long work leaves others their turn."""

import asyncio

import pytest

from commands.supervision import Pace, pace


async def test_a_long_stretch_gives_way_and_a_short_one_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = 0

    async def count() -> None:
        nonlocal others
        while True:
            others += 1
            await asyncio.sleep(0)

    async def pauses(seconds: float) -> int:
        monkeypatch.setattr(pace, "LONGEST_STRETCH", seconds)
        kept, before = Pace(), others
        for _ in range(100):
            await kept.keep()
        return others - before

    counting = asyncio.create_task(count())
    assert await pauses(0) == 100
    assert await pauses(3_600) == 0
    counting.cancel()
