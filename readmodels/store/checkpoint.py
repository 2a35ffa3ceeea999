"""How far a view has come, where its documents are, and who writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from readmodels.view import Document

LAYOUT: Final = 2
"""How this version lays out documents; the module of this name says how."""

NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The worker that writes a view: a process, by its host, number and start (seconds since the
    epoch), and the worker in it, by a token."""

    host: str
    pid: int
    started: float
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """A fact on its way to many documents: the one at `position`, to all whose `field` had the
    value when it was recorded. They are taken in the order of their ids: it has reached those up to
    `reached`, `done` of them so far."""

    position: int
    field: str
    value: str
    reached: str = ""
    done: int = 0

    def is_on_its_way_to(self, document: Document) -> bool:
        return (
            getattr(document, self.field) == self.value
            and document.position.since < self.position
            and document.id > self.reached
        )

    def may_concern(self, query: Mapping[str, Any]) -> bool:
        """Whether there may be documents of it among those of a MongoDB filter."""
        asked = query.get(self.field)
        return not isinstance(asked, str) or asked == self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A view's one record: everything that readers must know together.

    `version` grows with each write of it: whoever writes names the version that it knew and
    succeeds only if none came between, so it fences off a worker whose lease was taken, and tells
    readers which of two records is newer. `position` is the log's that the documents in
    `collection` show, `revision` that of the rules which made them; `previous` is the collection
    that was read before the last rebuild, None before the first. Both are of the same `layout`.
    `documents` are there, None where
    they were never counted. `fan_outs`, in the order of their facts, have not reached all of their
    documents yet.

    `fact` tells the fact at `position` from that of any other log; empty where none was shown yet,
    or where it was not kept yet. While the log at hand is another one, `of_another_log` holds, and
    no position of it is shown.

    `changed` holds the ids that the last write touched, None where there were too many to name.
    The rest is the worker's report as of `reported_at`: the log's last position, when the oldest
    fact that is not shown yet was recorded (None when level), and what stops it, if anything does,
    in words that everybody may read.
    """

    view: str
    collection: str
    layout: int = LAYOUT
    revision: int = 0
    position: int = 0
    fact: str = ""
    of_another_log: bool = False
    version: int = 0
    previous: str | None = None
    documents: int | None = None
    fan_outs: tuple[FanOut, ...] = ()
    owner: Owner | None = None
    changed: tuple[str, ...] | None = ()
    head: int = 0
    behind_since: datetime | None = None
    failure: str | None = None
    reported_at: datetime = NEVER

    @classmethod
    def initial(cls, view: str) -> "Checkpoint":
        """Of a view that nothing has been written for."""
        return cls(view=view, collection=f"{view}.1", documents=0)

    def shows(self, position: int) -> bool:
        """Whether all facts up to a position of the log are shown, but for what fans out."""
        return position == 0 or (self.position >= position and not self.of_another_log)

    @property
    def settled(self) -> int:
        """The last position up to which all facts are shown in all of their documents."""
        if self.of_another_log:
            return 0
        return min([self.position, *(each.position - 1 for each in self.fan_outs)])

    @property
    def lag_events(self) -> int:
        """Facts recorded and not yet shown."""
        return max(0, self.head - self.position)

    def lag_seconds(self, now: datetime) -> float:
        """The age of the oldest fact that is not shown yet; 0 when level."""
        if self.behind_since is None:
            return 0.0
        return max(0.0, (now - self.behind_since).total_seconds())
