"""Product pages, from the facts about products, their stock and the orders for them."""

from collections.abc import Collection
from dataclasses import replace

from commands.events import (
    Money,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    PriceChanged,
    ProductChanged,
    ProductDiscontinued,
    ProductRegistered,
    Recorded,
    ShippingAddressChanged,
    StockAdjusted,
    StockReceived,
    StockReleased,
    StockReserved,
    StockShipped,
)
from projections.ordered import LinesByProduct
from projections.projection import Projection
from projections.values import money
from readmodels.product import Product
from readmodels.values import BigInt, Id
from readmodels.words import folded

product = Projection(Product, revision=3)
# What orders do to stock is told by facts about the stock.
product.ignores(OrderConfirmed, OrderShipped, OrderDelivered, ShippingAddressChanged)


@product.starts_with(ProductRegistered)
def registered(fact: Recorded[ProductRegistered]) -> Product:
    event = fact.event
    return Product(
        id=Id(event.product_id),
        sku=event.sku,
        name=event.name,
        description=event.description,
        category=event.category,
        price=money(event.price),
        discontinued=False,
        on_hand=0,
        reserved=0,
        available=0,
        units_sold=BigInt(0),
        version=fact.version,
        name_folded=folded(event.name),
        in_stock=False,
        price_rank=_price_rank(event.price),
        sku_folded=folded(event.sku),
    )


@product.on(ProductChanged)
def changed(document: Product, fact: Recorded[ProductChanged]) -> Product:
    event = fact.event
    return replace(
        document,
        name=event.name,
        name_folded=folded(event.name),
        description=event.description,
        category=event.category,
        version=fact.version,
    )


@product.on(PriceChanged)
def price_changed(document: Product, fact: Recorded[PriceChanged]) -> Product:
    price = fact.event.price
    return replace(
        document, price=money(price), price_rank=_price_rank(price), version=fact.version
    )


@product.on(ProductDiscontinued)
def discontinued(document: Product, fact: Recorded[ProductDiscontinued]) -> Product:
    return replace(document, discontinued=True, version=fact.version)


@product.on(StockReceived)
def stock_received(document: Product, fact: Recorded[StockReceived]) -> Product:
    return _with_stock(document, on_hand=document.on_hand + fact.event.quantity)


@product.on(StockAdjusted)
def stock_adjusted(document: Product, fact: Recorded[StockAdjusted]) -> Product:
    return _with_stock(document, on_hand=document.on_hand + fact.event.change)


@product.on(StockReserved)
def stock_reserved(document: Product, fact: Recorded[StockReserved]) -> Product:
    return _with_stock(document, reserved=document.reserved + fact.event.quantity)


@product.on(StockReleased)
def stock_released(document: Product, fact: Recorded[StockReleased]) -> Product:
    return _with_stock(document, reserved=document.reserved - fact.event.quantity)


@product.on(StockShipped)
def stock_shipped(document: Product, fact: Recorded[StockShipped]) -> Product:
    left = fact.event.quantity
    return _with_stock(document, on_hand=document.on_hand - left, reserved=document.reserved - left)


_LINES = LinesByProduct()


def _ordered(fact: Recorded[OrderPlaced | OrderCancelled]) -> Collection[str]:
    return _LINES.of(fact.event).keys()


@product.on(OrderPlaced, keys=_ordered)
def sold(document: Product, fact: Recorded[OrderPlaced]) -> Product:
    return _with_sold(document, _units(document, fact.event))


@product.on(OrderCancelled, keys=_ordered)
def given_back(document: Product, fact: Recorded[OrderCancelled]) -> Product:
    return _with_sold(document, -_units(document, fact.event))


def _price_rank(price: Money) -> str:
    """Text that sorts as currency, then amount, do: lists go by one field."""
    return f"{price.currency}{price.minor:020}"


def _units(document: Product, event: OrderPlaced | OrderCancelled) -> int:
    return sum(line.quantity for line in _LINES.of(event)[document.id])


def _with_sold(document: Product, units: int) -> Product:
    return replace(document, units_sold=BigInt(document.units_sold + units))


def _with_stock(
    document: Product, *, on_hand: int | None = None, reserved: int | None = None
) -> Product:
    on_hand = document.on_hand if on_hand is None else on_hand
    reserved = document.reserved if reserved is None else reserved
    available = on_hand - reserved
    return replace(
        document,
        on_hand=on_hand,
        reserved=reserved,
        available=available,
        in_stock=available > 0,
    )
