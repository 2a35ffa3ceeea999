"""Fields under one name: the verdicts of GraphQL's own rule, in a time that goes by their count."""

from __future__ import annotations

import time
from random import Random
from typing import Final

import pytest
from graphql import (
    OverlappingFieldsCanBeMergedRule,
    build_schema,
    parse,
    specified_rules,
    validate,
)
from hypothesis import event, given, settings
from hypothesis import strategies as st

from schema.api import SCHEMA as SHOP
from schema.serving.overlapping import conflicts

SCHEMA: Final = build_schema(
    """
    interface Node { id: ID! name: String node: Node }
    type A implements Node {
      id: ID! name: String node: Node
      n: Int many: [Int] must: Int! a: A b: B any: Any f(i: Int, in: In): Int all: [A!]
    }
    type B implements Node {
      id: ID! name: String node: A
      n: String many: [Int!] must: Int a: A b: B any: Any f(i: Int, in: In): String all: [B!]
    }
    union Any = A | B
    input In { i: Int j: [Int] }
    type Query { node: Node a: A b: B any: Any one(i: Int): A }
    """
)
OTHER_RULES: Final = [
    each for each in specified_rules if each is not OverlappingFieldsCanBeMergedRule
]
# Of each type: its leaves, and what its other fields are of.
LEAVES: Final = {
    "Query": ["__typename"],
    "Node": ["id", "name", "__typename"],
    "A": ["id", "name", "n", "many", "must", "f", "__typename"],
    "B": ["id", "name", "n", "many", "must", "f", "__typename"],
    "Any": ["__typename"],
}
INNER: Final = {
    "Query": {"node": "Node", "a": "A", "b": "B", "any": "Any", "one": "A"},
    "Node": {"node": "Node"},
    "A": {"node": "Node", "a": "A", "b": "B", "any": "Any", "all": "A"},
    "B": {"node": "A", "a": "A", "b": "B", "any": "Any", "all": "B"},
    "Any": {},
}
FITTING: Final = {
    "Query": ["Query"],
    "Node": ["Node", "A", "B"],
    "Any": ["Any", "Node", "A", "B"],
} | {each: [each, "Node", "Any"] for each in ("A", "B")}
FRAGMENTS: Final = [("F0", "Node"), ("F1", "A"), ("F2", "B"), ("F3", "A"), ("F4", "Node")]
ARGUMENTS: Final = ["", "(i: 1)", "(i: 2)", "(in: {i: 1, j: [1]})", "(in: {j: [1], i: 1})"]


def selections(rng: Random, on: str, depth: int, later_than: int) -> str:
    """What stands between two braces; it spreads fragments that come later than a number alone."""
    return " ".join(selection(rng, on, depth, later_than) for _ in range(rng.randint(1, 3)))


def selection(rng: Random, on: str, depth: int, later_than: int) -> str:
    alias = rng.choice(["", "", "id: ", "n: "])
    spreads = [
        name for n, (name, kind) in enumerate(FRAGMENTS) if n > later_than and kind in FITTING[on]
    ]
    kinds = ["leaf", "leaf"]
    if depth:
        kinds += ["inner", "inner", "inline"] if INNER[on] else ["inline"]
    if spreads:
        kinds += ["spread"]
    match rng.choice(kinds):
        case "inner":
            field, kind = rng.choice(sorted(INNER[on].items()))
            arguments = rng.choice(ARGUMENTS[:3]) if field == "one" else ""
            return f"{alias}{field}{arguments} {{ {selections(rng, kind, depth - 1, later_than)} }}"
        case "inline":
            kind = rng.choice(FITTING[on])
            condition = f"on {kind} " if kind != on or rng.random() < 0.5 else ""
            return f"... {condition}{{ {selections(rng, kind, depth - 1, later_than)} }}"
        case "spread":
            return f"...{rng.choice(spreads)}"
    leaf = rng.choice(LEAVES[on])
    return f"{alias}{leaf}{rng.choice(ARGUMENTS) if leaf == 'f' else ''}"


