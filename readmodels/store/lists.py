"""Pages of lists by keyset: a page begins at a place in the order, never at a count."""

from collections.abc import Mapping
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from readmodels.store.codec import decode
from readmodels.store.cursors import Sorting, sorting_of
from readmodels.store.driver import Raw
from readmodels.store.paging import Page, PageRequest
from readmodels.view import D, Ordering

Query = Mapping[str, Any]
Place = tuple[Any, ...]


class Listing:
    """A page's request in MongoDB's terms, walked in the direction that it asks for."""

    def __init__(self, sorting: Sorting, request: PageRequest) -> None:
        self.filter: Query = request.filter.query() if request.filter else {}
        self.ordering = _reversed(sorting.ordering) if request.backward else sorting.ordering
        start, stop = request.after, request.before
        if request.backward:
            start, stop = stop, start
        self.start = None if start is None else sorting.place(start)
        self.stop = None if stop is None else sorting.place(stop)
        self.limit = request.size + 1

    def page(self) -> Query:
        """What the page is taken from: all beyond its start and short of its stop."""
        bounds = []
        if self.start is not None:
            bounds.append(beyond(self.ordering, self.start))
        if self.stop is not None:
            bounds.append(beyond(_reversed(self.ordering), self.stop))
        return _all(self.filter, bounds)

    def behind(self, start: Place) -> Query:
        """What the page's start has left behind, the document there included."""
        return _all(self.filter, [beyond(_reversed(self.ordering), start, included=True)])

    def ahead(self, stop: Place) -> Query:
        """What the page's stop keeps out, the document there included."""
        return _all(self.filter, [beyond(self.ordering, stop, included=True)])


def beyond(ordering: Ordering, place: Place, *, included: bool = False) -> Query:
    """Documents after a place in an ordering.

    The bound on the first field says nothing that the rest does not: it lets MongoDB walk the
    index from there, which it does not see in an $or.
    """
    steps = [("$gt" if direction > 0 else "$lt") for _, direction in ordering]
    paths = [path for path, _ in ordering]
    branches = []
    for n, (path, step) in enumerate(zip(paths, steps, strict=True)):
        last = n == len(ordering) - 1
        compared = step + "e" if last and included else step
        branches.append({**dict(zip(paths[:n], place, strict=False)), path: {compared: place[n]}})
    return {paths[0]: {steps[0] + "e": place[0]}, "$or": branches}


def _all(filter: Query, bounds: list[Query]) -> Query:
    return {"$and": [filter, *bounds]} if bounds else filter


def _reversed(ordering: Ordering) -> Ordering:
    return tuple((path, -1 if direction > 0 else 1) for path, direction in ordering)


async def read_page(
    collection: AsyncCollection[Raw], document: type[D], request: PageRequest, position: int
) -> Page[D]:
    """The page, of a view whose position was read before. Raises BadCursor."""
    sorting = sorting_of(document, request.sort)
    listing = Listing(sorting, request)

    async def any_of(query: Query, ordering: Ordering) -> bool:
        return await collection.find_one(query, {"_id": 1}, sort=ordering) is not None

    cursor = collection.find(listing.page(), sort=listing.ordering, limit=listing.limit)
    found = await cursor.to_list(listing.limit)
    ahead = len(found) == listing.limit
    if not ahead and listing.stop is not None:
        ahead = await any_of(listing.ahead(listing.stop), listing.ordering)
    behind = listing.start is not None and await any_of(
        listing.behind(listing.start), _reversed(listing.ordering)
    )
    nodes = [decode(raw, document) for raw in found[: listing.limit - 1]]
    if request.backward:
        nodes.reverse()
        ahead, behind = behind, ahead
    return Page(nodes, [sorting.cursor(node) for node in nodes], ahead, behind, position)
