"""What must hold of a product before it may change."""

from commands.aggregate import World
from commands.products.product import Product
from commands.refusal import Code, Refusal, Rejected, not_found


def existing(world: World, product_id: str, *field: str) -> Product:
    product = world.find(Product, product_id)
    if product is None:
        raise Rejected(not_found("product", product_id, *field))
    return product


def on_sale(world: World, product_id: str) -> Product:
    product = existing(world, product_id, "product_id")
    if product.discontinued:
        raise Rejected(discontinued(product, "product_id"))
    return product


def discontinued(product: Product, *field: str) -> Refusal:
    return Refusal(Code.PRODUCT_DISCONTINUED, f"Product {product.sku} is discontinued.", field)
