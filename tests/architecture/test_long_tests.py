"""Long tests are left out of an everyday run, which says so, and are never forgotten."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAID = "Without the tests marked long: `make test-long` runs those."


def collected(*options: str) -> str:
    """What pytest says of a file that has both kinds."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *options, "tests/model"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def test_a_plain_run_says_what_it_leaves_out() -> None:
    said = collected()
    assert SAID in said
    assert "1/3 tests collected (2 deselected)" in said


def test_a_long_run_has_the_long_tests_and_more_of_what_is_made_up() -> None:
    long_run = ("-m", "long or hypothesis", "--hypothesis-profile", "long")
    said = collected(*long_run)
    assert SAID not in said
    assert "test_every_view_shows_what_the_model_says[2]" in said
    recipe = (ROOT / "Makefile").read_text().partition("\ntest-long:")[2].partition("\n\n")[0]
    assert " ".join(long_run).replace("long or hypothesis", "'long or hypothesis'") in recipe


def test_continuous_integration_runs_both() -> None:
    commands = (ROOT / ".ci" / "run").read_text().splitlines()
    assert commands[-2:] == ["make test", "exec make test-long"]
