"""Lists of customers and single products over HTTP."""

from __future__ import annotations

from tests.schema.edge import Edge

CUSTOMERS = """
query($first: Int, $after: String, $p: Position) {
  customers(first: $first, after: $after, minPosition: $p) {
    edges { cursor node { id name } } pageInfo { hasNextPage hasPreviousPage } position
  } }
"""
BY_SKU = "query($sku: String!, $p: Position) { productBySku(sku: $sku, minPosition: $p) { id } }"
FOUND = """
query($filter: ProductFilter, $p: Position) {
  products(filter: $filter, sort: PRICE_DESC, minPosition: $p) { nodes { sku } } }
"""


def test_customers_come_newest_first(edge: Edge) -> None:
    ids = [edge.new_customer() for _ in range(3)][::-1]
    last = edge.command("changeCustomer", customerId=ids[0], name="Ada L.")["position"]
    page = edge.data(CUSTOMERS, first=2, p=last)["customers"]
    assert [each["node"]["id"] for each in page["edges"]] == ids[:2]
    assert page["edges"][0]["node"]["name"] == "Ada L."
    assert page["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": False}
    assert int(page["position"]) >= int(last)
    after = page["edges"][1]["cursor"]
    following = edge.data(CUSTOMERS, first=1, after=after)["customers"]
    assert following["edges"][0]["node"]["id"] == ids[2]
    assert following["pageInfo"]["hasPreviousPage"] is True


def test_a_page_of_customers_has_its_bounds(edge: Edge) -> None:
    (error,) = edge.post(CUSTOMERS, {"first": 101}).json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_product_is_found_by_its_sku_exactly_as_written(edge: Edge) -> None:
    id = edge.new_product(sku="By-Sku 1")
    last = edge.command("receiveStock", productId=id, quantity=1)["position"]
    assert edge.data(BY_SKU, sku="By-Sku 1", p=last)["productBySku"] == {"id": id}
    assert edge.data(BY_SKU, sku="by-sku 1")["productBySku"] is None


def test_products_are_found_by_words_and_by_how_an_sku_begins(edge: Edge) -> None:
    edge.new_product("1.00", name="Zebra crossing", sku="ZEB-one", description="black, white")
    id = edge.new_product("2.00", name="Crossing of zebras and a zebra", sku="ZEB-two")
    last = edge.command("receiveStock", productId=id, quantity=1)["position"]

    def skus(text: str) -> list[str]:
        nodes = edge.data(FOUND, filter={"text": text}, p=last)["products"]["nodes"]
        return [node["sku"] for node in nodes]

    assert skus("zebra") == ["ZEB-one", "ZEB-two"]
    assert skus("zeb-two") == ["ZEB-two", "ZEB-one"]
    assert skus("white") == ["ZEB-one"]
    assert skus("no such thing") == []


def test_a_text_beyond_its_bound_is_refused(edge: Edge) -> None:
    (error,) = edge.post(FOUND, {"filter": {"text": "x" * 1_001}}).json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
