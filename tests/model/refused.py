"""Which commands a shop refuses, by the codes that its clients are told."""

from collections import Counter

from tests.model.seen import on_hand, reserved
from tests.model.shop import ALLOWED, Shop
from tests.model.things import DIGITS, Json

NOT_ALLOWED = {
    "confirmOrder": "ORDER_NOT_PENDING",
    "shipOrder": "ORDER_NOT_CONFIRMED",
    "deliverOrder": "ORDER_NOT_SHIPPED",
    "cancelOrder": "ORDER_CLOSED",
    "changeShippingAddress": "ORDER_CLOSED",
}
MOST = 1_000_000


def codes(shop: Shop, command: str, given: Json) -> set[str]:
    """What stands against a command; nothing where it is to be accepted."""
    if is_wrong(command, given):
        return {"INVALID_INPUT"}
    if command == "placeOrder":
        return _against_order(shop, given)
    if command == "registerProduct":
        skus = {product.sku for product in shop.products.values()}
        return {"ALREADY_EXISTS"} if given["sku"] in skus else set()
    if command == "registerCustomer":
        return _against_email(shop, given["email"], None)
    return _against_change(shop, command, given)


def is_wrong(command: str, given: Json) -> bool:
    """Whether the input is wrong in itself."""
    if command in ("registerCustomer", "changeCustomer") and "@" not in given.get("email", "@"):
        return True
    if command in ("changeCustomer", "changeProduct"):
        return not {"name", "email", "address", "description", "category"} & set(given)
    if command in ("registerProduct", "changePrice"):
        digits = len(given["price"]["amount"].partition(".")[2])
        return digits > DIGITS[given["price"]["currency"]]
    if command == "receiveStock":
        return not 1 <= given["quantity"] <= MOST
    if command == "placeOrder":
        few = any(item["quantity"] < 1 for item in given["items"])
        return few or any(quantity > MOST for quantity in units(given).values())
    return "reason" in given and not given["reason"]


def units(given: Json) -> Counter[str]:
    """Of each product that is to be ordered."""
    wanted: Counter[str] = Counter()
    for item in given["items"]:
        wanted[item["productId"]] += item["quantity"]
    return wanted


def _against_email(shop: Shop, email: str, id: str | None) -> set[str]:
    taken = {each.email.casefold() for each in shop.customers.values() if each.id != id}
    return {"ALREADY_EXISTS"} if email.casefold() in taken else set()


def _against_order(shop: Shop, given: Json) -> set[str]:
    if given["customerId"] not in shop.customers:
        return {"NOT_FOUND"}
    reference = given.get("reference")
    if reference and any(order.reference == reference for order in shop.orders.values()):
        return {"ALREADY_EXISTS"}
    found: set[str] = set()
    currency = None
    for item in given["items"]:
        product = shop.products.get(item["productId"])
        if product is None:
            found.add("NOT_FOUND")
        elif product.discontinued:
            found.add("PRODUCT_DISCONTINUED")
        elif product.currency != (currency := currency or product.currency):
            found.add("CURRENCY_MISMATCH")
    return found or {
        "OUT_OF_STOCK"
        for id, wanted in units(given).items()
        if wanted > on_hand(shop, shop.products[id]) - reserved(shop, shop.products[id])
    }


def _against_change(shop: Shop, command: str, given: Json) -> set[str]:
    """Of what there should be already."""
    (id,) = (value for name, value in given.items() if name.endswith("Id"))
    if id not in {*shop.customers, *shop.products, *shop.orders}:
        return {"NOT_FOUND"}
    if given.get("expectedVersion") not in (None, shop.version(id)):
        return {"CONFLICT"}
    if command == "changeCustomer":
        return _against_email(shop, given["email"], id) if "email" in given else set()
    if command in ALLOWED:
        return set() if shop.orders[id].status in ALLOWED[command] else {NOT_ALLOWED[command]}
    product = shop.products[id]
    if command == "adjustStock":
        left = on_hand(shop, product) + given["change"]
        return {"OUT_OF_STOCK"} if left < reserved(shop, product) else set()
    if command == "receiveStock":
        return set()
    if product.discontinued:
        return {"PRODUCT_DISCONTINUED"}
    if command == "changePrice" and given["price"]["currency"] != product.currency:
        return {"CURRENCY_MISMATCH"}
    return set()
