-- An order backend's tables as they are usually made: each thing once, joined by narrow keys.
CREATE TABLE categories (
  id int PRIMARY KEY,
  name text NOT NULL UNIQUE
);
CREATE TABLE products (
  id int PRIMARY KEY,
  public_id text NOT NULL UNIQUE,
  sku text NOT NULL UNIQUE,
  name text NOT NULL,
  category_id int NOT NULL REFERENCES categories,
  price bigint NOT NULL,
  currency char(3) NOT NULL,
  discontinued boolean NOT NULL
);
CREATE TABLE customers (
  id int PRIMARY KEY,
  public_id text NOT NULL UNIQUE,
  name text NOT NULL,
  email text NOT NULL UNIQUE
);
CREATE TABLE orders (
  id int PRIMARY KEY,
  public_id text NOT NULL,
  reference text,
  customer_id int NOT NULL,
  currency char(3) NOT NULL,
  recipient text,
  line1 text NOT NULL,
  line2 text,
  city text NOT NULL,
  region text,
  postal_code text,
  country text NOT NULL,
  placed_at timestamptz NOT NULL,
  status text NOT NULL,
  updated_at timestamptz NOT NULL,
  version int NOT NULL
);
CREATE TABLE order_lines (
  order_id int NOT NULL,
  line int NOT NULL,
  product_id int NOT NULL,
  product_name text NOT NULL,
  quantity int NOT NULL,
  unit_price bigint NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE order_status_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id int NOT NULL,
  status text NOT NULL,
  changed_at timestamptz NOT NULL,
  note text
);
CREATE TABLE shipments (
  order_id int PRIMARY KEY,
  carrier text NOT NULL,
  tracking_number text NOT NULL,
  estimated_delivery timestamptz
);
-- Orders as they were placed, until all of their changes are there.
CREATE UNLOGGED TABLE placed (
  id int, public_id text, reference text, customer_id int, currency char(3),
  recipient text, line1 text, line2 text, city text, region text, postal_code text, country text,
  placed_at timestamptz
);
