"""Which documents have a page of their own, and how an id says which of them it names."""

from collections.abc import Mapping
from typing import Any, Final

import strawberry

from readmodels.customer import Customer
from readmodels.order import Order
from readmodels.product import Product

NODES: Final[Mapping[str, type[Any]]] = {"ord": Order, "prd": Product, "cus": Customer}
"""By the prefix of their ids."""


def document_of(id: str) -> type[Any] | None:
    """The kind of document that the id names; None for an id that is none of ours."""
    prefix, separator, _ = id.partition("_")
    return NODES.get(prefix) if separator else None


@strawberry.interface(description="What can be found by its id alone.")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Globally unique: a type prefix and a time-ordered unique part, such as ord_…"
        " or prd_…."
    )

    @classmethod
    def resolve_type(cls, obj: object, *_: object) -> str:
        return type(obj).__name__
