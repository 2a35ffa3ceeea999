"""How many connections a server takes on where the system allows it few open files."""

import subprocess
import sys

import pytest

from tests.schema.running import ROOT


@pytest.mark.parametrize(
    ("limits", "wanted", "possible", "then"),
    [
        ("100, 4000", 1_000, 1_000, "(1256, 4000)"),
        ("100, 1256", 1_000, 1_000, "(1256, 1256)"),
        ("100, 1000", 1_000, 744, "(1000, 1000)"),
        ("100, 300", 1_000, 150, "(300, 300)"),
        ("2000, 3000", 1_000, 1_000, "(2000, 3000)"),
    ],
)
def test_it_asks_for_more_and_takes_no_more_than_it_gets(
    limits: str, wanted: int, possible: int, then: str
) -> None:
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, ({limits}))
from schema.serving.open_files import possible_connections
print(possible_connections({wanted}), resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout == f"{possible} {then}\n"
