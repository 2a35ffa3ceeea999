"""The operations that ask for everything: all fields of the schema, whatever it has."""

from collections.abc import Sequence
from functools import cache

from graphql import GraphQLObjectType, get_named_type

from schema.api import SCHEMA


@cache
def everything(name: str) -> str:
    """A selection of all that there is in a type."""
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    fields = []
    for field, declared in kind.fields.items():
        inner = get_named_type(declared.type)
        is_object = isinstance(inner, GraphQLObjectType)
        fields.append(f"{field} {everything(inner.name)}" if is_object else field)
    return f"{{ {' '.join(fields)} }}"


_DOCUMENTS = f"""{{
  ... on Order {everything("Order")}
  ... on Product {everything("Product")}
  ... on Customer {everything("Customer")}
}}"""
NODE = f"query($id: ID!) {{ node(id: $id) {_DOCUMENTS} }}"
NODES = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {_DOCUMENTS} }}"


def one(field: str, argument: str, kind: str) -> str:
    """A query for the document that alone has a value."""
    given = "ID!" if argument == "id" else "String!"
    return f"query($value: {given}) {{ {field}({argument}: $value) {everything(kind)} }}"


TIMELINE = f"""
query($id: ID!, $at: Position) {{
  orderTimeline(orderId: $id, minPosition: $at) {everything("TimelineEntry")}
}}"""
STATS = f"""
query($category: String, $at: Position) {{
  categoryStats(category: $category, minPosition: $at) {everything("CategoryStats")}
}}"""
SALES = f"""
query($from: Date!, $to: Date!, $currency: CurrencyCode, $at: Position) {{
  sales(from: $from, to: $to, currency: $currency, minPosition: $at) {everything("SalesDay")}
}}"""
PROJECTIONS = """{ projections {
  name state position headPosition lagEvents lagSeconds documentCount quarantinedCount progress
  stalledBy
} }"""


def page(field: str, kind: str, narrowing: Sequence[tuple[str, str]]) -> str:
    """A query for a page of a list; `narrowing` is what else it takes, with its type."""
    declared = "".join(f" ${name}: {given}" for name, given in narrowing)
    passed = "".join(f" {name}: ${name}" for name, _ in narrowing)
    return f"""
query($first: Int, $after: String, $last: Int, $before: String, $at: Position{declared}) {{
  {field}(first: $first, after: $after, last: $last, before: $before, minPosition: $at{passed}) {{
    edges {{ cursor node {{ id }} }}
    nodes {everything(kind)}
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
    position
  }}
}}"""


ORDERS = page("orders", "OrderListItem", [("filter", "OrderFilter"), ("sort", "OrderSort")])
PRODUCTS = page("products", "Product", [("filter", "ProductFilter"), ("sort", "ProductSort")])
CUSTOMERS = page("customers", "Customer", [])
