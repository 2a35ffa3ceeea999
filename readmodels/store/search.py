"""Pages of the documents in which words are found, best match first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pymongo import IndexModel
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor

from readmodels.document import SEARCHED
from readmodels.store.codec import decode
from readmodels.store.cursors import Cursors
from readmodels.store.driver import Raw
from readmodels.store.hints import along
from readmodels.store.paging import Page, PageRequest
from readmodels.store.queries import Query, query_of
from readmodels.view import D, Ordering, Search, View, ascending
from readmodels.words import Wanted, folded, wanted_in

MOST_HITS: Final = 1_000

_EXACT: Final = 2e6
_PREFIX: Final = 1e6
"""Beyond every score that MongoDB gives: whoever types an SKU, or how it begins, means it."""

_CURSORS: Final = Cursors("TEXT", [float])
_AFTER_EVERY_TEXT: Final = "\U0010ffff"

Place = tuple[float, str]
"""Of a hit: its score, negated so that in this order the best comes first, and its id."""


def text_index(search: Search) -> IndexModel:
    """No language's: no word is left out or cut to its stem."""
    weights = {f"{SEARCHED}.{field}": weight for field, weight in search.weights.items()}
    fields = [(field, "text") for field in weights]
    return IndexModel(fields, name="text", weights=weights, default_language="none")


@dataclass(frozen=True, slots=True)
class Hits:
    """All hits, best first, and the part of them that a page may be taken from."""

    places: Sequence[Place]
    start: Place | None
    stop: Place | None

    def page(self, size: int, backward: bool) -> Sequence[Place]:
        within = [
            place
            for place in self.places
            if (self.start is None or place > self.start)
            and (self.stop is None or place < self.stop)
        ]
        return within[-size:] if backward else within[:size]

    def ahead(self, page: Sequence[Place]) -> bool:
        """Whether any follows the page; of an empty one, from its stop on."""
        if page:
            return self.places[-1] > page[-1]
        return self.stop is not None and any(place >= self.stop for place in self.places)

    def behind(self, page: Sequence[Place]) -> bool:
        """Whether any precedes the page; of an empty one, up to its start."""
        if page:
            return self.places[0] < page[0]
        return self.start is not None and any(place <= self.start for place in self.places)


async def read_hits(
    collection: AsyncCollection[Raw],
    view: View[D],
    text: str,
    request: PageRequest,
    position: int,
) -> Page[D]:
    """The page of at most 1,000 hits, ranked by their scores, ties by id. Raises BadCursor."""
    assert view.search is not None
    assert request.filter is not None
    start, stop = (_place(cursor) for cursor in (request.after, request.before))
    places = await _places(collection, view.search, text, query_of(request.filter))
    hits = Hits(places, start, stop)
    page = hits.page(request.size, request.backward)
    ids = [id for _, id in page]
    found = {raw["_id"]: raw async for raw in collection.find({"_id": {"$in": ids}})}
    shown = [place for place in page if place[1] in found]
    return Page(
        [decode(found[id], view.document) for _, id in shown],
        [_CURSORS.cursor(place) for place in shown],
        hits.ahead(page),
        hits.behind(page),
        position,
    )


def check_hit_cursor(cursor: str) -> None:
    """Raises BadCursor."""
    _CURSORS.place(cursor)


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    score, id = _CURSORS.place(cursor)
    return score, id


async def _places(
    collection: AsyncCollection[Raw], search: Search, text: str, filter: Query
) -> Sequence[Place]:
    scores: dict[str, float] = {}
    wanted = wanted_in(text)
    if wanted.terms:
        async for raw in words_found(collection, wanted.terms, _whole(wanted, search, filter)):
            scores[raw["_id"]] = raw["score"]
    if prefix := folded(text).strip():

        async def begun(hint: Ordering | None) -> Sequence[Raw]:
            found = prefix_found(collection, search.prefix, prefix, filter, hint)
            return await found.to_list(MOST_HITS)

        for raw in await along(ascending(search.prefix, "_id"), begun):
            score = _EXACT if raw[search.prefix] == prefix else _PREFIX
            scores[raw["_id"]] = scores.get(raw["_id"], 0.0) + score
    return sorted((-score, id) for id, score in scores.items())[:MOST_HITS]


def _whole(wanted: Wanted, search: Search, filter: Query) -> Query:
    """The filter, and where a run is looked for, that it stands in the document as a whole: the
    text index alone finds what has any pair of it."""
    if wanted.pattern is None:
        return filter
    standing = [{f"{SEARCHED}.{field}": {"$regex": wanted.pattern}} for field in search.weights]
    return {"$and": [filter, {"$or": standing}]}


def words_found(collection: AsyncCollection[Raw], words: str, filter: Query) -> AsyncCursor[Raw]:
    """The ids and the scores of the best hits."""
    score = {"$meta": "textScore"}
    return collection.find(
        {**filter, "$text": {"$search": words}},
        {"_id": 1, "score": score},
        sort=[("score", score), ("_id", 1)],
        limit=MOST_HITS,
    )


def prefix_found(
    collection: AsyncCollection[Raw],
    field: str,
    prefix: str,
    filter: Query,
    hint: Ordering | None,
) -> AsyncCursor[Raw]:
    """The first documents whose field begins with the prefix, with the field."""
    return collection.find(
        {**filter, field: {"$gte": prefix, "$lt": prefix + _AFTER_EVERY_TEXT}},
        {field: 1},
        sort=[(field, 1), ("_id", 1)],
        limit=MOST_HITS,
        hint=hint,
    )
