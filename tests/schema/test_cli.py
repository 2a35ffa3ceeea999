import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schema import __version__
from schema.cli.main import main
from schema.cli.stores import both_stores
from schema.settings import Settings
from tests.schema.running import diptych, environment


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"diptych {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["paint"], ["rebuild", "order", "product"], ["import", "offline-retail", "orders.csv"]],
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
    assert first.stdout.endswith(f": sqlite:///{tmp_path}/data/diptych.sqlite\n")
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert (tmp_path / "data" / "diptych.sqlite").is_file()


def test_a_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    data = tmp_path / "file" / "data"
    settings = environment(DIPTYCH_DATA=str(data), DIPTYCH_PORT="0")
    served = diptych("serve", env=settings)
    assert (served.returncode, served.stderr) == (
        2,
        f"diptych: DIPTYCH_DATA is '{data}', which is no folder to write to: Not a directory.\n",
    )
    migrated = diptych("migrate", env=settings)
    assert (migrated.returncode, migrated.stderr) == (
        2,
        f"diptych: The write store's file {data}/diptych.sqlite cannot be made (Not a directory): "
        "set DIPTYCH_DATA or DIPTYCH_DATABASE_URL to another place.\n",
    )


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_database_server_that_cannot_be_reached_is_one_sentence_without_its_password(
    tmp_path: Path, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    settings = environment(
        DIPTYCH_DATA=str(tmp_path),
        DIPTYCH_PORT="0",
        DIPTYCH_DATABASE_URL=f"postgresql://ada:s3cret@127.0.0.1:{port}/orders",
    )
    ran = diptych(command, env=settings)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith(
        f"diptych: The write store at postgresql+asyncpg://ada:***@127.0.0.1:{port}/orders "
        "cannot be reached ("
    )
    assert ran.stderr.endswith("check DIPTYCH_DATABASE_URL and that its server runs.\n")
    assert ran.stderr.count("\n") == 1


def test_a_rebuild_that_a_rule_stops_is_one_sentence(tmp_path: Path) -> None:
    settings = environment(DIPTYCH_DATA=str(tmp_path))
    assert diptych("migrate", env=settings).returncode == 0
    with closing(sqlite3.connect(tmp_path / "diptych.sqlite")) as connection, connection:
        connection.execute(
            "INSERT INTO events (position, stream, version, type, schema_version, recorded_at,"
            " occurred_at, actor, command_id, ordinal, data) VALUES (1, 'order/ord_1', 1,"
            " 'OrderConfirmed', 1, 0, 0, 'tester', 'cmd_1', 0,"
            """ '{"order_id":"ord_1","customer_id":"cus_1"}')"""
        )
        connection.execute("UPDATE log_head SET position = 1")
    ran = diptych("rebuild", "order", env=settings)
    assert ran.stdout.startswith(f"Write store: sqlite:///{tmp_path}/diptych.sqlite;")
    assert (ran.returncode, ran.stdout.count("\n"), ran.stderr) == (
        2,
        1,
        "diptych: The rule of order for OrderConfirmed at position 1 failed for the document"
        " ord_1: ValueError: there is no such document\n",
    )


def test_stores_are_named_as_they_were_given_and_without_passwords() -> None:
    settings = Settings.from_env(
        {
            "DIPTYCH_DATABASE_URL": "postgresql://ada:secret@db.example:5432/orders",
            "DIPTYCH_MONGO_URL": "mongodb://ada:secret@mongo.example:27017/shop",
        }
    )
    assert both_stores(settings) == (
        "Write store: postgresql://ada:***@db.example:5432/orders; documents: shop at"
        " mongodb://ada:***@mongo.example:27017/shop"
    )
