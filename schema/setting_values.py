"""How the text of a setting becomes its value; a ValueError says in words what is accepted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

MongoDriver = Literal["motor", "pymongo"]

_POSTGRES = ("postgresql", "postgres", "postgresql+asyncpg")
_SQLITE = ("sqlite", "sqlite+aiosqlite")
_MONGO = ("mongodb", "mongodb+srv")
# A write store that ends with its connection would forget what it has acknowledged.
_MEMORY = re.compile(r"/|/:memory:(\?.*)?|.*[?&]mode=memory.*")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
# Those of applications that are no web page have schemes of their own; no origin has a path.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?|null")
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_OWN_PORTS = (("http://", ":80"), ("https://", ":443"))
_CENTURY = 100 * 365 * 24 * 3600


def text(value: str) -> str:
    return value


def path(value: str) -> Path:
    return Path(value).expanduser()


def integer(least: int, most: int, accepted: str) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise ValueError(accepted)
        return int(value)

    return read


def seconds(value: str) -> float:
    accepted = "a number of seconds above 0, such as 5 or 0.5"
    try:
        number = float(value)
    except ValueError:
        raise ValueError(accepted) from None
    if not 0 < number < math.inf:
        raise ValueError(accepted)
    return number


def duration(value: str) -> timedelta:
    given = _DURATION.fullmatch(value)
    seconds = float(given[1]) * _SECONDS[given[2]] if given else math.inf
    if seconds > _CENTURY:
        raise ValueError("a time such as 90s, 30m or 24h, plain seconds, or 0 for none")
    return timedelta(milliseconds=round(seconds * 1000))


def mongo_driver(value: str) -> MongoDriver:
    if value not in ("motor", "pymongo"):
        raise ValueError("motor or pymongo")
    return cast(MongoDriver, value)


def log_level(value: str) -> str:
    if value.lower() not in ("debug", "info", "warning", "error", "critical"):
        raise ValueError("debug, info, warning, error or critical")
    return value.lower()


def database_url(value: str) -> str:
    """The URL in the form of the asynchronous driver that serves it."""
    scheme, _, rest = value.partition("://")
    if scheme in _SQLITE and rest.startswith("/") and not _MEMORY.fullmatch(rest):
        return f"sqlite+aiosqlite://{rest}"
    if scheme in _POSTGRES and _names_a_database(value):
        return f"postgresql+asyncpg://{rest}"
    raise ValueError(
        "sqlite:///path/to/file (an absolute path has four slashes) "
        "or postgresql://user:password@host:port/database"
    )


def _names_a_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return len(parts.path) > 1 and (bool(parts.hostname) or "host=" in parts.query)


def mongo_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme not in _MONGO or not rest.strip("/"):
        raise ValueError("mongodb://host:port/database or mongodb+srv://host/database")
    return value


def origins(value: str) -> tuple[str, ...]:
    """Each as browsers write it; `*` stands alone."""
    if value == "*":
        return ("*",)
    return tuple(_origin(each.strip().lower()) for each in value.split(","))


def _origin(value: str) -> str:
    if not _ORIGIN.fullmatch(value):
        raise ValueError("origins such as https://shop.example, separated by commas, or * for all")
    for scheme, port in _OWN_PORTS:
        if value.startswith(scheme):
            return value.removesuffix(port)
    return value


def hosts(value: str) -> tuple[str, ...]:
    """Each in lower case; `*` stands alone."""
    if value == "*":
        return ("*",)
    return tuple(_host(each.strip().lower()) for each in value.split(","))


def _host(value: str) -> str:
    bracketed = f"[{value}]" if value.count(":") > 1 and "[" not in value else value
    if not _HOST.fullmatch(bracketed):
        raise ValueError(
            "hosts without a port, such as shop.example or *.shop.example, separated by commas,"
            " or * for any"
        )
    return bracketed


def without_password(value: str) -> str:
    """The value as it may be shown: a URL keeps its user and place, never its password."""
    scheme, separator, rest = value.partition("://")
    if not separator:
        return value
    authority, at, place = rest.rpartition("@")
    shown = f"{authority.partition(':')[0]}:***@{place}" if at else place
    shown, mark, options = shown.partition("?")
    return f"{scheme}://{shown}" + ("?…" if mark and "password" in options else mark + options)
