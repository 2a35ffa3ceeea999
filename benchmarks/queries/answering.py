"""The queries as Diptych answers them: through HTTP, and its store's read alone."""

from typing import Any, Protocol

from benchmarks.http_client import HttpClient
from benchmarks.queries.history import order_id, placed_at
from benchmarks.queries.shop import customer_id
from readmodels.category_stats import CategoryStats, OfCategory
from readmodels.order import Order
from readmodels.order_list_item import OrderFilter, OrderListItem
from readmodels.store import PageRequest, Store
from readmodels.store.cursors import sorting_of
from readmodels.values import Id

_MONEY = "{ amount currency }"
_ORDER = f"""
query($id: ID!) {{ order(id: $id) {{
  id reference customerId customerName customerEmail
  items {{ productId sku productName quantity unitPrice {_MONEY} subtotal {_MONEY} }}
  itemCount total {_MONEY}
  shippingAddress {{ recipient line1 line2 city region postalCode country }}
  status statusHistory {{ status changedAt note }} placedAt updatedAt
  estimatedDelivery carrier trackingNumber cancellationReason
  availableCommands {{ name allowed reason }} version position
}} }}
"""
_PAGE = f"""
query($after: String, $filter: OrderFilter) {{ orders(after: $after, filter: $filter) {{
  nodes {{
    id reference customerId customerName customerEmail itemCount total {_MONEY}
    status placedAt updatedAt version position
  }}
  pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
}} }}
"""
_STATS = f"""
{{ categoryStats {{
  category currency productCount averagePrice {_MONEY} minPrice {_MONEY} maxPrice {_MONEY}
  unitsSold revenue {_MONEY}
}} }}
"""


class Answering(Protocol):
    """Orders and customers go by their numbers; pages have 20 orders, the newest first."""

    async def order(self, number: int) -> Any: ...

    async def first(self) -> Any: ...

    async def of_customer(self, number: int) -> Any: ...

    async def deep(self, number: int) -> Any:
        """The page behind the order of that number."""
        ...

    async def stats(self) -> Any: ...


class OverHttp:
    def __init__(self, client: HttpClient) -> None:
        self._client = client

    async def order(self, number: int) -> Any:
        return await self._client.ask(_ORDER, {"id": order_id(number)})

    async def first(self) -> Any:
        return await self._client.ask(_PAGE, {})

    async def of_customer(self, number: int) -> Any:
        return await self._client.ask(_PAGE, {"filter": {"customerId": customer_id(number)}})

    async def deep(self, number: int) -> Any:
        return await self._client.ask(_PAGE, {"after": _cursor(number)})

    async def stats(self) -> Any:
        return await self._client.ask(_STATS, {})


class FromStore:
    """What the queries' resolvers ask of it: documents, without GraphQL and HTTP."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def order(self, number: int) -> Any:
        return await self._store.get(Order, order_id(number))

    async def first(self) -> Any:
        return await self._store.page(OrderListItem, PageRequest())

    async def of_customer(self, number: int) -> Any:
        filter = OrderFilter(customer_id=Id(customer_id(number)))
        return await self._store.page(OrderListItem, PageRequest(filter=filter))

    async def deep(self, number: int) -> Any:
        return await self._store.page(OrderListItem, PageRequest(after=_cursor(number)))

    async def stats(self) -> Any:
        return await self._store.all(CategoryStats, OfCategory())


def _cursor(number: int) -> str:
    """The one that a page would have given: known, since the order's place in the list is."""
    return sorting_of(OrderListItem, None).cursor((placed_at(number), order_id(number)))
