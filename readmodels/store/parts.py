"""The parts of a view's documents: inner documents in a collection of their own, beside theirs."""

from collections.abc import Iterable
from typing import Final

from pymongo.asynchronous.collection import AsyncCollection

from readmodels.store.driver import Raw
from readmodels.view import Index, ascending

RANKS: Final = Index(ascending("summary", "rank", "_id"))


def parts_of(collection: str) -> str:
    """The name of the collection that holds the parts of another's documents."""
    return f"{collection}.parts"


def ranked_parts(summary: str, without: Iterable[str]) -> Raw:
    """A document's parts that have a rank but those of the given ids, as a filter."""
    return {"summary": summary, "rank": {"$type": "number"}, "_id": {"$nin": list(without)}}


async def read_ranks(
    parts: AsyncCollection[Raw], summary: str, without: Iterable[str]
) -> tuple[int | None, int | None]:
    """The least and the greatest rank among a document's parts but those of the given ids."""
    wanted = ranked_parts(summary, without)

    async def end(direction: int) -> int | None:
        found = await parts.find_one(wanted, {"rank": 1}, sort=[("rank", direction)])
        return None if found is None else int(found["rank"])

    return await end(1), await end(-1)
