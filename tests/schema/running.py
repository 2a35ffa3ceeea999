"""The real `diptych serve`, and every other command, as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.forked import Forked, run

ROOT = Path(__file__).parents[2]
READY = re.compile(r"Diptych is ready: playground at (http://\S+)/graphql\n")


def environment(**settings: str) -> dict[str, str]:
    """Ours without its settings, and with these."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    return ours | settings


def diptych(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """One command, run to its end."""
    return run("schema", *arguments, env=env)


class Server:
    """A server that has said that it is ready."""

    def __init__(self, process: Forked | subprocess.Popen[str], said: IO[str]) -> None:
        self.process = process
        line = said.readline()
        ready = READY.fullmatch(line)
        assert ready is not None, line
        self.url = ready[1]

    def ends_after(self, *signals: signal.Signals) -> int:
        """Its exit code."""
        for signum in signals:
            self.process.send_signal(signum)
        return self.process.wait(timeout=30)


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Server]:
    """A server on a free port; stopped at the end, unless it has ended before."""
    env = environment(DIPTYCH_DATA=str(data), DIPTYCH_PORT="0") | settings
    read, written = os.pipe()
    with open(read, encoding="utf-8") as said:
        try:
            process = Forked("schema", "serve", env=env, stdout=written)
        finally:
            os.close(written)
        try:
            yield Server(process, said)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
