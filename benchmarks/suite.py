"""All that is measured, in order."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

from benchmarks.commanding import commands_a_second
from benchmarks.edge import edge
from benchmarks.figures import Section
from benchmarks.folding import facts_a_second
from benchmarks.following import following
from benchmarks.lagging import lag
from benchmarks.queries.asking import queries
from benchmarks.servers import Servers
from benchmarks.sizes import Sizes

MEASURES: Mapping[str, Callable[[Servers, Sizes], Awaitable[Sequence[Section]]]] = {
    "commands": commands_a_second,
    "facts": facts_a_second,
    "lag": lag,
    "edge": edge,
    "queries": queries,
    "following": following,
}


async def measured(servers: Servers, sizes: Sizes, names: Iterable[str]) -> AsyncIterator[Section]:
    """The sections of these measures, each as soon as it is there."""
    for name in names:
        for section in await MEASURES[name](servers, sizes):
            yield section
