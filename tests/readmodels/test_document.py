"""A document can be kept as it is meant, or its view cannot be declared."""

from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, NewType

import msgspec
import pytest

import readmodels.view
from readmodels.store import Store
from readmodels.store.codec import decode, encode, encode_difference
from readmodels.values import Id, Inner, MoneySum, Position
from readmodels.view import VIEWS, Index, ascending, view
from tests.readmodels.documents import put

Tags = NewType("Tags", list[str])

untyped: Any = view
"""For what mypy would refuse before the view does."""


@dataclass(frozen=True)
class Shelf:
    name: str
    boxes: list[str]


@dataclass(frozen=True)
class Room:
    shelves: tuple[Shelf, ...]


@dataclass
class Drawer:
    name: str


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is declared here is no view of anybody else's."""
    monkeypatch.setattr(readmodels.view, "VIEWS", dict(VIEWS))


def declared(kind: Any, name: str = "thing") -> type[Any]:
    """A view's document with a field of this type."""

    class Thing:
        id: Id
        kept: kind
        position: Position = Position(0)

    document: type[Any] = view(name)(Thing)
    return document


@pytest.mark.parametrize(
    ("kind", "where", "what"),
    [
        (list[str], "", "list[str]"),
        (list, "", "list"),
        (dict[str, int], "", "dict[str, int]"),
        (set[int], "", "set[int]"),
        (bytearray, "", "bytearray"),
        (tuple[list[int], ...], "", "list[int]"),
        (tuple, "", "tuple"),
        (frozenset[bytearray], "", "bytearray"),
        (list[str] | None, "", "list[str]"),
        (Annotated[dict[str, str], "Described."], "", "dict[str, str]"),
        (Inner[set[str]], "", "set[str]"),
        (Tags, "", "list[str]"),
        (Shelf, ".boxes", "list[str]"),
        (Room | None, ".shelves.boxes", "list[str]"),
        (tuple[Drawer, ...], "", "Drawer"),
        (Sequence[str], "", "collections.abc.Sequence[str]"),
        (MutableSequence[str], "", "collections.abc.MutableSequence[str]"),
        (Mapping[str, str], "", "collections.abc.Mapping[str, str]"),
        (Any, "", "Any"),
        (object, "", "object"),
    ],
)
def test_what_can_be_changed_in_place_is_refused(kind: Any, where: str, what: str) -> None:
    with pytest.raises(TypeError) as refused:
        declared(kind)
    assert str(refused.value) == (
        f"The view 'thing' cannot be declared: Thing.kept{where} holds {what}, which can be changed"
        " in place: take a tuple or a frozen dataclass of types that are known."
    )
    assert "thing" not in {each.name for each in readmodels.view.VIEWS.values()}


class Colour(StrEnum):
    RED = "RED"


@dataclass(frozen=True)
class Box:
    """One in a box in a box."""

    name: str
    inner: "Box | None" = None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (tuple[str, ...], ("a", "b")),
        (tuple[int, str], (1, "b")),
        (frozenset[int], frozenset({1})),
        (Inner[tuple[MoneySum, ...]], (MoneySum(Decimal("1"), "EUR"),)),
        (tuple[tuple[int, ...], ...], ((1, 2), ())),
        (Colour | None, Colour.RED),
        (Literal["a", 1], 1),
        (Box, Box("out", Box("in"))),
        (datetime, datetime(2026, 1, 1, tzinfo=UTC)),
        (date | None, date(2026, 1, 1)),
        (Decimal, Decimal("1.50")),
        (bool, True),
        (float, 0.5),
        (bytes, b"x"),
    ],
)
def test_what_cannot_be_changed_comes_back_as_it_was(kind: Any, value: Any) -> None:
    thing = declared(kind)
    document = thing(id=Id("t_1"), kept=value, position=Position(3, 1, 2))
    back = decode(encode(document), thing)
    assert back == document
    assert back.position.since == 2


def test_a_set_is_stored_in_the_same_order_each_time() -> None:
    thing = declared(frozenset[int])
    stored = encode(thing(id=Id("t_1"), kept=frozenset({64, 0, 32, 8}), position=Position(3)))
    assert stored["kept"] == [0, 8, 32, 64]


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(TypeError) as refused:

        @untyped("order")
        class Thing:
            id: int
            _id: str
            tags: list[str]
            position: int = 0

    assert str(refused.value) == (
        "The view 'order' cannot be declared: readmodels.order.Order is a view of this name;"
        " Thing.id is int and must be str; Thing.position is int and must be Position;"
        " Thing._id has a name that the store keeps for itself; Thing.tags holds list[str], which"
        " can be changed in place: take a tuple or a frozen dataclass of types that are known."
    )


def test_what_every_document_has_cannot_be_missing() -> None:
    with pytest.raises(TypeError, match="Thing has no field 'id'; Thing has no field 'position'"):

        @untyped("thing")
        class Thing:
            name: str


def test_parts_are_documents_too() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Share:
        id: Id
        summary: str
        rank: str | None
        tags: list[str]
        position: Position

    def with_part(part: Any) -> str:
        class Thing:
            id: Id
            position: Position = Position(0)

        with pytest.raises(TypeError) as refused:
            untyped("thing", part=part)(Thing)
        return str(refused.value).removeprefix("The view 'thing' cannot be declared: ")

    assert with_part(Share) == (
        "Share.rank is str | None and must be int | None; Share.tags holds list[str], which can be"
        " changed in place: take a tuple or a frozen dataclass of types that are known."
    )
    assert with_part(Drawer) == "Drawer is no frozen dataclass."
    assert with_part(str) == "str is no frozen dataclass."


async def test_fields_may_be_called_like_the_parts_of_a_position(store: Store) -> None:
    @view("machine", indexes=[Index(ascending("revision", "_id"))])
    class Machine:
        id: Id
        at: int
        revision: int
        since: str
        position: Position = Position(0)

    first = Machine(id=Id("m_1"), at=1, revision=7, since="May", position=Position(1, 2, 1))
    second = replace(first, revision=8, position=Position(4, 2, 1))
    assert encode_difference(first, second) == {
        "revision": 8,
        "position": {"at": 4, "revision": 2, "since": 1},
    }
    await put(store, Machine, inserted=[first])
    assert await store.get(Machine, "m_1") == first
    await put(store, Machine, replaced=[second])
    found = await store.find_by(Machine, "revision", 8)
    assert found == second
    assert found.position.since == 1


def test_equal_values_of_other_digits_are_a_difference() -> None:
    thing = declared(Decimal)
    before = thing(id=Id("t_1"), kept=Decimal("1.0"))
    after = replace(before, kept=Decimal("1.00"))
    assert before == after
    assert msgspec.json.encode(encode_difference(before, after)) == b'{"kept":"1.00"}'
