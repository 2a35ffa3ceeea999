"""What the log looks like, from outside."""

import re
from pathlib import Path

from tests.schema.running import diptych, environment

WARNED = "DIPTYCH_PROT is not a setting and does nothing; the nearest one is DIPTYCH_PORT."


def test_a_line_has_its_time_its_level_and_who_says_it() -> None:
    ran = diptych("sdl", env=environment(DIPTYCH_PROT="1", TZ="Asia/Tokyo"))
    (line,) = ran.stderr.splitlines()
    time, _, said = line.partition(" ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert said == f"WARNING schema.settings: {WARNED}"


def test_at_info_a_start_tells_of_migrations_only_where_there_were_any(tmp_path: Path) -> None:
    env = environment(DIPTYCH_DATA=str(tmp_path), DIPTYCH_LOG_LEVEL="info")
    first, second = (diptych("migrate", env=env).stderr.splitlines() for _ in range(2))
    (line,) = first
    assert "INFO commands.store.migrating: The tables are brought from revision none to" in line
    assert second == []


def test_a_level_that_is_none_is_refused_in_one_sentence() -> None:
    ran = diptych("sdl", env=environment(DIPTYCH_LOG_LEVEL="loud"))
    assert (ran.returncode, ran.stderr) == (
        2,
        "diptych: DIPTYCH_LOG_LEVEL is 'loud'; it must be debug, info, warning, error or"
        " critical.\n",
    )
