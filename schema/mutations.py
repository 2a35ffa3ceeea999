"""What can be commanded: one line a command."""

import strawberry

from commands.customers.change_customer import ChangeCustomer
from commands.customers.register_customer import RegisterCustomer
from commands.orders.cancel_order import CancelOrder
from commands.orders.change_shipping_address import ChangeShippingAddress
from commands.orders.confirm_order import ConfirmOrder
from commands.orders.deliver_order import DeliverOrder
from commands.orders.place_order import PlaceOrder
from commands.orders.ship_order import ShipOrder
from commands.products.change_price import ChangePrice
from commands.products.change_product import ChangeProduct
from commands.products.discontinue_product import DiscontinueProduct
from commands.products.register_product import RegisterProduct
from commands.stock.adjust_stock import AdjustStock
from commands.stock.receive_stock import ReceiveStock
from readmodels.customer import Customer
from readmodels.order import Order
from readmodels.product import Product
from schema.types.payloads import payload_type
from schema.writing import runs

OrderPayload = payload_type(Order)
ProductPayload = payload_type(Product)
CustomerPayload = payload_type(Customer)


@strawberry.type(
    description="Commands, decided by aggregates; each says what it recorded. The response's"
    " extensions.position is the last position that its fields recorded; null where they recorded"
    " nothing."
)
class Mutation:
    register_customer = runs(RegisterCustomer, CustomerPayload)
    change_customer = runs(ChangeCustomer, CustomerPayload)
    register_product = runs(RegisterProduct, ProductPayload)
    change_product = runs(ChangeProduct, ProductPayload)
    change_price = runs(ChangePrice, ProductPayload)
    discontinue_product = runs(DiscontinueProduct, ProductPayload)
    receive_stock = runs(ReceiveStock, ProductPayload)
    adjust_stock = runs(AdjustStock, ProductPayload)
    place_order = runs(PlaceOrder, OrderPayload)
    confirm_order = runs(ConfirmOrder, OrderPayload)
    ship_order = runs(ShipOrder, OrderPayload)
    deliver_order = runs(DeliverOrder, OrderPayload)
    cancel_order = runs(CancelOrder, OrderPayload)
    change_shipping_address = runs(ChangeShippingAddress, OrderPayload)
