"""The write side's tables: the log and what hangs on it, and the rows of state-stored aggregates.

Instants are milliseconds since 1970; JSON is text. Both mean the same on every database.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite counts rows in an INTEGER PRIMARY KEY only, which a BigInteger would not be.
Counter = BigInteger().with_variant(Integer(), "sqlite")

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="only_row"),
)
"""One row: the last position and its time. Whoever writes locks it first, until commit."""

trials = Table(
    "trials",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("written", LargeBinary, nullable=False),
    CheckConstraint("id = 1", name="only_row"),
)
"""One row, written to find out whether anything can be."""

events = Table(
    "events",
    metadata,
    Column("position", Counter, primary_key=True, autoincrement=False),
    Column("stream", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("type", String, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("actor", String, nullable=False),
    Column("command_id", String, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("causation", String),
    Column("data", Text, nullable=False),
    Column("personal", Text),
    UniqueConstraint("stream", "version"),
    UniqueConstraint("command_id", "ordinal"),
    CheckConstraint("version > 0", name="version"),
)
"""The log. `ordinal` counts the facts of one command; `personal` can be erased on its own."""

streams = Table(
    "streams",
    metadata,
    Column("stream", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("stream", String, ForeignKey("streams.stream"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("actor", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("aggregate_id", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index(None, "recorded_at"),
)
"""The idempotency records: what an accepted command was answered, under its caller's key."""

timers = Table(
    "timers",
    metadata,
    Column("process", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("set_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    CheckConstraint("due_at >= set_at", name="due_at"),
    Index(None, "process", "due_at"),
)
"""What process managers wait for; each row comes and goes with the fact that says so."""

order_references = Table(
    "order_references",
    metadata,
    Column("reference", String, primary_key=True),
    Column("order_id", String, nullable=False, unique=True),
)

customers = Table(
    "customers",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False),
    Column("email_folded", String, nullable=False, unique=True),
)

customer_addresses = Table(
    "customer_addresses",
    metadata,
    Column("customer_id", String, ForeignKey("customers.id"), primary_key=True),
    Column("recipient", String),
    Column("line1", String, nullable=False),
    Column("line2", String),
    Column("city", String, nullable=False),
    Column("region", String),
    Column("postal_code", String),
    Column("country", String, nullable=False),
)

categories = Table(
    "categories",
    metadata,
    Column("name", String, primary_key=True),
)

products = Table(
    "products",
    metadata,
    Column("id", String, primary_key=True),
    Column("sku", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("description", Text),
    Column("category", String, ForeignKey("categories.name"), nullable=False, index=True),
    Column("price", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("discontinued", Boolean, nullable=False),
    CheckConstraint("price BETWEEN 0 AND 10000000000", name="price"),
)
