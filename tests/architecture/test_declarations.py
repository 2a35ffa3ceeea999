"""All that is declared fits together; what does not is told in words, all of it at once."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest

import commands.aggregate as aggregates
import commands.command as command_module
import commands.events.event as event_module
import commands.process as process_module
import readmodels.view
import schema.cli.main as main_module
from commands.aggregate import Aggregate, Kept, aggregate
from commands.command import command
from commands.events import EVENT_TYPES, OrderPlaced, OrderShipped, Recorded
from commands.events.event import event
from commands.events.orders import OrderEvent
from commands.orders import guards
from commands.process import process
from commands.refusal import Code
from projections.catalogue import all_projections
from projections.category_stats import category_stats
from projections.declarations import WrongDeclarations, wrong_declarations
from projections.order import order
from projections.order_timeline import order_timeline
from projections.projection import Projection
from readmodels.declared import wrong_with_view
from readmodels.filter import WORDS, AtLeast, Equals, OneOf
from readmodels.values import Address, Id, Money, Position
from readmodels.view import VIEWS, Index, Search, Sort, View, ascending, descending, view
from schema import app
from schema.cli.main import main
from schema.declarations import check_declarations, wrong_guards, wrong_lookups


@pytest.fixture(autouse=True)
def registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is declared here is nobody else's."""
    monkeypatch.setattr(readmodels.view, "VIEWS", dict(VIEWS))
    monkeypatch.setattr(event_module, "EVENT_TYPES", dict(EVENT_TYPES))
    for module, registry in (
        (aggregates, "AGGREGATES"),
        (command_module, "COMMANDS"),
        (process_module, "PROCESSES"),
    ):
        monkeypatch.setattr(module, registry, dict(getattr(module, registry)))


def test_all_that_is_declared_fits_together() -> None:
    check_declarations()


def declared(**given: Any) -> View[Any]:
    """A view of parcels."""

    @view("parcel", **given)
    class Parcel:
        id: Id
        carrier: str
        weight: int
        open: bool
        note: str
        to: Address
        paid: tuple[Money, ...]
        position: Position = Position(0)

    return readmodels.view.VIEWS[Parcel]


def wrong(**given: Any) -> list[str]:
    return list(wrong_with_view(declared(**given)))


def test_paths_reach_into_documents_and_tuples() -> None:
    paths = ["carrier", "to.city", "paid.currency", "position.at", "_id"]
    assert wrong(indexes=[Index(ascending(path)) for path in paths]) == []


def test_each_path_is_a_field() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Narrow:
        carrier: Annotated[str | None, Equals("carier", unindexed=True)] = None
        state: Annotated[str | None, Equals("note", history="states", unindexed=True)] = None
        text: Annotated[str | None, WORDS] = None

    assert wrong(
        indexes=[
            Index((*ascending("to.town"), *descending("id"))),
            Index(ascending("name", "_id")),
        ],
        sorts={"BY_WEIGHT": Sort(ascending("wieght"), "By weight.")},
        filter=Narrow,
        search=Search(weights={"note": 1, "title": 5}, prefix="name"),
    ) == [
        "the index on to.town, -id names 'to.town', which is no field of Parcel",
        "the index on to.town, -id names 'id', which is no field of Parcel",
        "the index on name, _id names 'name', which is no field of Parcel",
        "the sort BY_WEIGHT names 'wieght', which is no field of Parcel",
        "the filter's carrier names 'carier', which is no field of Parcel",
        "the filter's state names 'states', which is no field of Parcel",
        "the search names 'title', which is no field of Parcel",
        "the search names 'name', which is no field of Parcel",
        "the sort BY_WEIGHT has no index on wieght",
    ]


def test_each_sort_has_its_index() -> None:
    sorts = {
        "HEAVY": Sort(descending("weight"), "The heaviest first."),
        "LIGHT": Sort(ascending("weight"), "The lightest first."),
        "NOTED": Sort(ascending("note", "weight"), "By note."),
    }
    heavy = Index(descending("weight", "_id"))
    behind = Index(ascending("open", "note", "weight", "_id"))
    assert wrong(sorts=sorts, indexes=[heavy, behind]) == [
        "the sort NOTED has no index on note, weight"
    ]
    assert wrong_again(sorts=sorts, indexes=[Index(ascending("weight", "_id"))]) == [
        "the sort NOTED has no index on note, weight"
    ]


