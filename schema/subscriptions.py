"""What can be watched: one line a view."""

import strawberry

from readmodels.order import Order
from readmodels.order_list_item import OrderListItem
from readmodels.product import Product
from readmodels.sales_day import DayOfSales, SalesDay
from schema.watching import changes_of, list_changes_of


@strawberry.type(description="Follows documents as they change.")
class Subscription:
    order_changed = changes_of(
        Order,
        "Begins with the order as it is now (with `after`, only if it changed since) and goes on"
        " with each newer state, in order, none twice, the last always; states that a slow client"
        " outran are skipped. An id with no order yet is waited for.",
    )
    orders_changed = list_changes_of(
        OrderListItem,
        "Order",
        "Begins with the 100 newest that match, as ADDED; with `after`, with every order changed"
        " since: as ADDED where there was none then, else as UPDATED, or as REMOVED where it does"
        " not match. Goes on with each newer state of the list's orders.",
    )
    product_changed = changes_of(Product, "The product as it is, and each newer state.")
    sales_changed = changes_of(
        SalesDay, "The day's sales as they are, and each newer state.", DayOfSales
    )
