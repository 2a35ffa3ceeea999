"""What one request may cost: the documents that it reads and the bytes that it is answered."""

from dataclasses import dataclass, fields
from typing import Any, Final

from graphql import GraphQLError

ELEMENTS_OF_A_DOCUMENT: Final = 100
"""So many elements of a document's lists count as one more document."""


_CODE: Final = "COST_EXCEEDED"


@dataclass(frozen=True, slots=True)
class AnswerBounds:
    """The most that one answer may take: each state of a subscription is one."""

    documents: int = 2_000
    bytes: int = 4 * 1024 * 1024


USUAL_BOUNDS: Final = AnswerBounds()


@dataclass(slots=True)
class Cost:
    """What an answer has taken so far. Going beyond a bound raises a GraphQLError, before the work
    is done; and again, whatever is asked for then."""

    bounds: AnswerBounds = USUAL_BOUNDS
    documents: int = 0
    bytes: int = 0

    @property
    def exceeded(self) -> GraphQLError | None:
        if self.documents > self.bounds.documents:
            return _error(
                f"This asks for more than {self.bounds.documents:,} documents (and"
                f" {ELEMENTS_OF_A_DOCUMENT} elements of a document's lists count as one more):"
                " ask for fewer at a time, such as smaller pages."
            )
        if self.bytes > self.bounds.bytes:
            return _error(
                f"The answer would have more than {self.bounds.bytes:,} bytes: ask for fewer fields"
                " or documents at a time."
            )
        return None

    def add_documents(self, count: int) -> None:
        """Of what is about to be read."""
        self.documents += count
        self._require_within()

    def add_elements(self, document: Any) -> None:
        """Of what was read, if anything was."""
        if document is None:
            return
        values = (getattr(document, each.name) for each in fields(document))
        elements = sum(len(value) for value in values if isinstance(value, list | tuple))
        self.add_documents(elements // ELEMENTS_OF_A_DOCUMENT)

    def add_bytes(self, count: int) -> None:
        """Of what is about to be answered."""
        self.bytes += count
        if self.bytes > self.bounds.bytes:
            self._require_within()

    def _require_within(self) -> None:
        if error := self.exceeded:
            raise error


def is_too_much(error: GraphQLError) -> bool:
    """Whether it says that an answer went beyond a bound."""
    return (error.extensions or {}).get("code") == _CODE


def _error(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": _CODE})
