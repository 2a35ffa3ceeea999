import pytest

# They compare for the test: what differs is to be told.
pytest.register_assert_rewrite("tests.model.asking", "tests.model.playing")
