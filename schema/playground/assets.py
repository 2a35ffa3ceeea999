"""The playground's files, pinned: what is served or loaded is exactly what was tried."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).with_name("static")
MOUNTED_AT = "/playground"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of an npm package, with its SHA-384 as browsers take it."""

    package: str
    version: str
    path: str
    integrity: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def file(self) -> Path:
        """Where set-up puts it."""
        return STATIC / self.name

    @property
    def is_here(self) -> bool:
        """Whether set-up fetched it."""
        return self.file.is_file()

    @property
    def url(self) -> str:
        """Ours where set-up fetched the file, else the CDN's of the same version."""
        if self.is_here:
            return f"{MOUNTED_AT}/{self.name}"
        return f"https://cdn.jsdelivr.net/npm/{self.package}@{self.version}/{self.path}"

    def is_intact(self, content: bytes) -> bool:
        digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
        return self.integrity == f"sha384-{digest}"


STYLE = Asset(
    "graphiql",
    "4.1.2",
    "graphiql.min.css",
    "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
)

# In the order in which they need each other.
SCRIPTS = (
    Asset(
        "react",
        "18.3.1",
        "umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    Asset(
        "react-dom",
        "18.3.1",
        "umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    Asset(
        "graphql-ws",
        "5.16.2",
        "umd/graphql-ws.min.js",
        "sha384-+EVxFEOpy8LWPRQcpntm0FKN2O+BzrMNSL0G3HIgVWFmeb6xqZqjuLivrQUTXZKi",
    ),
    Asset(
        "graphiql",
        "4.1.2",
        "graphiql.min.js",
        "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
    ),
)

ASSETS = (STYLE, *SCRIPTS)
