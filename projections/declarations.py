"""Whether views, projections and facts fit together, looked at before anything begins.

Each would else be found out by whoever is the first to ask: a list by a query, a fact by the page
that does not show it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from commands.events import Event
from projections.projection import Projection
from readmodels.declared import wrong_with_view
from readmodels.document import has_field
from readmodels.view import View


class WrongDeclarations(Exception):
    """What was declared does not fit together: all that is wrong, a line each."""

    def __init__(self, wrong: Sequence[str]) -> None:
        super().__init__("\n  ".join(["What is declared does not fit together:", *wrong]))
        self.wrong = wrong


def wrong_declarations(
    views: Iterable[View[Any]],
    projections: Sequence[Projection[Any]],
    facts: Sequence[type[Event]],
) -> list[str]:
    """In words, each thing that is wrong."""
    wrong = []
    projected = {projection.name for projection in projections}
    for view in sorted(views, key=lambda each: each.name):
        wrong += [f"The view {view.name}: {each}." for each in wrong_with_view(view)]
        if view.name not in projected:
            wrong.append(f"The view {view.name} has no projection: no fact would reach it.")
    for name, count in sorted(Counter(each.name for each in projections).items()):
        if count > 1:
            wrong.append(f"The view {name} has {count} projections: each would undo the others.")
    for projection in projections:
        wrong += [
            f"The projection {projection.name}: {each}."
            for each in (*_wrong_fan_outs(projection), *_wrong_facts(projection, facts))
        ]
    return wrong


def _wrong_fan_outs(projection: Projection[Any]) -> Iterator[str]:
    document = projection.view.document
    for field in sorted(projection.fan_out_fields):
        if not has_field(document, field):
            yield f"a fan-out names {field!r}, which is no field of {document.__name__}"


def _wrong_facts(projection: Projection[Any], facts: Sequence[type[Event]]) -> Iterator[str]:
    """Of an aggregate of which any fact has a rule, every fact needs one, or is to be ignored."""
    handled, ignored = projection.handled, projection.ignored
    concerning = {fact.stream_category for fact in (*handled, *ignored)}
    for fact in sorted(facts, key=lambda each: (each.stream_category, each.__name__)):
        if fact in handled and fact in ignored:
            yield f"{fact.__name__} has a rule and is ignored: one of both is meant"
        if fact.stream_category in concerning and fact not in handled and fact not in ignored:
            yield (
                f"{fact.__name__} of the {fact.stream_category} has no rule: write one, or say"
                f" {projection.name}.ignores({fact.__name__})"
            )
