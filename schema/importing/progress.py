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
    def lines(self, done: int) -> None:
        """So many lines have met their fate."""
        ...

    def step(self, what: str) -> None:
        """What is done now."""
        ...


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f} lines/s")


class _Bar:
    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("Importing", total=total)

    def lines(self, done: int) -> None:
        self._progress.update(self._task, completed=done)

    def step(self, what: str) -> None:
        self._progress.update(self._task, description=what)


class _Plain:
    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total = console, total
        self._began = self._said = time.monotonic()

    def lines(self, done: int) -> None:
        now = time.monotonic()
        if now - self._said >= PLAIN_EVERY:
            self._said = now
            rate = done / (now - self._began)
            left = timedelta(seconds=round((self._total - done) / rate)) if rate else "unknown"
            self._console.print(
                f"{done:,} of {self._total:,} lines, {rate:,.0f} lines/s, time left {left}"
            )

    def step(self, what: str) -> None:
        self._console.print(what)


@contextmanager
def shown_progress(console: Console, total: int) -> Iterator[Shown]:
    """Shows the progress towards a number of lines."""
    if not console.is_terminal:
        yield _Plain(console, total)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bar(progress, total)
