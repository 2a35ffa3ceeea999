"""What this process needs to serve its role, and what it tells of beside that.

It needs to record commands and to read documents. A view that fails or lags is named and no more:
it would be the same on every server, and all of them would be taken away at once for one fact.
"""

from datetime import UTC, datetime
from typing import Final

from commands.bus import Bus
from commands.supervision import Supervisor
from commands.timers import Timers
from readmodels.store import Checkpoint, Store
from readmodels.view import VIEWS
from schema.serving.health import Check

# A worker says each second that it lives.
_SILENCE: Final = 5.0

RECENTLY: Final = 1.0
"""Seconds for which something that was recorded proves that commands can be."""


def commands_can_be_recorded(bus: Bus) -> Check:
    """Something was recorded just now, or is for this: a trial that is no fact."""

    async def check() -> None:
        await bus.try_recording(within=RECENTLY)

    return check


def documents_can_be_read(store: Store) -> Check:
    """MongoDB gives the views' checkpoints."""

    async def check() -> None:
        await store.read_checkpoints()

    return check


def views_are_level(store: Store, lag: float) -> Check:
    """Every view shows all facts but those of the last `lag` seconds, and goes on showing them."""

    async def check() -> str | None:
        wrong = (_wrong(store.checkpoint(document), lag) for document in VIEWS)
        return "; ".join(words for words in wrong if words) or None

    return check


def views_are_catching_up(store: Store, lag: float) -> bool:
    """Whether waiting makes a view level, as it does not where one cannot go on."""
    checkpoints = [store.checkpoint(document) for document in VIEWS]
    return any(_wrong(each, lag) and not each.failure for each in checkpoints)


def tasks_run(supervisor: Supervisor) -> Check:
    """No task has died and waits to begin again."""

    async def check() -> str | None:
        down = sorted(supervisor.down.items())
        return "; ".join(f"{name} {words}" for name, words in down) or None

    return check


def clocks_agree(bus: Bus) -> Check:
    """The log's time is not ahead of the write store's clock."""

    async def check() -> str | None:
        moment = await bus.moment()
        if not moment.is_wrong:
            return None
        return (
            f"the log's time is {moment.ahead:.0f} seconds ahead of the write store's clock; no"
            " timers fire until that has come up to it"
        )

    return check


def timers_fire(timers: Timers | None) -> Check:
    """No timer is due that failed, where this process fires any."""

    async def check() -> str | None:
        failing = timers.failing if timers else 0
        return f"{failing} failed and are tried again" if failing else None

    return check


def _wrong(checkpoint: Checkpoint, lag: float) -> str | None:
    now = datetime.now(UTC)
    silence = (now - checkpoint.reported_at).total_seconds()
    behind = checkpoint.lag_seconds(now)
    if checkpoint.failure:
        return f"{checkpoint.view} cannot go on: {checkpoint.failure}"
    if silence > max(lag, _SILENCE):
        return f"{checkpoint.view} has no worker that reports"
    if behind > lag:
        return f"{checkpoint.view} is {behind:.0f} seconds behind"
    return None