def written(rng: Random) -> str:
    text = "{ " + selections(rng, "Query", 3, -1) + " }"
    for n, (name, kind) in enumerate(FRAGMENTS):
        # Only what is spread: a fragment that is not is refused for that.
        if f"...{name}" in text:
            text += f" fragment {name} on {kind} {{ {selections(rng, kind, 1, n)} }}"
    return text


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**64).map(lambda seed: written(Random(seed))))
def test_the_verdict_is_that_of_the_rule(text: str) -> None:
    document = parse(text)
    if validate(SCHEMA, document, OTHER_RULES):
        event("not valid")
        return
    theirs = validate(SCHEMA, document, [OverlappingFieldsCanBeMergedRule])
    ours = list(conflicts(SCHEMA, document))
    event("conflicts" if theirs else "merges")
    assert bool(ours) == bool(theirs), (text, ours, theirs)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("{ a { n: name n } }", "'name' and 'n' are different fields"),
        ("{ one(i: 1) { n } one(i: 2) { n } }", "they have differing arguments"),
        ("{ one { n } one(i: 2) { n } }", "they have differing arguments"),
        (
            "{ any { ... on A { n } ... on B { n } } }",
            "they return conflicting types 'Int' and 'String'",
        ),
        (
            "{ any { ... on A { a { f } } ... on B { a: b { f } } } }",
            "they return conflicting types 'Int' and 'String'",
        ),
        (
            "{ any { ... on A { must } ... on B { must } } }",
            "they return conflicting types 'Int!' and 'Int'",
        ),
        (
            "{ node { ... on Node { x: id } ... on A { x: name } } }",
            "'id' and 'name' are different",
        ),
        ("{ a { node { x: id } } a { node { x: node { id } } } }", "'id' and 'node' are different"),
        (
            "{ ...F ...G } fragment F on Query { x: a { n } } fragment G on Query { x: b { id } }",
            "'a' and 'b' are different fields",
        ),
    ],
)
def test_what_conflicts_is_named_with_both_places(text: str, because: str) -> None:
    assert not validate(SCHEMA, parse(text), OTHER_RULES)
    error = next(conflicts(SCHEMA, parse(text)))
    assert because in error.message
    assert error.message.startswith("Fields '")
    assert len(error.locations or ()) == 2
    assert validate(SCHEMA, parse(text), [OverlappingFieldsCanBeMergedRule])


@pytest.mark.parametrize(
    "text",
    [
        "{ any { ... on A { x: name } ... on B { x: name } } }",
        "{ any { ... on A { n: __typename } ... on B { n } } }",
        "{ any { ... on A { f(i: 1) } } node { ... on A { f(i: 2) } } }",
        "{ any { ... on A { x: a { y: id } } ... on B { x: b { y: id } } } }",
        "{ any { ... on A { a { s: name } } ... on B { a { s: name } } } }",
        "{ a { f(in: {i: 1, j: [1]}) f(in: {j: [1], i: 1}) } }",
    ],
)
def test_what_can_be_merged_passes(text: str) -> None:
    assert list(conflicts(SCHEMA, parse(text))) == []


_ITEMS: Final = 'order(id: "x") { items { sku quantity unitPrice { amount } } }'


@pytest.mark.parametrize(
    "text",
    [
        "{" + 'node(id: "x") { id } ' * 240 + "}",
        "{" + f"{_ITEMS} " * 80 + "}",
        '{ order(id: "x") {' + " items { sku }" * 240 + "} }",
        "{"
        + " ".join(f"...f{n}" for n in range(120))
        + "}"
        + " ".join(f'fragment f{n} on Query {{ node(id: "x") {{ id }} }}' for n in range(120)),
        "{" + '... on Query { node(id: "x") { ... on Order { id } } } ' * 120 + "}",
    ],
    ids=["root", "nested", "inner", "fragments", "inline"],
)
def test_the_time_goes_by_the_number_of_fields(text: str) -> None:
    document = parse(text)

    def seconds() -> float:
        before = time.thread_time()
        assert list(conflicts(SHOP, document)) == []
        return time.thread_time() - before

    # Some 5 ms where nothing runs beside it; comparing each with each took up to 700. A collection
    # of all that the tests hold takes longer still, and does not come twice in a row.
    assert min(seconds() for _ in range(3)) < 0.1
