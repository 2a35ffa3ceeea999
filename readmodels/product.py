"""Product pages and catalogue tiles: one document per product."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from readmodels.filter import WORDS, Equals, FalseUnless
from readmodels.values import BigInt, Id, Inner, Money, Position
from readmodels.view import BadFilter, Index, Search, Sort, ascending, descending, view

LONGEST_TEXT: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Which products to list; what is left out does not narrow."""

    category: Annotated[
        str | None,
        "Only of this category. An empty one counts as not given.",
        Equals("category"),
    ] = None
    text: Annotated[
        str | None,
        "Words to find in name, SKU and description, best match first. What the SKU begins with"
        " is found too. Case and accents count nothing, ł is l and ß is ss; a word ends at every"
        " sign that is no letter or digit; in scripts without spaces, Chinese, Japanese, Korean and"
        " Thai among them, what is typed is found inside of words.",
        WORDS,
    ] = None
    in_stock: Annotated[
        bool | None,
        "True: with units available; false: without.",
        Equals("in_stock", unindexed=True),
    ] = None
    include_discontinued: Annotated[
        bool, "True: those off sale too.", FalseUnless("discontinued")
    ] = False

    def __post_init__(self) -> None:
        if self.category == "":
            object.__setattr__(self, "category", None)
        if self.text is not None and len(self.text) > LONGEST_TEXT:
            raise BadFilter(
                f"A text to find has at most {LONGEST_TEXT:,} characters; this one has"
                f" {len(self.text):,}."
            )


def _indexes(*fields: tuple[str, Any]) -> list[Index]:
    return [
        Index((*ascending("discontinued"), *fields)),
        Index((*ascending("category", "discontinued"), *fields)),
    ]


@view(
    "product",
    indexes=[
        Index(ascending("sku")),
        Index(ascending("sku_folded", "_id")),
        *_indexes(*ascending("name_folded", "_id")),
        *_indexes(*ascending("price_rank", "_id")),
        *_indexes(*descending("units_sold", "_id")),
    ],
    sorts={
        "NAME_ASC": Sort(ascending("name_folded"), "By name, whatever its case and its accents."),
        "PRICE_ASC": Sort(ascending("price_rank"), "By currency, then the cheapest first."),
        "PRICE_DESC": Sort(
            descending("price_rank"), "By currency in reverse, then the dearest first."
        ),
        "BEST_SELLING": Sort(descending("units_sold"), "By units sold, the most first."),
    },
    filter=ProductFilter,
    search=Search(weights={"name": 10, "sku": 10, "description": 1}, prefix="sku_folded"),
)
class Product:
    """What a product page or a catalogue tile shows."""

    id: Id
    sku: Annotated[str, "The seller's own code for it, unique exactly as written."]
    name: Annotated[str, "What it is called now; orders keep the name of their moment."]
    description: Annotated[str | None, "What else there is to say."]
    category: Annotated[str, "The one that it stands in."]
    price: Annotated[Money, "Of one unit, now; orders keep the price of their moment."]
    discontinued: Annotated[bool, "Whether it is off sale for good."]
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
    sku_folded: Inner[str]
    position: Annotated[Position, "Of the last change that this document shows."] = Position(0)
