"""A process that was told to end does so, whatever its threads wait for."""

from __future__ import annotations

import subprocess
import sys

import pytest

HANGING = """
import threading
from schema.cli import ending
from schema.logs import set_up_logs

set_up_logs()
ending.THREADS_WAIT = 0.1
print("said")
threading.Thread(target=threading.Event().wait).start()
"""


def ended(program: str) -> tuple[int, str, str]:
    ran = subprocess.run(
        [sys.executable, "-c", HANGING + program], capture_output=True, text=True, timeout=60
    )
    return ran.returncode, ran.stdout, ran.stderr.partition(" ")[2]


@pytest.mark.parametrize("exit_code", [0, 2])
def test_threads_that_are_left_are_not_waited_for(exit_code: int) -> None:
    assert ended(f"ending.leave_threads({exit_code})") == (exit_code, "said\n", "")


def test_what_does_not_end_in_time_is_ended_and_that_is_said() -> None:
    assert ended("ending.end_within(0.1)") == (
        1,
        "said\n",
        "CRITICAL diptych.end: It has not ended 0.1 seconds after it was told to, and is ended"
        " now.\n",
    )


def test_what_ends_in_time_is_left_alone() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "from schema.cli import ending; ending.end_within(3600)"], timeout=60
    )
    assert ran.returncode == 0
