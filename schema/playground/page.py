"""The page that a browser gets at /graphql."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schema.playground.assets import SCRIPTS, STYLE, Asset

_PAGE = Path(__file__).with_name("page.html")
_EXAMPLES = Path(__file__).with_name("examples")


def playground_page() -> str:
    """GraphiQL on this server's own /graphql: over HTTP, and subscriptions over its WebSocket."""
    examples = json.dumps(list(examples_of_the_api()), ensure_ascii=False)
    return (
        _PAGE.read_text(encoding="utf-8")
        .replace("<!-- style -->", f'<link rel="stylesheet" href="{STYLE.url}" {_checked(STYLE)}>')
        .replace("<!-- scripts -->", "\n    ".join(_script(asset) for asset in SCRIPTS))
        .replace("<!-- examples -->", examples.replace("<", "\\u003c"))
    )


def playground_policy() -> str:
    """What the page may load and do, as a Content-Security-Policy: its own files and those of the
    CDN that it names, this server's API over HTTP and WebSocket, and nothing else."""
    scripts, styles = _sources(*SCRIPTS), _sources(STYLE)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            # GraphiQL's dialogs make a style element each, made of the window's measures.
            f"style-src {styles} 'unsafe-inline'",
            "font-src data:",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _sources(*assets: Asset) -> str:
    elsewhere = (asset.url for asset in assets if not asset.is_here)
    return " ".join(("'self'", *elsewhere))


def examples_of_the_api() -> Iterator[dict[str, Any]]:
    """A tab each: an operation, and its variables, in which $customer, $product, $order and
    $open (an order that can be cancelled) stand for ids of the newest that there are, and $tag
    for a text that is always another."""
    for operation in sorted(_EXAMPLES.glob("*.graphql")):
        variables = json.loads(operation.with_suffix(".json").read_text("utf-8"))
        yield {"query": operation.read_text("utf-8"), "variables": variables}


def _script(asset: Asset) -> str:
    return f'<script src="{asset.url}" {_checked(asset)}></script>'


def _checked(asset: Asset) -> str:
    return f'integrity="{asset.integrity}" crossorigin="anonymous"'
