"""Statistics of the catalogue: one document per category and currency."""

from dataclasses import dataclass
from typing import Annotated

from readmodels.filter import Equals
from readmodels.values import BigInt, Currency, Id, Inner, Money, MoneySum, Position
from readmodels.view import Index, Sort, ascending, view


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCategory:
    """Which statistics to list; what is left out does not narrow."""

    category: Annotated[
        str | None,
        "Only of this category. An empty one counts as not given.",
        Equals("category"),
    ] = None

    def __post_init__(self) -> None:
        if self.category == "":
            object.__setattr__(self, "category", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductShare:
    """What one product adds to its category. It ranks by its price, in minor units, while it is on
    sale; its currency never changes, nor do the prices at which it was sold."""

    id: Id
    category: str
    currency: Currency
    price: int
    discontinued: bool
    units_sold: int
    revenue: MoneySum
    summary: str
    rank: int | None
    position: Position


@view(
    "category_stats",
    indexes=[Index(ascending("category", "currency"))],
    sorts={"CATEGORY_ASC": Sort(ascending("category", "currency"), "By category, then currency.")},
    filter=OfCategory,
    part=ProductShare,
)
class CategoryStats:
    """Pre-computed per category and currency: never an aggregation at query time. Prices and
    productCount are of the products on sale (not discontinued); unitsSold and revenue of all orders
    that were not cancelled, at the orders' own prices. What a product sold goes with it when it
    changes category. averagePrice is rounded half-even to the minor unit."""

    id: Inner[Id]
    category: Annotated[str, "As its products name it."]
    currency: Annotated[Currency, "Of the prices and the revenue."]
    product_count: Annotated[int, "Products on sale."]
    average_price: Annotated[Money | None, "Null, like the two below, where nothing is on sale."]
    min_price: Annotated[Money | None, "Of the products on sale."]
    max_price: Annotated[Money | None, "Of the products on sale."]
    units_sold: Annotated[BigInt, "In orders that were not cancelled."]
    revenue: Annotated[MoneySum, "Of orders that were not cancelled, at the orders' own prices."]
    share_count: Inner[int]
    price_sum: Inner[int]
    position: Annotated[Position, "Of the last change that this document shows."] = Position(0)
