"""How a view is declared: the document that it keeps, its key, its indexes, what it can be asked.

A view is a frozen dataclass; its docstring and the strings in its annotations are the API's
descriptions. `position` is filled in by the projections: what of the log it shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, dataclass_transform

from readmodels.document import wrong_with_document, wrong_with_part
from readmodels.values import Position

Direction = Literal[1, -1]
Ordering = tuple[tuple[str, Direction], ...]


class Document(Protocol):
    """What every document has."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def id(self) -> str: ...

    @property
    def position(self) -> Position: ...


class Part(Document, Protocol):
    """An inner document, of which many are summed up in one that a view shows."""

    @property
    def summary(self) -> str:
        """The id of the document in which it counts."""
        ...

    @property
    def rank(self) -> int | None:
        """Where it stands among the parts of its document; None where it is not to be counted
        there."""
        ...


class BadFilter(Exception):
    """A list cannot be narrowed to this: one sentence that says why."""


class Filter(Protocol):
    """What a list can be narrowed to: a dataclass whose fields are arguments of the API, each
    annotated with a condition of `readmodels.filter`; None does not narrow. One that cannot be
    raises BadFilter when it is made."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Index:
    """An index on fields of the document; a field path may reach into it with dots."""

    fields: Ordering


@dataclass(frozen=True, slots=True)
class Search:
    """How words are found in documents: `weights` says of each field in which they are looked for
    how much a hit there counts, `prefix` names the field, as `words.folded` gives it, whose
    beginning may be asked for too. A field of the view's filter is marked as the words."""

    weights: Mapping[str, int]
    prefix: str


def ascending(*paths: str) -> Ordering:
    return tuple((path, 1) for path in paths)


def descending(*paths: str) -> Ordering:
    return tuple((path, -1) for path in paths)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order in which a list can be asked for, and what the API says of it."""

    ordering: Ordering
    description: str


D = TypeVar("D", bound=Document)
D_co = TypeVar("D_co", bound=Document, covariant=True)
P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class View(Generic[D_co]):
    """A view's declaration.

    `name` is frozen once released: it names the collections and the projection. `sorts` maps the
    API's names of orderings to what they are, the first being the default; ties go by `_id`, in the
    direction of the last field. `part` is the type of the inner documents that the view keeps
    beside those it shows, if it does: a dataclass.
    """

    name: str
    document: type[D_co]
    indexes: Sequence[Index] = ()
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    filter: type[Filter] | None = None
    part: type[Part] | None = None
    search: Search | None = None


VIEWS: dict[type[Any], View[Any]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def view(
    name: str,
    *,
    indexes: Sequence[Index] = (),
    sorts: Mapping[str, Sort] | None = None,
    filter: type[Filter] | None = None,
    part: type[Part] | None = None,
    search: Search | None = None,
) -> Callable[[type[D]], type[D]]:
    """Declare a dataclass as the document of a view. Raises TypeError, with all that is wrong,
    where the name is another view's, or where documents could not be kept as they are meant."""

    def declare(cls: type[D]) -> type[D]:
        document = dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True)(cls)
        wrong = [*_wrong_name(name), *wrong_with_document(document)]
        if part is not None:
            wrong += wrong_with_part(part)
        if wrong:
            raise TypeError(f"The view {name!r} cannot be declared: {'; '.join(wrong)}.")
        VIEWS[document] = View(
            name, document, tuple(indexes), dict(sorts or {}), filter, part, search
        )
        return document

    return declare


def _wrong_name(name: str) -> Iterator[str]:
    for other in VIEWS.values():
        if other.name == name:
            yield f"{other.document.__module__}.{other.document.__name__} is a view of this name"


def view_of(document: type[D]) -> View[D]:
    """The declaration behind a document type."""
    return VIEWS[document]
