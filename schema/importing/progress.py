"""How far an import is: a bar on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

PLAIN_EVERY = 3.0
"""Seconds between two plain lines."""


class Shown(Protocol):
    def stage(self, what: str, unit: str, total: int) -> None:
        """What is done from now on, and how much of it there is."""
        ...

    def done(self, count: int) -> None:
        """How much of the stage is done."""
        ...


@contextmanager
def shown_progress(console: Console) -> Iterator[Shown]:
    if not console.is_terminal:
        yield _Plain(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bar(progress)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed or 0
        return Text(f"{rate:,.0f} {task.fields['unit']}/s")


class _Bar:
    """One bar a stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def stage(self, what: str, unit: str, total: int) -> None:
        self._task = self._progress.add_task(what, total=total, unit=unit)

    def done(self, count: int) -> None:
        self._progress.update(self._task, completed=count)


class _Plain:
    """A line every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def stage(self, what: str, unit: str, total: int) -> None:
        self._what, self._unit, self._total = what, unit, total
        self._began = self._said = time.monotonic()

    def done(self, count: int) -> None:
        now = time.monotonic()
        if now - self._said < PLAIN_EVERY:
            return
        self._said = now
        rate = count / (now - self._began)
        left = timedelta(seconds=round((self._total - count) / rate)) if rate else "unknown"
        self._console.print(
            f"{self._what}: {count:,} of {self._total:,} {self._unit},"
            f" {rate:,.0f} {self._unit}/s, time left {left}"
        )
