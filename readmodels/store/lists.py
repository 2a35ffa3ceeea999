"""Pages of lists by keyset: a page begins at a place in the order, never at a count."""

from itertools import takewhile
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from readmodels.store.codec import decode
from readmodels.store.cursors import Sorting, sorting_of
from readmodels.store.driver import Raw
from readmodels.store.hints import along
from readmodels.store.paging import Page, PageRequest
from readmodels.store.queries import Query, query_of
from readmodels.view import D, Ordering, View, view_of

Place = tuple[Any, ...]


class Listing:
    """A page's request in MongoDB's terms, walked in the direction that it asks for."""

    def __init__(self, view: View[Any], sorting: Sorting, request: PageRequest) -> None:
        filter = request.filter or (view.filter() if view.filter else None)
        self.filter: Query = query_of(filter)
        self.ordering = _reversed(sorting.ordering) if request.backward else sorting.ordering
        self.index = index_for(view, self.filter, self.ordering)
        start, stop = request.after, request.before
        if request.backward:
            start, stop = stop, start
        self.start = None if start is None else sorting.place(start)
        self.stop = None if stop is None else sorting.place(stop)
        self.limit = request.size + 1
        self.backward = request.backward

    def page(self) -> tuple[Query, Ordering]:
        """What the page is taken from, all beyond its start and short of its stop, and in which
        order."""
        bounds: list[Query] = []
        same = self._same()
        if same:
            # Named as the values that they are: MongoDB would not walk the index in order else.
            paths = (path for path, _ in self.ordering[:same])
            bounds.append(dict(zip(paths, self.start or (), strict=False)))
        ordering = self.ordering[same:]
        if self.start is not None:
            bounds.append(beyond(ordering, self.start[same:]))
        if self.stop is not None:
            bounds.append(beyond(_reversed(ordering), self.stop[same:]))
        return _all(self.filter, bounds), ordering

    def _same(self) -> int:
        """How many of the ordering's fields have one value from the start to the stop; the last
        always tells."""
        if self.start is None or self.stop is None:
            return 0
        pairs = zip(self.start[:-1], self.stop[:-1], strict=True)
        return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))

    def behind(self, start: Place) -> Query:
        """What the page's start has left behind, the document there included."""
        return _all(self.filter, [beyond(_reversed(self.ordering), start, included=True)])

    def ahead(self, stop: Place) -> Query:
        """What the page's stop keeps out, the document there included."""
        return _all(self.filter, [beyond(self.ordering, stop, included=True)])


def index_for(view: View[Any], filter: Query, ordering: Ordering) -> Ordering:
    """The declared index along which a list is walked: named to MongoDB, which else goes by how
    trials of some plans turn out, and may come to sort in memory.

    Behind fields that the filter gives it has the ordering, in either direction; the more the
    filter gives of it, the better.
    """
    best: Ordering = ()
    for index in view.indexes:
        given, ordered = index.fields[: -len(ordering)], index.fields[-len(ordering) :]
        if (
            ordered in (ordering, _reversed(ordering))
            and all(path in filter for path, _ in given)
            and len(index.fields) > len(best)
        ):
            best = index.fields
    if not best:
        raise LookupError(f"{view.name} has no index for {ordering} with {sorted(filter)}.")
    return best


def beyond(ordering: Ordering, place: Place, *, included: bool = False) -> Query:
    """Documents after a place in an ordering: from the first field's value on, without those that
    a later field puts before the place.

    Not the same said with $or: MongoDB would walk its branches apart and sort what they find.
    """
    paths = [path for path, _ in ordering]
    last = len(ordering) - 1
    before = []
    for n, (path, direction) in enumerate(ordering[1:], start=1):
        step = "$lt" if direction > 0 else "$gt"
        passed = step if n < last or included else step + "e"
        before.append({**dict(zip(paths[:n], place, strict=False)), path: {passed: place[n]}})
    step = "$gt" if ordering[0][1] > 0 else "$lt"
    first = {paths[0]: {step + "e" if last or included else step: place[0]}}
    return {**first, "$nor": before} if before else first


def _all(filter: Query, bounds: list[Query]) -> Query:
    return {"$and": [filter, *bounds]} if bounds else filter


def _reversed(ordering: Ordering) -> Ordering:
    return tuple((path, -1 if direction > 0 else 1) for path, direction in ordering)


async def read_page(
    collection: AsyncCollection[Raw], document: type[D], request: PageRequest, position: int
) -> Page[D]:
    """The page, of a view whose position was read before. Raises BadCursor."""
    sorting = sorting_of(document, request.sort)
    listing = Listing(view_of(document), sorting, request)

    async def read(hint: Ordering | None) -> Page[D]:
        return await _read_page(collection, document, sorting, listing, hint, position)

    return await along(listing.index, read)


async def _read_page(
    collection: AsyncCollection[Raw],
    document: type[D],
    sorting: Sorting,
    listing: Listing,
    hint: Ordering | None,
    position: int,
) -> Page[D]:
    async def any_of(query: Query, ordering: Ordering) -> bool:
        found = await collection.find_one(query, {"_id": 1}, sort=ordering, hint=hint)
        return found is not None

    query, ordering = listing.page()
    cursor = collection.find(query, sort=ordering, limit=listing.limit, hint=hint)
    found = await cursor.to_list(listing.limit)
    ahead = len(found) == listing.limit
    if not ahead and listing.stop is not None:
        ahead = await any_of(listing.ahead(listing.stop), listing.ordering)
    behind = listing.start is not None and await any_of(
        listing.behind(listing.start), _reversed(listing.ordering)
    )
    nodes = [decode(raw, document) for raw in found[: listing.limit - 1]]
    if listing.backward:
        nodes.reverse()
        ahead, behind = behind, ahead
    return Page(nodes, [sorting.cursor_of(node) for node in nodes], ahead, behind, position)
