"""The mix as clients of the API ask for it."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from benchmarks.http_client import HttpClient, connected
from benchmarks.load import Client
from benchmarks.shop import LINES, PLENTY, PRODUCTS, picks

_HOME = {
    "recipient": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
}


def _mutation(name: str, id: str) -> str:
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input)"
        f" {{ {id} position version userErrors {{ code message field }} }} }}"
    )


_ID_OF = {
    "registerCustomer": "customerId",
    "registerProduct": "productId",
    "placeOrder": "orderId",
    "confirmOrder": "orderId",
    "receiveStock": "productId",
}
_MUTATIONS = {name: _mutation(name, id) for name, id in _ID_OF.items()}


async def command(client: HttpClient, name: str, /, **input: Any) -> str:
    """The id of what was changed."""
    data = await client.ask(_MUTATIONS[name], {"input": input})
    payload = data[name]
    if payload["userErrors"]:
        raise RuntimeError(f"The load was refused: {payload['userErrors']}")
    id: str = payload[_ID_OF[name]]
    return id


@dataclass(frozen=True, slots=True)
class EdgeShop:
    """A customer, and products that never run out, behind a URL."""

    url: str
    customer_id: str
    product_ids: tuple[str, ...]

    def order(self, product_ids: list[str]) -> dict[str, Any]:
        """The input of placeOrder."""
        return {
            "customerId": self.customer_id,
            "items": [{"productId": id, "quantity": 1} for id in product_ids],
            "shippingAddress": _HOME,
        }


async def opened(url: str) -> EdgeShop:
    async with connected(url) as client:
        customer = await command(
            client, "registerCustomer", name="Ada Lovelace", email="ada@example.invalid"
        )
    products = await asyncio.gather(*(_product(url, number) for number in range(PRODUCTS)))
    return EdgeShop(url, customer, tuple(products))


async def _product(url: str, number: int) -> str:
    async with connected(url) as client:
        return await command(
            client,
            "registerProduct",
            sku=uuid4().hex,
            name=f"White hanging heart {number}",
            category="Decoration",
            price={"amount": "2.55", "currency": "GBP"},
            initialStock=PLENTY,
        )


async def buying(shop: EdgeShop, number: int) -> Client:
    """A client of the mix, with a connection of its own."""
    pick = picks(number)
    async with connected(shop.url) as client:
        while True:
            lines = shop.order(pick.sample(shop.product_ids, LINES))
            order = await command(client, "placeOrder", **lines)
            yield
            await command(client, "confirmOrder", orderId=order)
            yield
            for _ in range(2):
                product = pick.choice(shop.product_ids)
                await command(client, "receiveStock", productId=product, quantity=1)
                yield