def wrong_again(**given: Any) -> list[str]:
    readmodels.view.VIEWS.popitem()
    return wrong(**given)


def test_each_filter_has_its_index_for_each_sort() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Narrow:
        open: Annotated[bool, Equals("open")]
        carrier: Annotated[str | None, OneOf("carrier")] = None
        weight: Annotated[int | None, AtLeast("weight")] = None
        note: Annotated[str | None, Equals("note", unindexed=True)] = None

    sorts = {
        "HEAVY": Sort(descending("weight"), "The heaviest first."),
        "NOTED": Sort(ascending("note"), "By note."),
    }
    always = [
        Index((*ascending("open"), *descending("weight", "_id"))),
        Index(ascending("open", "note", "_id")),
    ]
    by_carrier = Index(ascending("carrier", "open", "note", "_id"))
    assert wrong(sorts=sorts, filter=Narrow, indexes=[*always, by_carrier]) == [
        "the filter's carrier has no index on 'carrier' for the sort HEAVY",
        "the filter's weight has no index on 'weight' for the sort NOTED",
    ]


def test_a_search_has_its_index_and_its_words() -> None:
    assert wrong(search=Search(weights={"note": 1}, prefix="note")) == [
        "the search has no index on 'note' and '_id'",
        "the search has no field of the filter that is marked as the words",
    ]


def test_a_filters_field_declares_one_condition() -> None:
    @dataclass(frozen=True)
    class Narrow:
        carrier: str | None = None

    assert wrong(filter=Narrow) == ["Narrow.carrier has to declare exactly one condition"]


def test_a_fact_without_a_rule_is_found_in_every_view_of_its_aggregate() -> None:
    @event
    class OrderHeld(OrderEvent):
        order_id: str

    facts = list(event_module.EVENT_TYPES.values())
    assert wrong_declarations(VIEWS.values(), all_projections(), facts) == [
        f"The projection {name}: OrderHeld of the order has no rule: write one, or say"
        f" {name}.ignores(OrderHeld)."
        for name in (
            each.name for each in all_projections() if OrderShipped in each.handled | each.ignored
        )
    ]


def test_a_fact_has_a_rule_or_is_ignored_and_not_both() -> None:
    parcels: Projection[Any] = Projection(declared().document, revision=1)

    @parcels.starts_with(OrderShipped)
    def shipped(fact: Recorded[OrderShipped]) -> Any:
        return None

    facts = [OrderShipped, OrderPlaced]
    views = [parcels.view]
    missing = (
        "The projection parcel: OrderPlaced of the order has no rule: write one, or say"
        " parcel.ignores(OrderPlaced)."
    )
    assert wrong_declarations(views, [parcels], facts) == [missing]
    parcels.ignores(OrderPlaced)
    assert wrong_declarations(views, [parcels], facts) == []
    parcels.ignores(OrderShipped)
    assert wrong_declarations(views, [parcels], facts) == [
        "The projection parcel: OrderShipped has a rule and is ignored: one of both is meant."
    ]


def test_a_view_without_a_projection_is_found() -> None:
    assert wrong_declarations([declared()], [], []) == [
        "The view parcel has no projection: no fact would reach it."
    ]


def test_a_view_has_one_projection() -> None:
    assert wrong_declarations([order.view], [order, order], []) == [
        "The view order has 2 projections: each would undo the others."
    ]


def test_a_views_parts_count_as_its_own() -> None:
    assert category_stats.handled >= {OrderPlaced}
    assert category_stats.ignored >= {OrderShipped}
    assert order_timeline.ignored == set()
    assert order.handled & order.ignored == set()


def test_guards_name_codes_that_there_are() -> None:
    every = [each for each in vars(guards).values() if isinstance(each, guards.Guard)]
    assert {type(guard.code) for guard in every} == {Code}
    code: Any = "ORDER_NOT_PENDING"
    with pytest.raises(TypeError) as refused:
        guards.Guard("holdOrder", (), code, "no order can be held.")
    assert str(refused.value) == "The guard of holdOrder has 'ORDER_NOT_PENDING', which is no Code."


def test_guards_are_of_commands_that_there_are() -> None:
    held = guards.Guard("holdOrder", (), Code.ORDER_NOT_PENDING, "no order can be held.")
    assert list(wrong_guards([guards.CONFIRM, held], {"confirmOrder"})) == [
        "The guard of holdOrder: the API has no command of this name."
    ]


