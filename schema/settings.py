"""What can be set from outside, all of it through the environment."""

from __future__ import annotations

import difflib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from schema import setting_values as values
from schema.cost import AnswerBounds
from schema.serving.bounds import Bounds
from schema.setting_values import MongoDriver

log = logging.getLogger(__name__)


class SettingsError(Exception):
    """A setting that cannot be used: one sentence with its name, its value and what is accepted."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two runs; `SETTINGS` says what each field means."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path = Path(".diptych")
    database_url: str = ""
    mongo_url: str | None = None
    mongod: Path | None = None
    mongo_driver: MongoDriver = "motor"
    mongo_cache_mb: int = 256
    command_wait: float = 4.0
    read_wait: float = 3.0
    ready_lag: float = 10.0
    payment_window: timedelta = timedelta(hours=24)
    origins: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    header_kb: int = 64
    request_time: float = 30.0
    keep_alive: float = 75.0
    unread_time: float = 30.0
    connections: int = 10_000
    answer_documents: int = 2_000
    answer_kb: int = 4 * 1024
    log_level: str = "warning"

    def __post_init__(self) -> None:
        if not self.database_url:
            file = (self.data / "diptych.sqlite").absolute()
            object.__setattr__(self, "database_url", f"sqlite+aiosqlite:///{file}")

    @property
    def mongo_database(self) -> str:
        """The database of the documents: the one that the URL names, else `diptych`."""
        place = (self.mongo_url or "").partition("://")[2].partition("?")[0]
        return place.rpartition("@")[2].partition("/")[2].strip("/") or "diptych"

    @property
    def bounds(self) -> Bounds:
        """What one client, and all together, may take of the server."""
        return Bounds(
            header_bytes=self.header_kb * 1024,
            request_time=self.request_time,
            keep_alive=self.keep_alive,
            unread_time=self.unread_time,
            connections=self.connections,
        )

    @property
    def answer_bounds(self) -> AnswerBounds:
        """What one answer may take."""
        return AnswerBounds(self.answer_documents, self.answer_kb * 1024)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; an empty value counts as not set.

        Raises SettingsError for a value that is not accepted. An unknown DIPTYCH_ name is only
        warned of: it may be meant for another version.
        """
        given = {
            name: value
            for name, value in environ.items()
            if name.startswith("DIPTYCH_") and value.strip()
        }
        for name in given:
            _warn_of_unknown(name)
        return cls(
            **{
                setting.field: _value(setting, given[setting.name])
                for setting in SETTINGS
                if setting.name in given
            }
        )


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the settings table: its field, its default in words, what it means."""

    name: str
    field: str
    default: str
    meaning: str
    read: Callable[[str], Any]


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DIPTYCH_HOST",
        "host",
        "127.0.0.1",
        "The address that the server listens on.",
        values.text,
    ),
    Setting(
        "DIPTYCH_PORT",
        "port",
        "8000",
        "The port that the server listens on; 0 takes any free one.",
        values.integer(0, 65535, "a port, 0 to 65535"),
    ),
    Setting(
        "DIPTYCH_DATA",
        "data",
        ".diptych",
        "The folder of the embedded stores.",
        values.path,
    ),
    Setting(
        "DIPTYCH_DATABASE_URL",
        "database_url",
        "SQLite in the data folder",
        "The write store: sqlite:///path or postgresql://user:password@host:port/database.",
        values.database_url,
    ),
    Setting(
        "DIPTYCH_MONGO_URL",
        "mongo_url",
        "the embedded server",
        "The read store: mongodb://host:port/database, a replica set of MongoDB 6 or later.",
        values.mongo_url,
    ),
    Setting(
        "DIPTYCH_MONGOD",
        "mongod",
        "the installed wheel's, else the PATH's",
        "The mongod binary that runs as the embedded server.",
        values.path,
    ),
    Setting(
        "DIPTYCH_MONGO_DRIVER",
        "mongo_driver",
        "motor",
        "The MongoDB driver: motor, or pymongo (PyMongo's own asynchronous client).",
        values.mongo_driver,
    ),
    Setting(
        "DIPTYCH_MONGO_CACHE_MB",
        "mongo_cache_mb",
        "256",
        "The cache of the embedded server, in MiB; 256 is the least.",
        values.integer(256, 1024 * 1024, "a whole number of MiB, 256 or more"),
    ),
    Setting(
        "DIPTYCH_COMMAND_WAIT",
        "command_wait",
        "4",
        "The seconds after which a command is answered whatever the write store does.",
        values.seconds,
    ),
    Setting(
        "DIPTYCH_READ_WAIT",
        "read_wait",
        "3",
        "The seconds that a read waits for a position before it answers STALE_READ.",
        values.seconds,
    ),
    Setting(
        "DIPTYCH_READY_LAG",
        "ready_lag",
        "10",
        "The seconds behind the log from which /readyz names a view.",
        values.seconds,
    ),
    Setting(
        "DIPTYCH_PAYMENT_WINDOW",
        "payment_window",
        "24h",
        "The time after which an order that is still PENDING is cancelled: 90s, 30m, 24h or plain"
        " seconds; 0 for never.",
        values.duration,
    ),
    Setting(
        "DIPTYCH_ORIGINS",
        "origins",
        "this machine's, while DIPTYCH_HOST is a loopback address",
        "The origins whose pages may use the API, separated by commas, such as"
        " https://shop.example; * for all. The server's own pages always may.",
        values.origins,
    ),
    Setting(
        "DIPTYCH_ALLOWED_HOSTS",
        "allowed_hosts",
        "localhost, 127.0.0.1, [::1] and DIPTYCH_HOST",
        "The names under which the server may be asked, separated by commas and without a port,"
        " such as shop.example or *.shop.example; * for any. /healthz and /readyz answer all.",
        values.hosts,
    ),
    Setting(
        "DIPTYCH_HEADER_KB",
        "header_kb",
        "64",
        "The most KiB that a request's first line and headers may have together.",
        values.integer(1, 1024, "a whole number of KiB, 1 to 1024"),
    ),
    Setting(
        "DIPTYCH_REQUEST_TIME",
        "request_time",
        "30",
        "The seconds within which a request must arrive as a whole.",
        values.seconds,
    ),
    Setting(
        "DIPTYCH_KEEP_ALIVE",
        "keep_alive",
        "75",
        "The seconds that a connection stays open between two requests: longer than clients and"
        " proxies keep theirs.",
        values.seconds,
    ),
    Setting(
        "DIPTYCH_UNREAD_TIME",
        "unread_time",
        "30",
        "The seconds after which a client is cut off that reads nothing of what waits for it.",
        values.seconds,
    ),
    Setting(
        "DIPTYCH_CONNECTIONS",
        "connections",
        "10000",
        "The most connections that may be open at a time, WebSockets included, where the system"
        " allows as many open files.",
        values.integer(1, 1_000_000, "a whole number from 1 to 1000000"),
    ),
    Setting(
        "DIPTYCH_ANSWER_DOCUMENTS",
        "answer_documents",
        "2000",
        "The most documents that one request may read; 100 elements of a document's lists count as"
        " one more.",
        values.integer(100, 1_000_000, "a whole number from 100 to 1000000"),
    ),
    Setting(
        "DIPTYCH_ANSWER_KB",
        "answer_kb",
        "4096",
        "The most KiB that one answer, or one state of a subscription, may have.",
        values.integer(64, 1024 * 1024, "a whole number of KiB, 64 to 1048576"),
    ),
    Setting(
        "DIPTYCH_LOG_LEVEL",
        "log_level",
        "warning",
        "The least level that is logged: debug, info, warning, error or critical.",
        values.log_level,
    ),
)


def _warn_of_unknown(name: str) -> None:
    known = [setting.name for setting in SETTINGS]
    if name not in known:
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
        log.warning("%s is not a setting and does nothing; the nearest one is %s.", name, nearest)


def _value(setting: Setting, text: str) -> Any:
    try:
        return setting.read(text.strip())
    except ValueError as accepted:
        shown = values.without_password(text)
        raise SettingsError(f"{setting.name} is {shown!r}; it must be {accepted}.") from None
