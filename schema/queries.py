"""What can be read: one line a view."""

import strawberry

from readmodels.category_stats import CategoryStats
from readmodels.customer import Customer
from readmodels.order import Order
from readmodels.order_list_item import OrderListItem
from readmodels.order_timeline import TimelineEntry
from readmodels.product import Product
from readmodels.sales_day import SalesDay
from schema.listing import all_of, pages_of
from schema.operating import all_projections
from schema.reading import any_node, any_nodes, by_field, by_id


@strawberry.type(
    description="Reads documents, each shaped for one view. A request's extensions"
    ' {"minPosition": "…"} ask for all that it reads as minPosition does for one field; the later'
    " of both counts. `projections` alone does not wait."
)
class Query:
    node = any_node("An order, a product or a customer by its id; null for an unknown id.")
    nodes = any_nodes("The same for up to 100 ids, in their order.")
    order = by_id(
        Order,
        "Everything that an order page shows. minPosition, here and below: wait, for a bounded"
        " time, until this view has taken in every fact up to that position; past it, error"
        " STALE_READ.",
    )
    order_by_reference = by_field(
        Order, "reference", "The order with the caller's own number for it."
    )
    orders = pages_of(OrderListItem, "Order", "A page of the order list.")
    order_timeline = all_of(TimelineEntry, "Every recorded fact about an order, oldest first.")
    product = by_id(Product, "What a product page shows.")
    product_by_sku = by_field(Product, "sku", "The product of exactly this SKU.")
    products = pages_of(Product, "Product", "A page of the catalogue.")
    category_stats = all_of(
        CategoryStats, "The statistics of one category or of all, by category, then currency."
    )
    customer = by_id(Customer, "What a customer page shows.")
    customers = pages_of(Customer, "Customer", "A page of the customers, newest first.")
    sales = all_of(
        SalesDay,
        "Both days included; at most 366 of them; days on which no order was placed are left out."
        " By day, then currency.",
    )
    projections = all_projections("How each projection stands, by name.")