def test_each_field_that_documents_are_looked_for_by_has_its_index() -> None:
    parcel = declared(indexes=[Index(ascending("carrier", "weight"))]).document
    assert list(wrong_lookups([(parcel, "carrier"), (parcel, "weight"), (parcel, "colour")])) == [
        "The view parcel: a query looks for one document by 'weight', which has no index.",
        "The view parcel: a query looks for one document by 'colour', which is no field of Parcel.",
    ]


def test_a_command_ends_with_all_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def check() -> None:
        raise WrongDeclarations(["The view a: b.", "The view c: d."])

    monkeypatch.setattr(app, "check_declarations", check)
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path))
    monkeypatch.setenv("DIPTYCH_PORT", "0")
    assert main(["serve"]) == 2
    assert capsys.readouterr().err == (
        "diptych: What is declared does not fit together:\n  The view a: b.\n  The view c: d.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def broken_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The body of a command, in a module of the program that is still to be written."""
    monkeypatch.setattr("schema.cli.__path__", [str(tmp_path)])
    monkeypatch.setitem(main_module._BODIES, "serve", "schema.cli.broken:serve")
    yield tmp_path / "broken.py"
    sys.modules.pop("schema.cli.broken", None)


def test_all_that_cannot_be_declared_is_told_with_its_place(
    broken_module: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken_module.write_text(
        "from readmodels.customer import Customer\n"
        "from readmodels.view import view\n\n"
        "@view('again')\n"
        "class Again(Customer):\n"
        "    emails: list[str]\n"
    )
    of_its_own = broken_module.with_name("of_its_own.py")
    of_its_own.write_text(
        "from commands.orders.guards import Guard\n\n"
        "HOLD = Guard('holdOrder', (), 'HELD', 'it is held.')\n"
    )
    on_the_first = broken_module.with_name("on_the_first.py")
    on_the_first.write_text("from schema.cli.broken import Again\n")
    assert main(["serve"]) == 2
    assert capsys.readouterr().err == (
        "diptych: The program cannot be loaded:\n"
        f"  {broken_module}, line 4: TypeError: The view"
        " 'again' cannot be declared: Again.emails holds list[str], which can be changed in place:"
        " take a tuple or a frozen dataclass of types that are known.\n"
        f"  {of_its_own}, line 3: TypeError: The guard of holdOrder has 'HELD', which is no Code.\n"
    )


def test_what_fails_once_the_program_is_loaded_keeps_its_traceback(broken_module: Path) -> None:
    broken_module.write_text(
        "async def serve(settings: object) -> int:\n    raise TypeError('at work')\n"
    )
    with pytest.raises(TypeError, match="at work"):
        main(["serve"])


def test_a_second_fact_of_a_name_is_refused() -> None:
    before = event_module.EVENT_TYPES["OrderPlaced"]
    with pytest.raises(TypeError) as refused:

        @event
        class OrderPlaced(OrderEvent):
            order_id: str

    assert str(refused.value) == (
        f"{__name__} declares a fact OrderPlaced, and commands.events.orders has one of this name:"
        " the log tells facts by their names."
    )
    assert event_module.EVENT_TYPES["OrderPlaced"] is before


def test_a_second_aggregate_of_a_category_is_refused() -> None:
    with pytest.raises(TypeError) as refused:

        @aggregate
        class Basket(Aggregate):
            category = "order"
            kept = Kept.EVENT_SOURCED

    assert str(refused.value) == (
        f"{__name__}.Basket is declared as the aggregate of category 'order', and"
        " commands.orders.order.Order is that already."
    )


def test_a_second_view_of_a_name_is_refused() -> None:
    declared()
    with pytest.raises(TypeError) as refused:
        declared()
    assert str(refused.value) == (
        f"The view 'parcel' cannot be declared: {__name__}.Parcel is a view of this name."
    )


def test_a_second_command_of_a_name_is_refused() -> None:
    with pytest.raises(TypeError) as refused:

        @command
        class PlaceOrder:
            order_id: Id

    assert str(refused.value) == (
        f"{__name__} declares a command PlaceOrder, and commands.orders.place_order has one of this"
        " name."
    )


def test_a_second_process_of_a_name_is_refused() -> None:
    untyped: Any = process
    with pytest.raises(TypeError) as refused:

        @untyped
        class Window:
            name: ClassVar[str] = "payment_window"

    assert str(refused.value) == (
        f"{__name__}.Window is declared as the process 'payment_window', and"
        " commands.orders.payment_window.PaymentWindow is that already."
    )
