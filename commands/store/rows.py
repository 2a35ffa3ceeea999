"""The rows of state-stored aggregates: how each is read from its tables and written to them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from sqlalchemy import Delete, Insert, Update, bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from commands.aggregate import Aggregate
from commands.customers.customer import Customer, email_claim
from commands.events import Address, Money
from commands.products.product import Product
from commands.store.statements import AnyRow, AnySelect, among
from commands.store.tables import categories, customer_addresses, customers, products

Write = tuple[Insert | Update | Delete, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Rows:
    """`load` takes a JSON array of keys as `keys`; each row becomes a state, its key first."""

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
_address_columns = tuple(
    customer_addresses.c[name]
    for name in ("line1", "city", "country", "recipient", "line2", "region", "postal_code")
)
_customers = select(customers.c.id, customers.c.name, customers.c.email, *_address_columns).join(
    customer_addresses, isouter=True
)


def _to_customer(row: AnyRow) -> Customer:
    id, name, email, line1, city, country, *rest = row
    address = (
        None
        if line1 is None
        else Address(
            line1=line1,
            city=city,
            country=country,
            recipient=rest[0],
            line2=rest[1],
            region=rest[2],
            postal_code=rest[3],
        )
    )
    return Customer(id=id, name=name, email=email, address=address)


def _customer_writes(customer: Customer) -> Iterator[Write]:
    yield _let_go_of_email, (customer.id, customer.email)
    yield (
        _save_customer,
        (customer.id, customer.name, customer.email, email_claim(customer.email).value),
    )
    yield _drop_address, (customer.id,)
    if at := customer.address:
        yield (
            _save_address,
            (
                customer.id,
                at.recipient,
                at.line1,
                at.line2,
                at.city,
                at.region,
                at.postal_code,
                at.country,
            ),
        )


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
    id, sku, name, description, category, price, currency, discontinued = row
    return Product(
        id=id,
        sku=sku,
        name=name,
        description=description,
        shelf=category,
        price=Money(price, currency),
        discontinued=bool(discontinued),
    )


def _product_writes(product: Product) -> Iterator[Write]:
    yield _save_category, (product.shelf,)
    yield (
        _save_product,
        (
            product.id,
            product.sku,
            product.name,
            product.description,
            product.shelf,
            *astuple(product.price),
            product.discontinued,
        ),
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
