from pathlib import Path

import pytest

from schema import __version__
from schema.cli import main
from tests.schema.running import diptych, environment


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"diptych {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["paint"], ["rebuild"], ["import", "offline-retail", "orders.csv"]]
)
def test_what_is_no_command_is_refused_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: diptych")


def test_sdl_prints_the_schema() -> None:
    ran = diptych("sdl", env=environment())
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "type Mutation {" in ran.stdout


def test_migrate_fills_an_empty_database_and_finds_it_filled(tmp_path: Path) -> None:
    settings = environment(DIPTYCH_DATA=str(tmp_path / "data"))
    first = diptych("migrate", env=settings)
    second = diptych("migrate", env=settings)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("The tables are at revision ")
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert (tmp_path / "data" / "diptych.sqlite").is_file()
