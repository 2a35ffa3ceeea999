"""The page that a browser gets at /graphql."""

from __future__ import annotations

import json
from pathlib import Path

from schema.playground.assets import SCRIPTS, STYLE, Asset

_PAGE = Path(__file__).with_name("page.html")
_EXAMPLES = Path(__file__).with_name("examples")


def playground_page() -> str:
    """GraphiQL on this server's own /graphql: over HTTP, and subscriptions over its WebSocket."""
    tabs = [{"query": text.read_text("utf-8")} for text in sorted(_EXAMPLES.iterdir())]
    return (
        _PAGE.read_text(encoding="utf-8")
        .replace("<!-- style -->", f'<link rel="stylesheet" href="{STYLE.url}" {_checked(STYLE)}>')
        .replace("<!-- scripts -->", "\n    ".join(_script(asset) for asset in SCRIPTS))
        .replace("/* tabs */", json.dumps(tabs).replace("<", "\\u003c"))
    )


def _script(asset: Asset) -> str:
    return f'<script src="{asset.url}" {_checked(asset)}></script>'


def _checked(asset: Asset) -> str:
    return f'integrity="{asset.integrity}" crossorigin="anonymous"'
