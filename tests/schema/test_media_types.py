"""Of an Accept header so much is looked at as clients that mean it send."""

import pytest

from schema.serving.media_types import GRAPHQL, JSON, answer_type, wants_page


def test_the_first_hundred_ranges_of_a_header_count() -> None:
    others = ["image/png"] * 99
    assert answer_type(",".join([*others, JSON])) == JSON
    assert answer_type(",".join([*others, "image/png", JSON])) is None
    assert wants_page(",".join([*others, "text/html"]))
    assert not wants_page(",".join([*others, "image/png", "text/html"]))


def test_the_first_nine_parameters_of_a_range_count() -> None:
    others = ";a=b" * 8
    assert answer_type(f"{GRAPHQL}{others};q=0") is None
    assert answer_type(f"{GRAPHQL}{others};a=b;q=0") == GRAPHQL


@pytest.mark.parametrize(
    ("accept", "is_wanted"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html, */*", True),
        ("text/html, application/json;q=0.5", True),
        ("application/json, text/html;q=0.5", False),
        ("application/json, text/html", False),
        (f"text/html;q=0.9, {GRAPHQL}", False),
        ("text/html;q=0", False),
        ("*/*", False),
        (None, False),
    ],
)
def test_the_page_is_for_who_prefers_it_to_json(accept: str | None, is_wanted: bool) -> None:
    assert wants_page(accept) is is_wanted
