"""A process that has loaded the program, and forks off one for each that a test asks for: loading
takes two seconds each time. `python -m tests.preloaded`, with a socket as its standard input, on
which `tests.forked` asks.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LOADED: Final = (
    "schema.cli.main",
    "schema.cli.serve",
    "schema.cli.migrate",
    "schema.cli.verify",
    "schema.cli.rebuild",
    "schema.cli.print_sdl",
    "schema.importing",
    "tests.commands.dying",
    "tests.commands.elsewhere",
    "tests.projections.renamed",
)
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """A process as `python -m MODULE ARGUMENT...` would begin it."""

    module: str
    arguments: Sequence[str]
    folder: str
    environment: dict[str, str]


def requested(control: socket.socket) -> Wanted:
    """Answers in each process that is forked off; the one that forks ends with who asks it."""
    # Its own children are those that tell how a process ended, and nobody waits for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, _CHUNK, 4)
        if not request:
            sys.exit()
        while not request.endswith(b"\n"):
            request += control.recv(_CHUNK)
        if os.fork() == 0:
            control.close()
            return _forked_off(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _forked_off(request: bytes, descriptors: Sequence[int]) -> Wanted:
    """Answers in the process itself; its parent tells its number and how it ended."""
    *streams, told = descriptors
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if process := os.fork():
        for stream in (0, 1, 2, *streams):
            os.close(stream)
        os.write(told, b"%d\n" % process)
        _, status = os.waitpid(process, 0)
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.setsid()
    os.close(told)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    return Wanted(**json.loads(request))


def become(wanted: Wanted) -> None:
    """Be the process that was asked for, to its end."""
    os.chdir(wanted.folder)
    os.environ.clear()
    os.environ.update(wanted.environment)
    time.tzset()
    sys.argv[1:] = wanted.arguments
    runpy.run_module(wanted.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    # What all processes share is not looked at in each of them.
    gc.freeze()
    become(requested(socket.socket(fileno=os.dup(0))))
