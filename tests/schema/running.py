"""The real `diptych serve`, as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
READY = re.compile(r"Diptych is ready: playground at (http://\S+)/graphql\n")


def environment(**settings: str) -> dict[str, str]:
    """Ours without its settings, and with these."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DIPTYCH_")}
    return ours | settings


def diptych(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """One command, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "schema", *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Server:
    """A server that has said that it is ready."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        line = process.stdout.readline()
        said = READY.fullmatch(line)
        assert said is not None, line
        self.url = said[1]

    def ends_after(self, *signals: signal.Signals) -> int:
        """Its exit code."""
        for signum in signals:
            self.process.send_signal(signum)
        return self.process.wait(timeout=30)


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Server]:
    """A server on a free port; stopped at the end, unless it has ended before."""
    env = environment(DIPTYCH_DATA=str(data), DIPTYCH_PORT="0") | settings
    with subprocess.Popen(
        [sys.executable, "-m", "schema", "serve"],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Server(process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
