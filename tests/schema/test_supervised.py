"""A server in which a task dies, as a process."""

import re
import subprocess
import sys
from pathlib import Path

import httpx

from readmodels.embedded.process import running_mongod
from tests.schema.running import ROOT, Server, environment

PROGRAM = """
import asyncio, sys
from {module} import {name}

working = {name}.run

async def run(self):
    if {once}:
        {name}.run = working
    await asyncio.sleep({after})
    raise ValueError("somebody@example.org")

{name}.run = run
from schema.cli.main import main
sys.exit(main(["serve"]))
"""


def serving_broken(data: Path, module: str, name: str, *, once: bool) -> subprocess.Popen[str]:
    """A server one of whose tasks dies after a moment, once or again and again."""
    program = PROGRAM.format(module=module, name=name, once=once, after=0.2)
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(DIPTYCH_DATA=str(data), DIPTYCH_PORT="0"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_writer_that_dies_ends_the_server_in_order(tmp_path: Path) -> None:
    with serving_broken(tmp_path, "commands.bus", "Bus", once=False) as process:
        said, complained = process.communicate(timeout=60)
    assert (process.returncode, said) == (2, "")
    assert complained.endswith(
        "diptych: The writer died of a fault (ValueError): start it again.\n"
    )
    assert "The task writer died and cannot begin again." in complained
    assert "ValueError: somebody@example.org" in complained
    assert running_mongod(tmp_path) is None


def test_timers_that_die_are_named_and_the_server_goes_on(tmp_path: Path) -> None:
    with serving_broken(tmp_path, "commands.timers", "Timers", once=False) as process:
        try:
            assert process.stdout is not None
            server = Server(process, process.stdout)
            answer = httpx.get(f"{server.url}/readyz")
            assert answer.status_code == 200
            while "tasks" not in (wrong := answer.json()["wrong"]):
                answer = httpx.get(f"{server.url}/readyz")
            assert wrong["tasks"] == "timers died of a fault (ValueError) and begins again"
            assert "somebody" not in answer.text
        finally:
            process.terminate()
            _, complained = process.communicate(timeout=60)
    assert process.returncode == 0
    assert re.search(
        r"Z ERROR commands.supervision.supervisor: The task timers died; it begins", complained
    )
    assert "ValueError: somebody@example.org" in complained
