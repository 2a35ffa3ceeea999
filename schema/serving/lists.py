"""Lists that clients send: none is converted beyond what any of them may have.

What checks a list refuses one that is cut as it would the whole: its length is over the bound.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import DocumentNode, ListValueNode, Visitor, visit

# An order has the longest one, of 2,000 lines.
LONGEST_LIST: Final = 2_001
_FEW_VALUES: Final = 1_000


def cut_lists(value: Any) -> Any:
    """A JSON value without what its lists have beyond the longest."""
    if isinstance(value, dict):
        return {key: cut_lists(each) for key, each in value.items()}
    if isinstance(value, list):
        return [cut_lists(each) for each in value[:LONGEST_LIST]]
    return value


def cut_lists_in_text(document: DocumentNode) -> DocumentNode:
    """The same for the lists that are written out in an operation."""
    cut: DocumentNode = visit(document, _Cut())
    return cut


class _Cut(Visitor):
    def enter_list_value(self, node: ListValueNode, *_: Any) -> ListValueNode | None:
        if len(node.values) <= LONGEST_LIST:
            return None
        return ListValueNode(values=node.values[:LONGEST_LIST], loc=node.loc)


def has_many_values(variables: Mapping[str, Any] | None) -> bool:
    """Whether converting them takes some milliseconds."""
    return any(number >= _FEW_VALUES for number, _ in enumerate(_values(variables)))


def _values(value: Any) -> Iterator[Any]:
    """All of them, however deep, in no order."""
    pending = [value]
    while pending:
        value = pending.pop()
        yield value
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
