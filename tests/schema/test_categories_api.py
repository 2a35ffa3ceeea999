"""Statistics of categories over HTTP."""

from __future__ import annotations

from typing import Any

from tests.schema.edge import Edge

STATS = """
query($category: String, $p: Position) { categoryStats(category: $category, minPosition: $p) {
  category currency productCount averagePrice { amount } minPrice { amount } maxPrice { amount }
  unitsSold revenue { amount currency }
} }
"""


def shown(edge: Edge, category: str, position: str) -> list[Any]:
    stats: list[Any] = edge.data(STATS, category=category, p=position)["categoryStats"]
    return stats


def test_a_category_is_kept_through_moves_and_prices(edge: Edge) -> None:
    cheap = edge.new_product("1.00", category="Shelf")
    edge.new_product("2.01", category="Shelf")
    edge.new_order(items=[{"productId": cheap, "quantity": 3}])
    changed = edge.command(
        "changePrice", productId=cheap, price={"amount": "4.00", "currency": "EUR"}
    )
    assert shown(edge, "Shelf", changed["position"]) == [
        {
            "category": "Shelf",
            "currency": "EUR",
            "productCount": 2,
            "averagePrice": {"amount": "3.00"},
            "minPrice": {"amount": "2.01"},
            "maxPrice": {"amount": "4.00"},
            "unitsSold": "3",
            "revenue": {"amount": "3.00", "currency": "EUR"},
        }
    ]
    moved = edge.command("changeProduct", productId=cheap, category="Cupboard")
    (shelf,) = shown(edge, "Shelf", moved["position"])
    (cupboard,) = shown(edge, "Cupboard", moved["position"])
    assert (shelf["productCount"], shelf["maxPrice"]) == (1, {"amount": "2.01"})
    assert (shelf["unitsSold"], cupboard["unitsSold"]) == ("0", "3")
    assert cupboard["averagePrice"] == {"amount": "4.00"}


def test_all_categories_come_in_the_order_of_their_names(edge: Edge) -> None:
    edge.new_product(category="Zoo")
    pounds = edge.new_product(category="Ark", currency="GBP")
    euros = edge.command("changeProduct", productId=pounds, category="Ark")
    edge.new_product(category="Ark")
    last = edge.command("changeProduct", productId=pounds, category="Ark")
    assert int(last["position"]) > int(euros["position"])
    every = edge.data(STATS, p=last["position"])["categoryStats"]
    names = [(each["category"], each["currency"]) for each in every]
    assert names == sorted(names)
    assert names[:2] == [("Ark", "EUR"), ("Ark", "GBP")]
    assert edge.data(STATS, category="Nowhere")["categoryStats"] == []
    assert edge.data(STATS, category="")["categoryStats"] == every


def test_an_empty_category_narrows_no_list_of_products(edge: Edge) -> None:
    product = edge.new_product(category="Zoo")
    at = edge.command("changeProduct", productId=product, category="Zoo")["position"]
    page = (
        "query($by: ProductFilter, $p: Position) {"
        " products(filter: $by, minPosition: $p) { nodes { id category } } }"
    )
    every = edge.data(page, p=at)["products"]["nodes"]
    assert {"id": product, "category": "Zoo"} in every
    assert edge.data(page, p=at, by={"category": ""})["products"]["nodes"] == every
