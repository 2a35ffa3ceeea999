"""All projections: every module of this package that has one under the module's own name."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Any

import projections
from projections.projection import Projection


@cache
def all_projections() -> Sequence[Projection[Any]]:
    """The projections in the order of their names."""
    found = []
    for module in pkgutil.iter_modules(projections.__path__):
        candidate = getattr(
            importlib.import_module(f"projections.{module.name}"), module.name, None
        )
        if isinstance(candidate, Projection):
            found.append(candidate)
    return tuple(sorted(found, key=lambda each: each.name))
