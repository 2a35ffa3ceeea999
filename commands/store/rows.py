"""The rows of state-stored aggregates: how each is read from its tables and written to them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Delete, Insert, Update, bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from commands.aggregate import Aggregate
from commands.customers.customer import Customer, email_claim
from commands.events import Address, Money
from commands.products.product import Product
from commands.store.statements import AnyRow, AnySelect, Parameters, among
from commands.store.tables import categories, customer_addresses, customers, products

Write = tuple[Insert | Update | Delete, Parameters]


@dataclass(frozen=True, slots=True)
class Rows:
    """`load` takes a JSON array of keys as `keys`; each row becomes the state of its `id`."""

    load: AnySelect
    load_all: AnySelect
    to_state: Callable[[AnyRow], Aggregate]
    to_writes: Callable[[Any], Iterator[Write]]


# Emails that change hands in one transaction are all let go of before any of them is taken: an id
# is no email, so that it stands in nobody's way.
_let_go_of_email = (
    update(customers)
    .values(email_folded=customers.c.id)
    .where(customers.c.id == bindparam("key"), customers.c.email != bindparam("new"))
)
# PostgreSQL's INSERT … ON CONFLICT is SQLite's too.
_save_customer = insert(customers)
_save_customer = _save_customer.on_conflict_do_update(
    index_elements=["id"],
    set_={
        "name": _save_customer.excluded.name,
        "email": _save_customer.excluded.email,
        # Two customers may have had one email in two compositions before those counted as one: of
        # these one has it under another value here, for as long as its email stays as it is.
        "email_folded": case(
            (customers.c.email == _save_customer.excluded.email, customers.c.email_folded),
            else_=_save_customer.excluded.email_folded,
        ),
    },
)
_drop_address = delete(customer_addresses).where(
    customer_addresses.c.customer_id == bindparam("key")
)
_save_address = insert(customer_addresses)
_ADDRESS = tuple(field.name for field in fields(Address))
_customers = select(
    customers.c.id,
    customers.c.name,
    customers.c.email,
    *(customer_addresses.c[name] for name in _ADDRESS),
).join(customer_addresses, isouter=True)


def _to_customer(row: AnyRow) -> Customer:
    address = None if row.line1 is None else Address(**{at: getattr(row, at) for at in _ADDRESS})
    return Customer(id=row.id, name=row.name, email=row.email, address=address)


def _customer_writes(customer: Customer) -> Iterator[Write]:
    yield _let_go_of_email, {"key": customer.id, "new": customer.email}
    yield (
        _save_customer,
        {
            "id": customer.id,
            "name": customer.name,
            "email": customer.email,
            "email_folded": email_claim(customer.email).value,
        },
    )
    yield _drop_address, {"key": customer.id}
    if customer.address:
        yield _save_address, {"customer_id": customer.id, **asdict(customer.address)}


_save_category = insert(categories).on_conflict_do_nothing()
_save_product = insert(products)
_save_product = _save_product.on_conflict_do_update(
    index_elements=["id"],
    set_={
        column.name: _save_product.excluded[column.name]
        for column in products.c
        if not column.primary_key
    },
)


def _to_product(row: AnyRow) -> Product:
    return Product(
        id=row.id,
        sku=row.sku,
        name=row.name,
        description=row.description,
        shelf=row.category,
        price=Money(row.price, row.currency),
        discontinued=bool(row.discontinued),
    )


def _product_writes(product: Product) -> Iterator[Write]:
    yield _save_category, {"name": product.shelf}
    yield (
        _save_product,
        {
            "id": product.id,
            "sku": product.sku,
            "name": product.name,
            "description": product.description,
            "category": product.shelf,
            "price": product.price.minor,
            "currency": product.price.currency,
            "discontinued": product.discontinued,
        },
    )


ROWS: Mapping[type[Aggregate], Rows] = {
    Customer: Rows(
        _customers.where(among(customers.c.id, "keys")), _customers, _to_customer, _customer_writes
    ),
    Product: Rows(
        select(products).where(among(products.c.id, "keys")),
        select(products),
        _to_product,
        _product_writes,
    ),
}
