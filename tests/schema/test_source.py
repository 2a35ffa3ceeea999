"""Where something stands in the text of an operation."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from graphql import Source

from schema.serving.source import IndexedSource


def places(text: str) -> Iterator[int]:
    """Where something may stand: not within the end of a line."""
    return (at for at in range(len(text) + 1) if text[at - 1 : at + 1] != "\r\n")


@pytest.mark.parametrize(
    "text",
    ["", "a", "\n", "\r\n\r\n", "{\n  a\r\n  b\r  c\n\r}", "\u2028a\x0bb\x85c\x1cd\n", "a\n" * 3]
    + ["".join(random.Random(n).choices(["\n", "\r", "\r\n", "a", "é"], k=200)) for n in range(5)],
)
def test_a_place_is_at_the_line_and_column_that_graphql_names(text: str) -> None:
    indexed, plain = IndexedSource(text), Source(text)
    for at in places(text):
        assert indexed.get_location(at) == plain.get_location(at)
