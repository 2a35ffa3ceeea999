"""What a list is asked for, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from readmodels.view import D_co, Filter

DEFAULT_PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A part of a list: the `first` documents after a cursor, or the `last` ones before one.

    At most one of `first` and `last`; neither means the first 20. No filter is the view's own with
    nothing given. `sort` names one of the view's orderings; None is its default. Both cursors may
    be given: the page then lies between them.
    """

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    filter: Filter | None = None
    sort: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise ValueError("A page takes its first or its last documents, not both.")
        if self.size < 1:
            raise ValueError("A page has at least one document.")

    @property
    def backward(self) -> bool:
        return self.last is not None

    @property
    def size(self) -> int:
        if self.last is not None:
            return self.last
        return DEFAULT_PAGE if self.first is None else self.first


@dataclass(frozen=True, slots=True)
class Page(Generic[D_co]):
    """Documents in the list's order, each with its cursor, and whether there are more around them.

    `position` is the view's, read before the documents: each shows at least what it had taken in.
    """

    nodes: Sequence[D_co]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    position: int
