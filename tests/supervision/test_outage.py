"""An outage is two lines in the log, however much fails in it."""

import re

import pytest

from commands.supervision import Outage


def test_an_outage_is_told_when_it_begins_and_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outage = Outage("write store")
    outage.succeeded("feed")
    for number in range(10_000):
        outage.failed("feed", ConnectionRefusedError(f"at {number}"))
        outage.failed("writer", TimeoutError())
    assert outage.lasts
    outage.succeeded("feed")
    assert outage.lasts
    outage.succeeded("writer")
    outage.succeeded("writer")
    assert not outage.lasts
    began, ended = [record.getMessage() for record in caplog.records]
    assert began == "The write store is away, first for the feed: at 0"
    assert re.fullmatch(r"The write store is back after \d+\.\d s; failed attempts: 20000\.", ended)


def test_the_next_outage_is_told_anew(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("read store")
    for _ in range(2):
        outage.failed("feed", TimeoutError())
        outage.succeeded("feed")
    lines = [record.getMessage() for record in caplog.records]
    assert [line.partition(",")[0].partition(" after")[0] for line in lines] == [
        "The read store is away",
        "The read store is back",
    ] * 2
    assert lines[0] == "The read store is away, first for the feed: TimeoutError"
    assert lines[3].endswith("failed attempts: 1.")


def test_a_long_reason_is_one_short_line(caplog: pytest.LogCaptureFixture) -> None:
    Outage("read store").failed("feed", OSError("a\nb" * 1_000))
    (line,) = [record.getMessage() for record in caplog.records]
    assert "\n" not in line
    assert len(line) < 400
