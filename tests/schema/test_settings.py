from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from schema.serving.bounds import Bounds
from schema.settings import SETTINGS, Settings, SettingsError


def refusal(**environ: str) -> str:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(environ)
    return str(refused.value)


def test_nothing_set_gives_the_embedded_stores_on_loopback() -> None:
    settings = Settings.from_env({})
    assert settings == Settings(
        host="127.0.0.1",
        port=8000,
        data=Path(".diptych"),
        database_url=f"sqlite+aiosqlite:///{Path.cwd()}/.diptych/diptych.sqlite",
        mongo_url=None,
        mongod=None,
        mongo_driver="motor",
        mongo_cache_mb=256,
        command_wait=4.0,
        read_wait=3.0,
        ready_lag=10.0,
        payment_window=timedelta(hours=24),
        origins=(),
        allowed_hosts=(),
        header_kb=64,
        request_time=30.0,
        keep_alive=75.0,
        unread_time=30.0,
        connections=10_000,
        log_level="warning",
    )
    assert settings.bounds == Bounds(
        header_bytes=65_536,
        request_time=30.0,
        keep_alive=75.0,
        unread_time=30.0,
        connections=10_000,
    )
    assert settings.mongo_database == "diptych"


def test_every_setting_is_read_from_its_variable() -> None:
    settings = Settings.from_env(
        {
            "DIPTYCH_HOST": "0.0.0.0",
            "DIPTYCH_PORT": "0",
            "DIPTYCH_DATA": "/var/lib/diptych",
            "DIPTYCH_DATABASE_URL": "postgresql://user:word@db:5432/orders",
            "DIPTYCH_MONGO_URL": "mongodb://user:word@mongo:27017/shop?replicaSet=rs0",
            "DIPTYCH_MONGOD": "/opt/mongod",
            "DIPTYCH_MONGO_DRIVER": "pymongo",
            "DIPTYCH_MONGO_CACHE_MB": "512",
            "DIPTYCH_COMMAND_WAIT": "2.5",
            "DIPTYCH_READ_WAIT": "0.5",
            "DIPTYCH_READY_LAG": "30",
            "DIPTYCH_PAYMENT_WINDOW": "30m",
            "DIPTYCH_ORIGINS": "https://shop.example, https://desk.example",
            "DIPTYCH_ALLOWED_HOSTS": "Shop.example, *.desk.example",
            "DIPTYCH_HEADER_KB": "16",
            "DIPTYCH_REQUEST_TIME": "10",
            "DIPTYCH_KEEP_ALIVE": "90",
            "DIPTYCH_UNREAD_TIME": "20.5",
            "DIPTYCH_CONNECTIONS": "500",
            "DIPTYCH_LOG_LEVEL": "INFO",
            "PATH": "/usr/bin",
        }
    )
    assert settings == Settings(
        host="0.0.0.0",
        port=0,
        data=Path("/var/lib/diptych"),
        database_url="postgresql+asyncpg://user:word@db:5432/orders",
        mongo_url="mongodb://user:word@mongo:27017/shop?replicaSet=rs0",
        mongod=Path("/opt/mongod"),
        mongo_driver="pymongo",
        mongo_cache_mb=512,
        command_wait=2.5,
        read_wait=0.5,
        ready_lag=30.0,
        payment_window=timedelta(minutes=30),
        origins=("https://shop.example", "https://desk.example"),
        allowed_hosts=("shop.example", "*.desk.example"),
        header_kb=16,
        request_time=10.0,
        keep_alive=90.0,
        unread_time=20.5,
        connections=500,
        log_level="info",
    )
    assert settings.bounds == Bounds(
        header_bytes=16_384,
        request_time=10.0,
        keep_alive=90.0,
        unread_time=20.5,
        connections=500,
    )
    assert settings.mongo_database == "shop"


def test_an_empty_value_counts_as_not_set() -> None:
    assert Settings.from_env({"DIPTYCH_PORT": "", "DIPTYCH_MONGO_URL": " "}) == Settings()


def test_the_sqlite_file_follows_the_data_folder(tmp_path: Path) -> None:
    settings = Settings.from_env({"DIPTYCH_DATA": str(tmp_path)})
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/diptych.sqlite"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("sqlite:///orders.sqlite", "sqlite+aiosqlite:///orders.sqlite"),
        ("sqlite:////var/orders.sqlite", "sqlite+aiosqlite:////var/orders.sqlite"),
        ("sqlite+aiosqlite:///orders.sqlite", "sqlite+aiosqlite:///orders.sqlite"),
        ("postgres://db/orders", "postgresql+asyncpg://db/orders"),
        ("postgresql+asyncpg://u:p@db:5433/orders", "postgresql+asyncpg://u:p@db:5433/orders"),
        ("postgresql:///orders?host=/run/pg", "postgresql+asyncpg:///orders?host=/run/pg"),
    ],
)
def test_a_database_url_is_given_to_its_asynchronous_driver(given: str, read: str) -> None:
    assert Settings.from_env({"DIPTYCH_DATABASE_URL": given}).database_url == read


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "80.0", "٨٠"])
def test_a_wrong_port_is_refused_in_one_sentence(port: str) -> None:
    assert refusal(DIPTYCH_PORT=port) == f"DIPTYCH_PORT is {port!r}; it must be a port, 0 to 65535."


