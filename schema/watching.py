"""What the lines of `subscriptions` are made of: a document or a list, followed as it changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cache
from typing import Annotated, Any, Final

import strawberry
from strawberry import UNSET

from readmodels.filter import require_followable
from readmodels.store import Change, ChangeKind
from readmodels.values import Position
from readmodels.view import D, view_of
from schema.context import ReadingInfo
from schema.types.arguments import arguments_of, optional, parameter, taking
from schema.types.fields import description_of, enum_type
from schema.types.input_types import input_type
from schema.types.output_types import output_type

AFTER = optional(
    "after",
    Position,
    "Begin with what changed since this position. One that the view does not show yet is waited"
    " for, for a bounded time; past it, error STALE_READ.",
)


async def _wait_until_shown(info: ReadingInfo, document: type[D], after: Position | None) -> None:
    """Return once the view shows the position to go on after, and the one that the request asks
    for, if any. Raises StaleRead."""
    least = info.context.at_least(after)
    if least:
        await info.context.store.wait_until_shown(document, least.at, info.context.wait)


_ID: Final = parameter(
    "id",
    Annotated[
        strawberry.ID,
        strawberry.argument(description="Whose document; one that is not there yet is waited for."),
    ],
)


def changes_of(document: type[D], description: str, key: type[Any] | None = None) -> Any:
    """A subscription to the document of an id, or to the one that the fields of a key name."""

    async def subscribe(
        info: ReadingInfo, after: Any = UNSET, **given: Any
    ) -> AsyncGenerator[D, None]:
        await _wait_until_shown(info, document, after or None)
        id = key(**given).id if key else given["id"]
        changes = info.context.store.changes(document, id, after or None)
        async with aclosing(changes) as following:
            async for changed in following:
                yield changed

    named = arguments_of(key) if key else [_ID]
    return strawberry.subscription(
        resolver=taking(subscribe, *named, AFTER),
        graphql_type=output_type(document),
        description=description,
    )


def list_changes_of(document: type[D], name: str, description: str) -> Any:
    """A subscription to a list, with the filter that the view declares."""
    of_filter: Any = view_of(document).filter
    require_followable(of_filter)
    filter_type: Any = input_type(of_filter, of_filter.__name__)

    async def subscribe(
        info: ReadingInfo, filter: Any = None, after: Any = UNSET
    ) -> AsyncGenerator[Change[D], None]:
        await _wait_until_shown(info, document, after or None)
        narrowed = filter or of_filter()
        changes = info.context.store.list_changes(document, narrowed, after or None)
        async with aclosing(changes) as following:
            async for change in following:
                yield change

    return strawberry.subscription(
        resolver=taking(
            subscribe, optional("filter", filter_type, description_of(of_filter)), AFTER
        ),
        graphql_type=_change_type(document, name),
        description=description,
    )


@cache
def _change_type(document: type, name: str) -> Any:
    """The type of a change of a list: the document stands in it under the list's own noun."""

    def changed(root: strawberry.Parent[Change[Any]]) -> Any:
        return root.document

    declared = {
        "__annotations__": {"kind": enum_type(ChangeKind), "position": Position},
        "__module__": __name__,
        "kind": strawberry.field(description="What it means for the subscribed filter."),
        name.lower(): strawberry.field(
            resolver=changed,
            graphql_type=output_type(document),
            description="As it is now; where it was removed, as it is outside of the filter.",
        ),
        "position": strawberry.field(
            description="Where to go on after this change: give it as `after`."
        ),
        "is_type_of": classmethod(lambda cls, obj, info: isinstance(obj, Change)),
    }
    return strawberry.type(
        type(f"{name}ListChange", (), declared),
        description="kind says what it means for the subscribed filter: REMOVED is a document that"
        " no longer matches it.",
    )
