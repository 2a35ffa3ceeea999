"""The API's own scalars: what is accepted, how it is answered, and what is said of what is not."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NewType

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped

from readmodels.values import BigInt, Position

CurrencyCode = NewType("CurrencyCode", str)
"""An ISO 4217 code: EUR."""

_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d"
_INSTANT: Final = re.compile(
    rf"(\d{{4}}-\d\d-\d\d[Tt]{_CLOCK}):([0-5]\d|60)(?:\.(\d+))?([Zz]|(?!-00:00)[+-]{_CLOCK})",
    re.ASCII,
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_POSITION: Final = re.compile(r"(0|[1-9]\d{0,18})(\.[1-9]\d{0,8})?", re.ASCII)
_INTEGER: Final = re.compile(r"0|-?[1-9]\d{0,18}", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_LARGEST: Final = 2**63 - 1


def refusal(message: str) -> GraphQLError:
    """The client's own input is wrong."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def _text(scalar: str, accepted: str, value: object) -> str:
    if not isinstance(value, str):
        raise refusal(f"{scalar} must be a string: {accepted}.")
    return value


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "…")


def _parser(
    scalar: str, pattern: re.Pattern[str], accepted: str, convert: Callable[[str], Any]
) -> Callable[[object], Any]:
    def parse(value: object) -> Any:
        text = _text(scalar, accepted, value)
        try:
            if pattern.fullmatch(text):
                return convert(text)
        except (ValueError, OverflowError):
            pass
        raise refusal(f"{_shown(text)} is no {scalar}: it must be {accepted}.")

    return parse


def _in_text(parse: Callable[[object], Any]) -> Callable[..., Any]:
    """The same for a value that stands in the operation's text: the refusal says where."""

    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        try:
            return parse(value_from_ast_untyped(node, variables))
        except GraphQLError as error:
            raise GraphQLError(error.message, node, extensions=error.extensions) from None

    return parse_literal


def _scalar(
    name: str,
    description: str,
    serialize: Callable[[Any], str],
    parse: Callable[[object], Any],
    specified_by_url: str | None = None,
) -> Any:
    return strawberry.scalar(
        name=name,
        description=description,
        specified_by_url=specified_by_url,
        serialize=serialize,
        parse_value=parse,
        parse_literal=_in_text(parse),
    )


def _instant(text: str) -> datetime:
    given = _INSTANT.fullmatch(text)
    assert given is not None
    minute, second, digits, offset = given.groups(default="")
    is_leap = second == "60"
    whole = f"{minute}:{'59' if is_leap else second}{offset.upper()}"
    at = datetime.fromisoformat(whole).astimezone(UTC)
    if is_leap:
        at = _after_leap_second(at)
    return at.replace(microsecond=_microsecond(digits))


def _after_leap_second(at: datetime) -> datetime:
    """The second after a 60th, which only the last minute of a day in UTC can have; `at` is that
    minute's 59th."""
    if (at.hour, at.minute) != (23, 59):
        raise ValueError("this minute has no leap second")
    return at + timedelta(seconds=1)


def _microsecond(digits: str) -> int:
    """Of a fraction of any length, so that it compares with whole milliseconds, which are what is
    kept, as all of its digits do: the last of Python's six says that there was more where these
    alone would be a whole millisecond. To the millisecond it is cut as if it were exact."""
    microsecond = int(f"{digits[:6]:0<6}")
    has_more = digits[6:].strip("0") != ""
    return microsecond + 1 if has_more and microsecond % 1_000 == 0 else microsecond


def instant_text(value: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _within_64_bits(text: str) -> int:
    number = int(text)
    if not -_LARGEST - 1 <= number <= _LARGEST:
        raise ValueError("beyond 64 bits")
    return number


def _position(text: str) -> Position:
    at, _, revision = text.partition(".")
    return Position(_within_64_bits(at), int(revision or 0))


asked_position: Final[Callable[[object], Position]] = _parser(
    "Position", _POSITION, "a position that this server answered", _position
)
"""Reads what a client gives as a position; refuses what is none."""


def _decimal_text(value: Decimal) -> str:
    return format(value, "f")


DATE_TIME = _scalar(
    name="DateTime",
    description="An instant, RFC 3339 with an offset, always answered in UTC. A value with no"
    " offset is refused. Answers have three digits of a second and end in Z:"
    " 2026-03-01T12:00:00.000Z. Taken are any digits of a second or none, offsets but -00:00, which"
    " says nothing, and 23:59:60Z, read as the second after it.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    serialize=instant_text,
    parse=_parser(
        "DateTime",
        _INSTANT,
        "an instant of the years 0001 to 9999 with an offset (-00:00 is none), such as"
        " 2026-03-01T12:00:00.000Z",
        _instant,
    ),
)
DATE = _scalar(
    name="Date",
    description="A calendar day, YYYY-MM-DD.",
    specified_by_url="https://scalars.graphql.org/andimarek/local-date",
    serialize=date.isoformat,
    parse=_parser("Date", _DAY, "a calendar day, YYYY-MM-DD", date.fromisoformat),
)
DECIMAL = _scalar(
    name="Decimal",
    description='An exact decimal number, as a string: "129.90". Never a float.',
    serialize=_decimal_text,
    parse=_parser(
        "Decimal",
        _DECIMAL,
        'up to 30 digits, and up to 30 more after a point, such as "129.90"',
        Decimal,
    ),
)
POSITION = _scalar(
    name="Position",
    description="A place in the event log, opaque to clients. Later facts have later positions.",
    serialize=str,
    parse=asked_position,
)
BIG_INT = _scalar(
    name="BigInt",
    description="An integer of up to 64 bits, as a string.",
    serialize=str,
    parse=_parser("BigInt", _INTEGER, "an integer of up to 64 bits", _within_64_bits),
)
CURRENCY_CODE = _scalar(
    name="CurrencyCode",
    description="An ISO 4217 code: EUR.",
    serialize=str,
    parse=_parser("CurrencyCode", _CURRENCY, "three capital letters, such as EUR", str),
)

SCALARS: Mapping[object, Any] = {
    datetime: DATE_TIME,
    date: DATE,
    Decimal: DECIMAL,
    Position: POSITION,
    BigInt: BIG_INT,
    CurrencyCode: CURRENCY_CODE,
}
