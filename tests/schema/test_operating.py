"""How projections stand, in words and numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from projections.catalogue import all_projections
from readmodels.store import Checkpoint, Rebuild, ViewStatus
from readmodels.store.checkpoint import FanOut
from readmodels.values import Position
from schema.operating import ProjectionState, ProjectionStatus, statuses
from tests.schema.edge import Edge

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEVEL = Checkpoint(
    view="order", collection="order.1", revision=2, position=70, head=70, reported_at=NOW
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def status(rebuild: Rebuild | None = None, /, **changes: Any) -> ProjectionStatus:
    (shown,) = statuses([ViewStatus(replace(LEVEL, **changes), 3, rebuild)], NOW)
    return shown


def test_a_view_that_is_level_is_running() -> None:
    assert status() == ProjectionStatus(
        name="order",
        revision=2,
        state=ProjectionState.RUNNING,
        position=Position(70),
        head_position=Position(70),
        lag_events=0,
        lag_seconds=0.0,
        document_count=3,
        quarantined_count=0,
        progress=None,
        stalled_by=None,
    )


def test_a_view_behind_is_catching_up_once_its_oldest_fact_is_a_second_old() -> None:
    shown = status(head=100, behind_since=ago(0.5))
    assert (shown.state, shown.lag_events, shown.lag_seconds) == (ProjectionState.RUNNING, 30, 0.5)
    assert status(head=100, behind_since=ago(3)).state is ProjectionState.CATCHING_UP


def test_a_fact_on_its_way_to_many_documents_is_not_shown_yet() -> None:
    shown = status(fan_outs=(FanOut(position=60, field="customer_id", value="cus_1"),))
    assert (shown.state, shown.lag_events) == (ProjectionState.CATCHING_UP, 1)


def test_a_view_whose_worker_is_silent_is_stopped() -> None:
    shown = status(reported_at=ago(6))
    assert shown.state is ProjectionState.STOPPED
    assert shown.stalled_by == "No worker of order has reported for 5 seconds."


def test_a_view_that_cannot_go_on_has_failed_and_says_why() -> None:
    shown = status(failure="It broke.", head=71, behind_since=ago(2))
    assert (shown.state, shown.stalled_by) == (ProjectionState.FAILED, "It broke.")


def test_a_stopped_view_is_measured_by_the_head_that_others_have_seen() -> None:
    stopped = ViewStatus(replace(LEVEL, reported_at=ago(60)), 3, None)
    other = ViewStatus(replace(LEVEL, view="product", head=90, position=90), 1, None)
    shown, level = statuses([stopped, other], NOW)
    assert (shown.head_position, shown.lag_events, shown.lag_seconds) == (Position(90), 20, 60.0)
    assert (level.head_position, level.lag_events, level.lag_seconds) == (Position(90), 0, 0.0)


def test_a_rebuild_shows_how_far_it_has_come() -> None:
    shown = status(Rebuild(25, 100, ago(1)), reported_at=ago(60))
    assert (shown.state, shown.progress) == (ProjectionState.REBUILDING, 0.25)
    assert status(Rebuild(25, 100, ago(6))).progress is None
    assert status(Rebuild(0, 0, ago(1))).progress == 0.0
    assert status(Rebuild(120, 100, ago(1))).progress == 1.0


PROJECTIONS = """
{ projections { name revision state position headPosition lagEvents lagSeconds documentCount
  quarantinedCount progress stalledBy } }
"""


def test_every_projection_is_served_by_name(edge: Edge) -> None:
    edge.new_order()
    last = edge.command("receiveStock", productId=edge.new_product(), quantity=1)["position"]
    edge.data(
        'query($p: Position) { sales(from: "2026-01-01", to: "2026-01-01",'
        " minPosition: $p) { day } }",
        p=last,
    )
    found = edge.data(PROJECTIONS)["projections"]
    assert [each["name"] for each in found] == [each.name for each in all_projections()]
    (sales,) = (each for each in found if each["name"] == "sales_day")
    assert int(sales["position"]) >= int(last)
    assert (sales["quarantinedCount"], sales["progress"], sales["stalledBy"]) == (0, None, None)
    assert sales["state"] == "RUNNING"
    assert sales["documentCount"] >= 1
