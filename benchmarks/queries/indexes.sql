-- After the rows, as bulk loads are done.
INSERT INTO orders
SELECT placed.*, latest.status, latest.changed_at, latest.version
FROM placed JOIN (
  SELECT DISTINCT ON (order_id) order_id, status, changed_at,
    count(*) OVER (PARTITION BY order_id) AS version
  FROM order_status_changes ORDER BY order_id, id DESC
) AS latest ON latest.order_id = placed.id
ORDER BY placed.id;
DROP TABLE placed;

CREATE UNIQUE INDEX ON orders (public_id);
CREATE UNIQUE INDEX ON orders (reference);
CREATE INDEX ON orders (placed_at, id);
CREATE INDEX ON orders (customer_id, placed_at, id);
CREATE INDEX ON orders (status, placed_at, id);
CREATE INDEX ON order_lines (product_id);
CREATE INDEX ON order_status_changes (order_id);
CREATE INDEX ON products (category_id);
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_lines ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE order_lines ADD FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE order_status_changes ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE shipments ADD FOREIGN KEY (order_id) REFERENCES orders;
