"""All that is measured, in order."""

from collections.abc import AsyncIterator

from benchmarks.commanding import commands_a_second
from benchmarks.edge import edge
from benchmarks.figures import Section
from benchmarks.folding import facts_a_second
from benchmarks.lagging import lag
from benchmarks.servers import Servers
from benchmarks.sizes import Sizes


async def measured(servers: Servers, sizes: Sizes) -> AsyncIterator[Section]:
    """Each section as soon as it is there."""
    for measure in (commands_a_second, facts_a_second, lag, edge):
        for section in await measure(servers, sizes):
            yield section
