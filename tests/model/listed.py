"""The lists that clients see of a shop: plainly filtered and sorted."""

import re
from collections.abc import Callable
from datetime import datetime
from unicodedata import combining, normalize

from tests.model.seen import (
    KEPT,
    customer_page,
    on_hand,
    order_row,
    product_page,
    reserved,
    units_in,
)
from tests.model.shop import Shop
from tests.model.things import Json, Order, Product


def orders(shop: Shop, filter: Json, sort: str) -> list[Json]:
    """By when they were placed, ties by id."""
    found = [order for order in shop.orders.values() if _is_listed(order, filter)]
    found.sort(key=lambda order: (order.placed_at, order.id), reverse=sort == "PLACED_AT_DESC")
    return [order_row(shop, order) for order in found]


def _is_listed(order: Order, filter: Json) -> bool:
    placed_from, placed_before = filter.get("placedFrom"), filter.get("placedBefore")
    return (
        filter.get("customerId") in (None, order.customer_id)
        and (filter.get("status") is None or order.status in filter["status"])
        and (placed_from is None or order.placed_at >= datetime.fromisoformat(placed_from))
        and (placed_before is None or order.placed_at < datetime.fromisoformat(placed_before))
    )


def products(shop: Shop, filter: Json, sort: str) -> list[Json]:
    """In one of the catalogue's orders, ties by id."""
    by: dict[str, Callable[[Product], tuple[object, ...]]] = {
        "NAME_ASC": lambda product: (without_accents(product.name), product.id),
        "PRICE_ASC": lambda product: (product.currency, product.minor, product.id),
        "PRICE_DESC": lambda product: (product.currency, product.minor, product.id),
        "BEST_SELLING": lambda product: (units_in(shop, product, *KEPT), product.id),
    }
    found = [product for product in shop.products.values() if _is_offered(shop, product, filter)]
    found.sort(key=by[sort], reverse=sort in ("PRICE_DESC", "BEST_SELLING"))
    return [product_page(shop, product) for product in found]


def _is_offered(shop: Shop, product: Product, filter: Json) -> bool:
    has_some = on_hand(shop, product) > reserved(shop, product)
    return (
        filter.get("category") in (None, product.category)
        and filter.get("inStock") in (None, has_some)
        and (filter.get("includeDiscontinued") or not product.discontinued)
    )


def hits(shop: Shop, text: str, filter: Json) -> list[set[str]]:
    """The ids of the products found by a text, those before others that are before others: whose
    SKU it is, whose SKU begins with it, and those in which one of its words stands."""
    begins, is_it, has_word = set(), set(), set()
    for product in shop.products.values():
        if not _is_offered(shop, product, filter):
            continue
        told = f"{product.name} {product.sku} {product.description or ''}"
        if product.sku.casefold() == text.casefold():
            is_it.add(product.id)
        elif product.sku.casefold().startswith(text.casefold()):
            begins.add(product.id)
        elif not words(text).isdisjoint(words(told)):
            has_word.add(product.id)
    return [ids for ids in (is_it, begins, has_word) if ids]


def without_accents(text: str) -> str:
    return "".join(each for each in normalize("NFD", text.casefold()) if not combining(each))


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", without_accents(text)))


def customers(shop: Shop) -> list[Json]:
    """The newest first, ties by id."""
    found = sorted(shop.customers.values(), key=lambda each: (each.registered_at, each.id))
    return [customer_page(shop, customer) for customer in reversed(found)]
