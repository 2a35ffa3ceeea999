"""The parent of the tasks that run for long: none of them ends unnoticed."""

import asyncio
import logging

import pytest

from commands.supervision import Supervisor, TaskDied, cancel_and_wait, supervisor


class Working:
    """Dies as often as told, and then goes on until it is stopped."""

    def __init__(self, *deaths: BaseException | None) -> None:
        self.deaths = list(deaths)
        self.goes_on = asyncio.Event()
        self.stopped = False

    async def run(self) -> None:
        if self.deaths:
            death = self.deaths.pop(0)
            if death is None:
                return
            raise death
        self.goes_on.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped = True


class Odd(BaseException):
    """What no `except Exception` catches."""


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.001)


def messages(caplog: pytest.LogCaptureFixture) -> list[tuple[str, type[BaseException] | None]]:
    return [
        (record.getMessage(), record.exc_info[0] if record.exc_info else None)
        for record in caplog.records
        if record.levelno >= logging.ERROR
    ]


async def test_a_task_that_dies_is_logged_and_begins_again_each_time_after_a_longer_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Working(ValueError("one"), KeyError("two"))
    async with Supervisor() as tasks, tasks.running("feed", work.run), asyncio.timeout(10):
        await work.goes_on.wait()
        assert tasks.down == {}
    assert work.stopped
    assert messages(caplog) == [
        ("The task feed died; it begins again in 0.001 s.", ValueError),
        ("The task feed died; it begins again in 0.002 s.", KeyError),
    ]


@pytest.mark.parametrize("end", [None, asyncio.CancelledError(), Odd(), SystemExit(3)])
async def test_a_task_that_ends_though_nobody_stopped_it_has_died(
    end: BaseException | None, caplog: pytest.LogCaptureFixture
) -> None:
    work = Working(end)
    async with Supervisor() as tasks, tasks.running("feed", work.run), asyncio.timeout(10):
        await work.goes_on.wait()
    ((message, _),) = messages(caplog)
    assert message == "The task feed died; it begins again in 0.001 s."


async def test_a_task_that_waits_to_begin_again_is_named_without_its_error_s_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 60.0)
    work = Working(ValueError("somebody@example.org"))
    async with Supervisor() as tasks:
        task = tasks.start("feed", work.run)
        async with asyncio.timeout(10):
            while not tasks.down:  # noqa: ASYNC110 – nobody tells
                await asyncio.sleep(0)
        assert tasks.down == {"feed": "died of a fault (ValueError) and begins again"}
        task.cancel()
        await asyncio.wait({task})
        assert tasks.down == {}


@pytest.mark.parametrize("death", [ValueError("private"), Odd("private")])
async def test_a_task_that_cannot_begin_again_cuts_its_supervisor_s_context_short(
    caplog: pytest.LogCaptureFixture, death: BaseException
) -> None:
    work, other = Working(death), Working()

    async def use() -> None:
        async with Supervisor() as tasks:
            tasks.start("other", other.run)
            tasks.start("writer", work.run, again=False)
            async with asyncio.timeout(10):
                await asyncio.Event().wait()

    with pytest.raises(TaskDied) as died:
        await use()
    kind = type(death)
    assert str(died.value) == f"The writer died of a fault ({kind.__name__}): start it again."
    assert died.value.__cause__ is death
    assert other.stopped
    assert messages(caplog) == [("The task writer died and cannot begin again.", kind)]
    # The task that had the supervisor goes on as if nobody had ever cancelled it.
    await asyncio.sleep(0)


async def test_its_death_may_be_met_in_another_way() -> None:
    work, told = Working(ValueError("private")), asyncio.Event()

    async def use() -> None:
        async with Supervisor() as tasks:
            tasks.on_death = told.set
            tasks.start("writer", work.run, again=False)
            async with asyncio.timeout(10):
                await told.wait()
            assert tasks.down == {"writer": "died of a fault (ValueError)"}

    with pytest.raises(TaskDied):
        await use()


async def test_a_task_that_cannot_begin_again_may_come_to_its_end() -> None:
    work = Working(None)
    async with Supervisor() as tasks:
        await tasks.start("writer", work.run, again=False)


async def test_what_its_context_raises_comes_out_as_it_is() -> None:
    work = Working()

    async def use() -> None:
        async with Supervisor() as tasks, tasks.running("feed", work.run):
            await work.goes_on.wait()
            raise ValueError("of the context")

    with pytest.raises(ValueError, match="of the context"):
        await use()
    assert work.stopped


async def test_a_task_that_waits_while_it_is_ended_is_cancelled_there_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.01)
    ended = []

    async def clings() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("at last")

    task = asyncio.create_task(clings())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await cancel_and_wait(task)
    assert task.cancelled()
    assert ended == ["at last"]
