"""Waiting, in a command, until the documents show the whole log."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from commands.feed import Feed
from readmodels.store import StaleRead, Store
from readmodels.view import VIEWS, view_of

PATIENCE: Final = 30.0
"""Seconds without any progress after which a view is given up."""

_LOOK_EVERY: Final = 0.5

Progress = Callable[[int, int], None]
"""Is told the position that all views show, and the one to reach."""


class NotLevel(Exception):
    """A view does not get on: one sentence that says which, and why where it is known."""


async def level(store: Store, feed: Feed, progress: Progress | None = None) -> int:
    """Returns the log's head once every view shows it. However long that takes, as long as they
    get on; otherwise raises NotLevel."""
    head = await feed.head()
    for document in VIEWS:
        # A view of a longer log gets nowhere; whoever looks at its documents will tell.
        if store.checkpoint(document).position <= await feed.head():
            await _level(store, document, head, progress)
    return head


async def _level(store: Store, document: type[Any], head: int, progress: Progress | None) -> None:
    now = asyncio.get_running_loop().time
    seen, moved_at = store.checkpoint(document), now()
    level = False
    while not level:
        try:
            await store.wait(document, head, _LOOK_EVERY)
            level = True
        except StaleRead:
            shown = store.checkpoint(document)
            if shown.of_another_log:
                return
            if (shown.position, shown.fan_outs) != (seen.position, seen.fan_outs):
                seen, moved_at = shown, now()
            elif now() - moved_at > PATIENCE:
                raise NotLevel(_sentence(store, document, head)) from None
        if progress:
            progress(min(store.checkpoint(each).settled for each in VIEWS), head)


def _sentence(store: Store, document: type[Any], head: int) -> str:
    checkpoint = store.checkpoint(document)
    why = checkpoint.failure or "no projector works on it"
    return (
        f"The view {view_of(document).name} stands at position {checkpoint.position} of {head}:"
        f" {why}."
    )
