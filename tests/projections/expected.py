"""How much a view should keep."""

from typing import Any

from projections.fold import folding
from projections.projection import Projection
from tests.projections.log import MemoryLog


def kept(projection: Projection[Any], log: MemoryLog) -> int:
    """Its documents after the whole log, their parts included."""
    going = folding(projection)
    going.take_in(log.facts)
    return len(going.documents) + len(going.parts)
