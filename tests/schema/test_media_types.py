"""Of an Accept header so much is looked at as clients that mean it send."""

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
