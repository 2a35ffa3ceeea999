"""Cursors of lists: a document's place in an order, as opaque text that cannot be confused with
another order's."""

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from readmodels.store.errors import BadCursor
from readmodels.view import Ordering, view_of

_INT64: Final = 2**63

# A cursor comes back from outside: its values must be what the fields hold, and no more.
_ACCEPTED: Final[dict[Any, Any]] = {
    int: Annotated[int, msgspec.Meta(ge=-_INT64, le=_INT64 - 1)],
    datetime: Annotated[datetime, msgspec.Meta(tz=True)],
    str: str,
}


class Cursors:
    """The cursors of one order of a list: places in it, each some values of known types and an id,
    under the order's name."""

    def __init__(self, name: str, kinds: Iterable[Any]) -> None:
        self.name = name
        shape: Any = tuple.__class_getitem__((str, *kinds, str))
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(shape)

    def cursor(self, place: Iterable[Any]) -> str:
        text = msgspec.json.encode([self.name, *place])
        return base64.urlsafe_b64encode(text).decode().rstrip("=")

    def place(self, cursor: str) -> tuple[Any, ...]:
        """Raises BadCursor."""
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
            name, *values = self._decoder.decode(text)
            if name != self.name:
                raise BadCursor(cursor, self.name)
            return tuple(_in_utc(value) for value in values)
        except (ValueError, binascii.Error, msgspec.MsgspecError, OverflowError):
            raise BadCursor(cursor, self.name) from None


class Sorting(Cursors):
    """One ordering of a view's list, and the cursors in it."""

    def __init__(self, document: type[Any], name: str, ordering: Ordering) -> None:
        # Ties go by the id, in the direction of the last field.
        self.ordering: Ordering = (*ordering, ("_id", ordering[-1][1]))
        paths = [path for path, _ in ordering]
        self._values = [attrgetter(path) for path in [*paths, "id"]]
        super().__init__(name, (_ACCEPTED[_field_type(document, path)] for path in paths))

    def cursor_of(self, document: Any) -> str:
        """The document's place."""
        return self.cursor(value(document) for value in self._values)


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _field_type(document: type[Any], path: str) -> Any:
    """The plain type of a field, which a dotted path may find inside another."""
    current: Any = document
    for name in path.split("."):
        current = get_type_hints(current)[name]
    current = getattr(current, "__supertype__", current)
    return get_args(current)[0] if get_origin(current) is Annotated else current


@cache
def sorting_of(document: type, name: str | None) -> Sorting:
    """The ordering that a view declares under a name, by default its first."""
    sorts = view_of(document).sorts
    name = next(iter(sorts)) if name is None else name
    return Sorting(document, name, sorts[name].ordering)