@pytest.mark.parametrize("wait", ["0", "-1", "nan", "inf", "soon"])
def test_a_wait_is_a_finite_time_above_zero(wait: str) -> None:
    assert refusal(DIPTYCH_READ_WAIT=wait) == (
        f"DIPTYCH_READ_WAIT is '{wait}'; it must be a number of seconds above 0, such as 5 or 0.5."
    )


@pytest.mark.parametrize(
    ("given", "window"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("1.5h", timedelta(minutes=90)),
        ("86400", timedelta(days=1)),
        ("0.25", timedelta(milliseconds=250)),
        ("0", timedelta(0)),
        ("0h", timedelta(0)),
        ("876000h", timedelta(days=36_500)),
    ],
)
def test_a_payment_window_is_seconds_minutes_or_hours(given: str, window: timedelta) -> None:
    assert Settings.from_env({"DIPTYCH_PAYMENT_WINDOW": given}).payment_window == window


@pytest.mark.parametrize("window", ["-1", "1d", "h", "24 h", "1e3", "nan", "never", "876001h"])
def test_a_payment_window_of_another_form_is_refused(window: str) -> None:
    assert refusal(DIPTYCH_PAYMENT_WINDOW=window) == (
        f"DIPTYCH_PAYMENT_WINDOW is '{window}'; it must be"
        " a time such as 90s, 30m or 24h, plain seconds, or 0 for none."
    )


@pytest.mark.parametrize(
    "url",
    [
        *("mysql://db/orders", "orders.sqlite", "sqlite://", "sqlite:///", "postgresql://db"),
        *("sqlite:///:memory:", "sqlite+aiosqlite:///:memory:", "sqlite:///x?mode=memory"),
    ],
)
def test_a_database_url_of_another_kind_is_refused(url: str) -> None:
    assert refusal(DIPTYCH_DATABASE_URL=url) == (
        f"DIPTYCH_DATABASE_URL is '{url}'; it must be sqlite:///path/to/file "
        "(an absolute path has four slashes) "
        "or postgresql://user:password@host:port/database."
    )


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DIPTYCH_DATABASE_URL", "mysql://user:s3cret@db/orders"),
        ("DIPTYCH_DATABASE_URL", "mysql://user:s3c@ret@db/orders?password=s3cret"),
        ("DIPTYCH_MONGO_URL", "mongo://user:s3cret@db/orders"),
    ],
)
def test_a_refusal_never_shows_a_password(name: str, url: str) -> None:
    sentence = refusal(**{name: url})
    assert "user:***@db/orders" in sentence
    assert "s3c" not in sentence


def test_an_unknown_name_is_warned_of_with_the_nearest_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert Settings.from_env({"DIPTYCH_PROT": "80"}) == Settings()
    assert caplog.messages == [
        "DIPTYCH_PROT is not a setting and does nothing; the nearest one is DIPTYCH_PORT."
    ]


def test_other_wrong_values_say_what_is_accepted() -> None:
    assert refusal(DIPTYCH_MONGO_DRIVER="mongoengine") == (
        "DIPTYCH_MONGO_DRIVER is 'mongoengine'; it must be motor or pymongo."
    )
    assert refusal(DIPTYCH_MONGO_CACHE_MB="128") == (
        "DIPTYCH_MONGO_CACHE_MB is '128'; it must be a whole number of MiB, 256 or more."
    )
    assert refusal(DIPTYCH_MONGO_URL="localhost:27017") == (
        "DIPTYCH_MONGO_URL is 'localhost:27017'; "
        "it must be mongodb://host:port/database or mongodb+srv://host/database."
    )


@pytest.mark.parametrize(
    ("url", "database"),
    [
        ("mongodb://mongo:27017", "diptych"),
        ("mongodb://mongo/?replicaSet=rs0", "diptych"),
        ("mongodb://a:b@one:1,two:2/shop?replicaSet=rs0", "shop"),
        ("mongodb://[::1/shop", "shop"),
    ],
)
def test_the_documents_are_in_the_database_that_the_url_names(url: str, database: str) -> None:
    assert Settings(mongo_url=url).mongo_database == database


def test_the_table_has_one_line_for_each_field() -> None:
    assert [setting.field for setting in SETTINGS] == [field.name for field in fields(Settings)]
