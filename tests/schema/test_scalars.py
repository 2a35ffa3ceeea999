"""The API's scalars: exactly what is accepted, and how it is answered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from commands.events.currencies import MINOR_DIGITS
from readmodels.values import Money, MoneySum, Position
from schema.types import scalars
from schema.types.money import amount_of


def parsed(scalar: Any, value: object) -> Any:
    return scalar.parse_value(value)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01t12:00:00z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00+01:30", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
        ("2026-03-01T12:00:00.25+00:00", datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)),
        ("2026-03-01T12:00:00-00:30", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:00:00-23:59", datetime(2026, 3, 2, 11, 59, tzinfo=UTC)),
        ("2026-03-01T12:00:00.1234567Z", datetime(2026, 3, 1, 12, 0, 0, 123_456, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60.5z", datetime(2017, 1, 1, 0, 0, 0, 500_000, UTC)),
        ("1998-12-31T15:59:60.123-08:00", datetime(1999, 1, 1, 0, 0, 0, 123_000, UTC)),
        ("1999-01-01T00:59:60+01:00", datetime(1999, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_has_an_offset_and_is_kept_in_utc(text: str, instant: datetime) -> None:
    assert parsed(scalars.DATE_TIME, text) == instant
    assert parsed(scalars.DATE_TIME, text).tzinfo is UTC


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        (scalars.DATE_TIME, "2026-03-01T12:00:00"),
        (scalars.DATE_TIME, "2026-03-01"),
        (scalars.DATE_TIME, "2026-03-01 12:00:00Z"),
        (scalars.DATE_TIME, "2026-02-30T12:00:00Z"),
        (scalars.DATE_TIME, "2026-03-01T24:00:00Z"),
        (scalars.DATE_TIME, "2026-03-01T12:00:00-00:00"),
        (scalars.DATE_TIME, "2026-03-01T12:00:00.000-00:00"),
        (scalars.DATE_TIME, "2016-12-31T23:59:61Z"),
        (scalars.DATE_TIME, "2016-12-31T23:58:60Z"),
        (scalars.DATE_TIME, "2016-12-31T12:59:60Z"),
        (scalars.DATE_TIME, "2016-12-31T23:59:60+01:00"),
        (scalars.DATE_TIME, "9999-12-31T23:59:60Z"),
        (scalars.DATE_TIME, "2026-03-01T12:60:00Z"),
        (scalars.DATE_TIME, "2026-03-01T12:00:00.Z"),
        (scalars.DATE_TIME, "2026-03-01T12:00Z"),
        (scalars.DATE_TIME, "2026-03-01T12:00:00+0100"),
        (scalars.DATE_TIME, "2026-03-01T12:00:00+24:00"),
        (scalars.DATE_TIME, "2026-03-01T12:00:00+01:60"),
        (scalars.DATE_TIME, "0000-03-01T12:00:00Z"),
        (scalars.DATE_TIME, "0001-01-01T00:00:00+00:01"),
        (scalars.DATE_TIME, "9999-12-31T23:59:59-00:01"),
        (scalars.DATE_TIME, "٢٠٢٦-03-01T12:00:00Z"),
        (scalars.DATE_TIME, 1_700_000_000),
        (scalars.DATE, "2026-02-30"),
        (scalars.DATE, "20260201"),
        (scalars.DATE, "2026-W05-1"),
        (scalars.DECIMAL, 129.9),
        (scalars.DECIMAL, 129),
        (scalars.DECIMAL, "1e5"),
        (scalars.DECIMAL, "NaN"),
        (scalars.DECIMAL, "1_000"),
        (scalars.DECIMAL, " 1"),
        (scalars.DECIMAL, "1."),
        (scalars.DECIMAL, "9" * 31),
        (scalars.POSITION, 7),
        (scalars.POSITION, "-7"),
        (scalars.POSITION, "007"),
        (scalars.POSITION, "7."),
        (scalars.POSITION, "7.0"),
        (scalars.POSITION, "7.1.1"),
        (scalars.POSITION, "7.1234567890"),
        (scalars.POSITION, "9223372036854775808"),
        (scalars.BIG_INT, "9223372036854775808"),
        (scalars.BIG_INT, 7),
        (scalars.CURRENCY_CODE, "eur"),
        (scalars.CURRENCY_CODE, "EURO"),
        (scalars.CURRENCY_CODE, True),
    ],
)
def test_what_is_not_exactly_one_is_refused_in_words(scalar: Any, value: object) -> None:
    with pytest.raises(GraphQLError) as refused:
        parsed(scalar, value)
    assert scalar.name in refused.value.message
    assert refused.value.extensions == {"code": "BAD_USER_INPUT"}


def test_values_are_answered_in_their_one_form() -> None:
    east = timezone(timedelta(hours=2))
    assert scalars.instant_text(datetime(2026, 3, 1, 1, tzinfo=east)) == "2026-02-28T23:00:00.000Z"
    fraction = datetime(2026, 3, 1, 1, 0, 0, 5_999, tzinfo=UTC)
    assert scalars.instant_text(fraction) == "2026-03-01T01:00:00.005Z"
    assert scalars.instant_text(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000Z"
    assert scalars.DATE.serialize is not None
    assert scalars.DATE.serialize(date(2026, 3, 1)) == "2026-03-01"
    assert scalars.DECIMAL.serialize is not None
    assert scalars.DECIMAL.serialize(Decimal("1E+3")) == "1000"
    assert scalars.POSITION.serialize is not None
    assert scalars.POSITION.serialize(Position(123)) == "123"
    assert scalars.POSITION.serialize(Position(123, revision=2, since=7)) == "123.2"
    assert parsed(scalars.POSITION, "9223372036854775807") == Position(2**63 - 1)
    assert parsed(scalars.POSITION, "123.2") == Position(123, revision=2)
    assert parsed(scalars.BIG_INT, "-5") == -5
    assert parsed(scalars.DATE, "2024-02-29") == date(2024, 2, 29)
    assert parsed(scalars.CURRENCY_CODE, "EUR") == "EUR"


@given(st.text("0123456789", min_size=1, max_size=12), st.integers(0, 999))
def test_a_fraction_compares_with_whole_milliseconds_as_all_of_its_digits_do(
    digits: str, millisecond: int
) -> None:
    second = datetime(2026, 3, 1, 12, tzinfo=UTC)
    read = parsed(scalars.DATE_TIME, f"2026-03-01T12:00:00.{digits}Z") - second
    exact, kept = Fraction(int(digits), 10 ** len(digits)), Fraction(millisecond, 1_000)
    whole = timedelta(milliseconds=millisecond)
    assert (read < whole, read > whole) == (exact < kept, exact > kept)
    assert read // timedelta(milliseconds=1) == exact * 1_000 // 1


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [
        (1299, "EUR", "12.99"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
        (-5, "EUR", "-0.05"),
        (1299, "JPY", "1299"),
        (1299, "KWD", "1.299"),
        (1, "CLF", "0.0001"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(minor: int, currency: str, amount: str) -> None:
    assert format(amount_of(Money(minor, currency)), "f") == amount


@given(st.integers(-(10**33), 10**33), st.sampled_from(sorted(MINOR_DIGITS)))
def test_no_amount_loses_a_digit(minor: int, currency: str) -> None:
    shown = format(amount_of(MoneySum(Decimal(minor), currency)), "f")
    whole, _, digits = shown.partition(".")
    assert int(whole + digits) == minor
    assert len(digits) == MINOR_DIGITS[currency]
