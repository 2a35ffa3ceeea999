"""Whether the event loop goes round."""

import asyncio
import time

import pytest

from commands.supervision import Heartbeat, Supervisor, heartbeat


def block_the_loop(seconds: float) -> None:
    time.sleep(seconds)


async def test_a_loop_that_stood_still_is_told_of_for_a_while_and_where_it_was(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_EVERY", 0.01)
    monkeypatch.setattr(heartbeat, "STILL_AFTER", 1.0)
    beating = Heartbeat()
    async with Supervisor() as tasks, tasks.running("heartbeat", beating.run):
        await asyncio.sleep(0)
        block_the_loop(1.6)
        assert beating.stillness >= 1.5
        await asyncio.sleep(0.05)
        assert beating.stillness >= 1.5
        async with asyncio.timeout(30):
            while beating.stillness:  # noqa: ASYNC110 – nobody tells
                await asyncio.sleep(0.05)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("The event loop has stood still for 1 seconds, at:\n")
    assert "block_the_loop" in line
