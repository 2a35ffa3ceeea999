"""How the projections stand, in the words of the API."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import strawberry

from readmodels.store import Checkpoint, ViewStatus
from readmodels.values import Position
from schema.context import ReadingInfo
from schema.types.fields import enum_type

SILENCE_SECONDS: Final = 5.0
"""Without a word of it, which comes each second, a worker or a rebuild counts as stopped."""

LEVEL_SECONDS: Final = 1.0
"""The age of the oldest fact not yet shown up to which a view counts as running level."""


class ProjectionState(StrEnum):
    """What a projection is at.

    RUNNING: Its documents show the log, but for the last second at most.
    CATCHING_UP: It lags, and goes on.
    REBUILDING: New documents are filled beside those that are read.
    STOPPED: No worker has reported for some seconds.
    FAILED: A fact or a document holds it back; it is tried again.
    """

    RUNNING = "RUNNING"
    CATCHING_UP = "CATCHING_UP"
    REBUILDING = "REBUILDING"
    STOPPED = "STOPPED"
    FAILED = "FAILED"


enum_type(ProjectionState)


@strawberry.type(description="How a projection stands, as its worker last said.")
class ProjectionStatus:
    name: str = strawberry.field(description="Of the view, such as order_list_item.")
    revision: int = strawberry.field(description="Of the rules that made the documents.")
    state: ProjectionState = strawberry.field(description="What it is at.")
    position: Position = strawberry.field(description="Of the last fact that it has taken in.")
    head_position: Position = strawberry.field(description="Of the last fact of the log.")
    lag_events: int = strawberry.field(description="Facts recorded and not yet shown.")
    lag_seconds: float = strawberry.field(
        description="Age of the oldest fact not yet shown; 0 when level."
    )
    document_count: int = strawberry.field(description="How many documents it has.")
    quarantined_count: int = strawberry.field(
        description="Documents held back, whose later facts wait; always 0 so far."
    )
    progress: float | None = strawberry.field(
        description="Of a rebuild, 0 to 1; null when none runs."
    )
    stalled_by: str | None = strawberry.field(
        description="In words, what holds it back; null when nothing does."
    )


def all_projections(description: str) -> Any:
    """A query for how every projection stands."""

    async def resolve(info: ReadingInfo) -> list[ProjectionStatus]:
        return statuses(await info.context.store.statuses(), datetime.now(UTC))

    return strawberry.field(resolver=resolve, description=description)


def statuses(found: Sequence[ViewStatus], now: datetime) -> list[ProjectionStatus]:
    """What is to be said of the views at a moment. The log's head is the last that any worker has
    seen: one that has stopped does not know how far the log went on."""
    head = max((status.checkpoint.head for status in found), default=0)
    return [_status(status, head, now) for status in found]


def _status(found: ViewStatus, head: int, now: datetime) -> ProjectionStatus:
    checkpoint = found.checkpoint
    head = max(head, checkpoint.position)
    lag_seconds = _lag_seconds(checkpoint, head, now)
    state = _state(found, lag_seconds, now)
    rebuild = found.rebuild if state is ProjectionState.REBUILDING else None
    return ProjectionStatus(
        name=checkpoint.view,
        revision=checkpoint.revision,
        state=state,
        position=Position(checkpoint.position),
        head_position=Position(head),
        lag_events=head - checkpoint.position + len(checkpoint.fan_outs),
        lag_seconds=lag_seconds,
        document_count=found.document_count,
        quarantined_count=0,
        progress=min(1.0, rebuild.position / max(1, rebuild.target)) if rebuild else None,
        stalled_by=_stalled_by(checkpoint, state),
    )


def _lag_seconds(checkpoint: Checkpoint, head: int, now: datetime) -> float:
    if checkpoint.behind_since is None and checkpoint.position < head:
        # Level when it last spoke: what it does not show was recorded since.
        return max(0.0, (now - checkpoint.reported_at).total_seconds())
    return checkpoint.lag_seconds(now)


def _state(found: ViewStatus, lag_seconds: float, now: datetime) -> ProjectionState:
    checkpoint, rebuild = found.checkpoint, found.rebuild
    if rebuild and _is_fresh(rebuild.reported_at, now):
        return ProjectionState.REBUILDING
    if not _is_fresh(checkpoint.reported_at, now):
        return ProjectionState.STOPPED
    if checkpoint.failure:
        return ProjectionState.FAILED
    if lag_seconds > LEVEL_SECONDS or checkpoint.fan_outs:
        return ProjectionState.CATCHING_UP
    return ProjectionState.RUNNING


def _is_fresh(reported_at: datetime, now: datetime) -> bool:
    return (now - reported_at).total_seconds() <= SILENCE_SECONDS


def _stalled_by(checkpoint: Checkpoint, state: ProjectionState) -> str | None:
    if checkpoint.failure:
        return checkpoint.failure
    if state is ProjectionState.STOPPED:
        return f"No worker of {checkpoint.view} has reported for {SILENCE_SECONDS:g} seconds."
    return None
