"""Those who follow a list, kept by the values that their filters fix."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Generic

from readmodels.filter import Route, routes_of, routes_to
from readmodels.store.list_follower import ListFollower
from readmodels.view import D


class Followers(Generic[D]):
    """Finds whom a change may concern without asking each: of ten thousand who follow the orders of
    as many customers it finds one."""

    def __init__(self, filter: type[Any]) -> None:
        self._filter = filter
        self._all: dict[ListFollower[D], None] = {}
        self._by_route: defaultdict[Route, dict[ListFollower[D], None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[ListFollower[D]]:
        return iter(list(self._all))

    def add(self, follower: ListFollower[D]) -> None:
        self._all[follower] = None
        for route in routes_to(follower.filter):
            self._by_route[route][follower] = None

    def discard(self, follower: ListFollower[D]) -> None:
        self._all.pop(follower, None)
        for route in routes_to(follower.filter):
            there = self._by_route[route]
            there.pop(follower, None)
            if not there:
                del self._by_route[route]

    def concerned_by(self, document: D, since: int) -> Sequence[ListFollower[D]]:
        """Those whose filter may match the document, or has matched it since a position."""
        found: dict[ListFollower[D], None] = {}
        for route in routes_of(self._filter, document, since):
            if route in self._by_route:
                found.update(self._by_route[route])
        return list(found)
