"""Product pages and catalogue tiles: one document per product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from readmodels.values import BigInt, Id, Inner, Money, Position
from readmodels.view import Index, ascending, descending, view


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Which products to list; what is left out does not narrow."""

    category: str | None = None
    in_stock: Annotated[bool | None, "True: with units available; false: without."] = None
    include_discontinued: bool = False

    def query(self) -> Mapping[str, Any]:
        # Both values are named where both are wanted: the index can then be walked for each and
        # merged in order, where leaving the field out would cost a sort in memory.
        query: dict[str, Any] = {
            "discontinued": {"$in": [False, True]} if self.include_discontinued else False
        }
        if self.category is not None:
            query["category"] = self.category
        if self.in_stock is not None:
            query["in_stock"] = self.in_stock
        return query


def _indexes(*fields: tuple[str, Any]) -> list[Index]:
    return [
        Index((*ascending("discontinued"), *fields)),
        Index((*ascending("category", "discontinued"), *fields)),
    ]


@view(
    "product",
    indexes=[
        Index(ascending("sku")),
        *_indexes(*ascending("name_folded", "_id")),
        *_indexes(*ascending("price_rank", "_id")),
        *_indexes(*descending("units_sold", "_id")),
    ],
    sorts={
        "NAME_ASC": ascending("name_folded"),
        "PRICE_ASC": ascending("price_rank"),
        "PRICE_DESC": descending("price_rank"),
        "BEST_SELLING": descending("units_sold"),
    },
    filter=ProductFilter,
)
class Product:
    """What a product page or a catalogue tile shows."""

    id: Id
    sku: str
    name: str
    description: str | None
    category: str
    price: Money
    discontinued: bool
    on_hand: Annotated[int, "Units in the house, reserved ones included."]
    reserved: Annotated[int, "Units promised to orders that have not been shipped."]
    available: Annotated[int, "Units that can be ordered now: on hand, not reserved."]
    units_sold: Annotated[BigInt, "In orders that were not cancelled."]
    version: Annotated[
        int,
        "Of the product; receiving, reserving and adjusting stock do not change it.",
    ]
    name_folded: Inner[str]
    in_stock: Inner[bool]
    price_rank: Inner[str]
    position: Position = Position(0)
