"""A filter is declared once: what MongoDB is asked and what matches in memory follow from it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import pytest

from readmodels.category_stats import OfCategory
from readmodels.filter import AtLeast, Equals, conditions_of, require_followable, words_of
from readmodels.order import OrderStatus
from readmodels.order_list_item import OrderFilter
from readmodels.order_timeline import OfOrder
from readmodels.product import ProductFilter
from readmodels.sales_day import SalesPeriod
from readmodels.store.queries import query_of, query_of_constants
from readmodels.values import Currency, Id
from readmodels.view import VIEWS, Filter

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("filter", "query"),
    [
        (None, {}),
        (OrderFilter(), {}),
        (
            OrderFilter(customer_id=Id("cus_1"), status=[OrderStatus.PENDING]),
            {"customer_id": "cus_1", "status": {"$in": ["PENDING"]}},
        ),
        (OrderFilter(status=[]), {"status": {"$in": []}}),
        (
            OrderFilter(placed_from=NOON, placed_before=NOON + timedelta(days=1)),
            {"placed_at": {"$gte": NOON, "$lt": NOON + timedelta(days=1)}},
        ),
        (
            OrderFilter(placed_before=NOON + timedelta(microseconds=1)),
            {"placed_at": {"$lt": NOON + timedelta(milliseconds=1)}},
        ),
        (
            OrderFilter(placed_before=datetime.max.replace(tzinfo=UTC)),
            {"placed_at": {"$lt": datetime.max.replace(tzinfo=UTC)}},
        ),
        (ProductFilter(), {"discontinued": False}),
        (
            ProductFilter(category="Lamps", in_stock=False, include_discontinued=True, text="red"),
            {"category": "Lamps", "in_stock": False, "discontinued": {"$in": [False, True]}},
        ),
        (OfCategory(), {}),
        (OfCategory(category="Lamps"), {"category": "Lamps"}),
        (OfCategory(category=""), {}),
        (ProductFilter(category=""), {"discontinued": False}),
        (OfOrder(order_id=Id("ord_1")), {"order_id": "ord_1"}),
        (
            SalesPeriod(from_=date(2026, 3, 1), to=date(2026, 3, 2), currency=Currency("EUR")),
            {"day": {"$gte": "2026-03-01", "$lte": "2026-03-02"}, "currency": "EUR"},
        ),
    ],
)
def test_what_mongodb_is_asked(filter: Filter | None, query: dict[str, Any]) -> None:
    assert query_of(filter) == query


def test_what_changes_is_left_out_where_only_constants_are_asked() -> None:
    filter = OrderFilter(customer_id=Id("cus_1"), status=[OrderStatus.PENDING], placed_from=NOON)
    assert query_of_constants(filter) == {"customer_id": "cus_1", "placed_at": {"$gte": NOON}}


def test_of_a_repeated_value_one_is_kept() -> None:
    filter = OrderFilter(status=[OrderStatus.SHIPPED, *[OrderStatus.PENDING] * 10_000])
    assert filter.status == [OrderStatus.SHIPPED, OrderStatus.PENDING]


def test_the_words_to_find_are_no_condition() -> None:
    assert words_of(ProductFilter(text="red")) == "red"
    assert words_of(ProductFilter()) is None
    assert words_of(OrderFilter(customer_id=Id("cus_1"))) is None


@pytest.mark.parametrize("view", [view for view in VIEWS.values() if view.filter])
def test_each_condition_is_on_a_field_of_the_view(view: Any) -> None:
    names = view.document.__dataclass_fields__
    for condition in conditions_of(view.filter).values():
        assert condition.path in names
        assert condition.history is None or condition.history in names


def test_a_field_without_a_condition_is_refused() -> None:
    @dataclass(frozen=True)
    class Undeclared:
        customer_id: str | None = None

    @dataclass(frozen=True)
    class Doubled:
        customer_id: Annotated[str | None, Equals("customer_id"), AtLeast("customer_id")] = None

    for filter in (Undeclared, Doubled):
        with pytest.raises(TypeError, match=r"customer_id has to declare exactly one condition"):
            conditions_of(filter)


def test_a_list_is_followed_only_where_the_past_of_each_field_is_known() -> None:
    require_followable(OrderFilter)
    with pytest.raises(TypeError) as refused:
        require_followable(OfCategory)
    assert str(refused.value) == (
        "A list narrowed by OfCategory.category cannot be followed: category is neither declared"
        " constant nor has it a history."
    )
