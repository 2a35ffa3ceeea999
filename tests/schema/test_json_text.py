"""JSON is read strictly, and what it costs goes by its size alone."""

from __future__ import annotations

import time
from typing import Any

import pytest

from schema.serving.json_text import MOST_LEVELS, MOST_VALUES, BadJson, read_json

LARGEST = 1024 * 1024


def refusal(text: str) -> str:
    with pytest.raises(BadJson) as refused:
        read_json(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}', {"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ("[" * MOST_LEVELS + "]" * MOST_LEVELS, None),
        ('{"a":' * MOST_LEVELS + "1" + "}" * MOST_LEVELS, None),
        ("1e3", 1000.0),
    ],
)
def test_json_is_read(text: str, value: Any) -> None:
    if value is not None:
        assert read_json(text) == value
    assert read_json(text.encode()) == read_json(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": 2, "b": 3, "a": 4}', "it has the key 'b' twice in one object"),
        ('[{"a": {"c": 1, "\\u0063": 2}}]', "it has the key 'c' twice in one object"),
        ('{"' + "k" * 50 + '": 1, "' + "k" * 50 + '": 1}', f"it has the key {'k' * 40!r} twice"),
        ("[NaN]", "NaN is no JSON value"),
        ("[-Infinity]", "-Infinity is no JSON value"),
        ('["\\udc00"]', "it has a lone surrogate in a string"),
        ("[" * (MOST_LEVELS + 1) + "]" * (MOST_LEVELS + 1), "it is nested too deeply"),
        ('{"a":' * 900 + "1" + "}" * 900, "it is nested too deeply"),
        ("[" * 100_000, "it is nested too deeply"),
        ('{"a":' * 200_000, "it is nested too deeply"),
        ('{\n"a": }', "Expecting value at line 2, column 6"),
        ("9" * 5_000, "it has a number of too many digits"),
    ],
)
def test_what_could_be_taken_for_two_things_is_refused(text: str, words: str) -> None:
    assert refusal(text).startswith(words)


def test_the_values_of_one_text_are_bounded() -> None:
    most = "[" + ",".join("1" * MOST_VALUES) + "]"
    assert len(read_json(most)) == MOST_VALUES
    assert refusal("[1," + most[1:]) == "it has more than 80,000 values"
    assert refusal('{"a": [' + "{}," * MOST_VALUES + "{}]}") == "it has more than 80,000 values"
    # What stands in a string is no value.
    signs = '"' + '\\"{}[],' * MOST_VALUES + '"'
    assert read_json(signs) == '"{}[],' * MOST_VALUES


def _filled(unit: str) -> str:
    return "[" + ",".join([unit] * ((LARGEST - 2) // (len(unit) + 1))) + "]"


_MANY_KEYS = ",".join(f'"{number:x}": 0' for number in range(80_000))


@pytest.mark.parametrize(
    "text",
    [
        *map(_filled, ["{}", "[]", '{"a":0}', "1", "1e9", '""', "[" * 300 + "]" * 300]),
        *map(_filled, ["9" * 4_000, "0." + "9" * 4_000, '"\\u00e9"']),
        "{" + _MANY_KEYS + "}",
        "{" + _MANY_KEYS + ', "1387f": 1}',
        "{" + _MANY_KEYS + ', "0": 1}',
        '"' + "\\u00e9" * (LARGEST // 6) + '"',
        "\n" * (LARGEST - 1) + "x",
        "," * (MOST_VALUES + 1) + '"' + '\\"' * 400_000,
    ],
    ids=lambda text: text[:12],
)
def test_reading_takes_no_longer_than_its_size_allows(text: str) -> None:
    before = time.thread_time()
    try:
        read_json(text)
    except BadJson:
        pass
    # Some 60 ms at the most where nothing runs beside it; it was 30 s for the repeated key.
    assert time.thread_time() - before < 1
