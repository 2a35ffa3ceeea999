"""Whether all that is declared fits together, on both sides and between them and the API."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from commands.events import EVENT_TYPES
from commands.orders import guards
from commands.orders.guards import Guard
from projections.catalogue import all_projections
from projections.declarations import WrongDeclarations, wrong_declarations
from readmodels.declared import wrong_with_lookup
from readmodels.view import VIEWS, view_of
from schema.api import SCHEMA
from schema.reading import LOOKUPS


def check_declarations() -> None:
    """Raises WrongDeclarations with all that is wrong with the views, their projections and the
    facts of this program, and with what the API makes of them."""
    assert SCHEMA.mutation_type is not None
    every_guard = [each for each in vars(guards).values() if isinstance(each, Guard)]
    wrong = [
        *wrong_declarations(list(VIEWS.values()), all_projections(), list(EVENT_TYPES.values())),
        *wrong_lookups(LOOKUPS),
        *wrong_guards(every_guard, SCHEMA.mutation_type.fields.keys()),
    ]
    if wrong:
        raise WrongDeclarations(wrong)


def wrong_lookups(lookups: Iterable[tuple[type[Any], str]]) -> Iterator[str]:
    for document, field in lookups:
        view = view_of(document)
        yield from (f"The view {view.name}: {each}." for each in wrong_with_lookup(view, field))


def wrong_guards(declared: Iterable[Guard], commands: Collection[str]) -> Iterator[str]:
    """Pages offer commands by the names that guards have for them."""
    for guard in declared:
        if guard.command not in commands:
            yield f"The guard of {guard.command}: the API has no command of this name."
