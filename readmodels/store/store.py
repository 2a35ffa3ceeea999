"""The one way to the documents: reading them, waiting for them, following them."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Literal

from readmodels.store.checkpoint import Checkpoint
from readmodels.store.paging import Page, PageRequest
from readmodels.view import D

DriverName = Literal["motor", "pymongo"]


class Store:
    @classmethod
    async def open(cls, url: str, database: str, driver: DriverName = "motor") -> "Store":
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError

    async def ping(self) -> None:
        raise NotImplementedError

    async def get(self, document: type[D], id: str) -> D | None:
        raise NotImplementedError

    async def get_many(self, document: type[D], ids: Iterable[str]) -> Mapping[str, D]:
        raise NotImplementedError

    async def find_by(self, document: type[D], field: str, value: Any) -> D | None:
        raise NotImplementedError

    async def page(self, document: type[D], request: PageRequest) -> Page[D]:
        raise NotImplementedError

    async def wait(self, document: type[D], position: int, timeout: float) -> None:
        raise NotImplementedError

    def changes(self, document: type[D], id: str, after: int | None = None) -> AsyncIterator[D]:
        raise NotImplementedError

    def checkpoints(self) -> Sequence[Checkpoint]:
        raise NotImplementedError
