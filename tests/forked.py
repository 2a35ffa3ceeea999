"""Processes of the program's modules, forked off one that has loaded them: real ones, of which only
the loading is shared."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

_ROOT = Path(__file__).parents[1]


class Forked:
    """`python -m MODULE ARGUMENT...` in a session of its own, with an empty standard input; it is
    asked as a subprocess.Popen is."""

    def __init__(
        self,
        module: str,
        *arguments: str,
        env: Mapping[str, str] = os.environ,
        stdout: int = 1,
        stderr: int = 2,
    ) -> None:
        self.args = (module, *arguments)
        self.returncode: int | None = None
        self._told, telling = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        wanted = {
            "module": module,
            "arguments": arguments,
            "folder": str(_ROOT),
            "environment": dict(env),
        }
        request = json.dumps(wanted).encode() + b"\n"
        try:
            control = _preloaded()
            sent = socket.send_fds(control, [request], [nothing, stdout, stderr, telling])
            control.sendall(request[sent:])
        finally:
            os.close(nothing)
            os.close(telling)
        self.pid = self._number()

    def poll(self) -> int | None:
        """How it ended, and None as long as it runs."""
        return self._ended(within=0)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended. Raises TimeoutExpired after so many seconds."""
        ended = self._ended(within=timeout)
        if ended is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout)
        return ended

    def send_signal(self, signum: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, within: float | None) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], within)[0]:
            self.returncode = self._number()
            os.close(self._told)
        return self.returncode

    def _number(self) -> int:
        """The process's own, and then its exit code."""
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self._told, 1)
            assert byte, "The process that forks has ended."
            line += byte
        return int(line)


def run(
    module: str, *arguments: str, env: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """A process run to its end, with what it printed and complained of."""
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        process = Forked(module, *arguments, env=env, stdout=out.fileno(), stderr=err.fileno())
        try:
            code = process.wait(60)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(process.args, code, out.read(), err.read())


@cache
def _preloaded() -> socket.socket:
    """Where the process that has loaded the program is asked; one for each that runs tests."""
    ours, its = socket.socketpair()
    with its:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.preloaded"],
            cwd=_ROOT,
            stdin=its.fileno(),
            start_new_session=True,
        )

    def end() -> None:
        ours.close()
        process.wait(30)

    atexit.register(end)
    return ours
