"""What must be well before requests are worth sending: both stores and the views between them."""

from datetime import UTC, datetime
from typing import Any, Final

from commands.feed import Feed
from readmodels.store import Store
from readmodels.view import VIEWS
from schema.serving.health import Check

# A worker says each second that it lives.
_SILENCE: Final = 5.0


def database_answers(feed: Feed) -> Check:
    """The write store can be read."""

    async def check() -> None:
        await feed.head()

    return check


def documents_answer(store: Store) -> Check:
    """MongoDB answers."""

    async def check() -> None:
        await store.ping()

    return check


def views_are_level(store: Store, lag: float) -> Check:
    """Every view shows all facts but those of the last `lag` seconds, and goes on showing them."""

    async def check() -> str | None:
        wrong = (_wrong(store, document, lag) for document in VIEWS)
        return "; ".join(words for words in wrong if words) or None

    return check


def _wrong(store: Store, document: type[Any], lag: float) -> str | None:
    now = datetime.now(UTC)
    checkpoint = store.checkpoint(document)
    silence = (now - checkpoint.reported_at).total_seconds()
    behind = checkpoint.lag_seconds(now)
    if checkpoint.failure:
        return f"{checkpoint.view} cannot go on: {checkpoint.failure}"
    if silence > max(lag, _SILENCE):
        return f"{checkpoint.view} has no worker that reports"
    if behind > lag:
        return f"{checkpoint.view} is {behind:.0f} seconds behind"
    return None
