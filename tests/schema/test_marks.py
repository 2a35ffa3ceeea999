"""What hides a field, keeps a value or is a scalar of its own is so whatever it is called."""

import io
import re
import shutil
import subprocess
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NewType, get_args

import pytest

from commands import marks
from commands.marks import INTERNAL
from readmodels.values import Inner
from schema.types.fields import api_fields, graphql_type

ROOT = Path(__file__).parents[2]
PACKAGES = ["schema", "commands", "readmodels", "projections"]
RENAMED = {
    "Internal": "Hidden",
    "Keep": "Stays",
    "Id": "Identifier",
    "Currency": "Coin",
    "BigInt": "Count",
}
PROGRAM = """
from commands.customers.change_customer import ChangeCustomer
from schema.api import sdl
from schema.types.fields import api_fields
from commands import marks

assert marks.Hidden and marks.Identifier.__name__ == "Identifier", marks.__file__
cleared = [field.name for field in api_fields(ChangeCustomer) if field.can_be_cleared]
assert cleared == ["name", "email", "address"], cleared
print(sdl(), end="")
"""


def with_other_names(text: str) -> str:
    """A module in which whatever has one of the names has another; its texts stay."""
    tokens = [
        token._replace(string=RENAMED.get(token.string, token.string))
        if token.type == tokenize.NAME
        else token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
    ]
    renamed = tokenize.untokenize((token.type, token.string) for token in tokens)
    return re.sub(
        r'NewType \("(\w+)"', lambda it: f'NewType("{RENAMED.get(it[1], it[1])}"', renamed
    )


def test_the_api_is_the_same_whatever_the_marks_are_called(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    for module in tmp_path.rglob("*.py"):
        text = module.read_text()
        if any(name in text for name in RENAMED):
            module.write_text(with_other_names(text))
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == (ROOT / "tests/schema.graphql").read_text()


def test_each_side_has_the_very_marks_that_the_edge_knows() -> None:
    import commands.given as given
    import readmodels.values as values

    assert (given.INTERNAL, given.KEEP, given.Id, given.Currency, given.Keep) == (
        *(marks.INTERNAL, marks.KEEP, marks.Id, marks.Currency, marks.Keep),
    )
    assert (values.Id, values.Currency, values.BigInt) == (marks.Id, marks.Currency, marks.BigInt)
    assert get_args(values.Inner[int]) == (int, marks.INTERNAL)


class Internal:
    """Has the name of the mark, and is none."""


def test_a_mark_that_means_nothing_to_the_api_is_refused() -> None:
    @dataclass
    class Priced:
        shown: Annotated[int, "Described."]
        hidden: Inner[int]
        both: Annotated[int, "Described.", INTERNAL]
        other: Annotated[int, marks.Internal()]

    @dataclass
    class Mismarked:
        price: Annotated[int, Internal()]

    assert [field.name for field in api_fields(Priced)] == ["shown"]
    with pytest.raises(TypeError, match=r"^Mismarked\.price is marked <.*>, which is neither a"):
        api_fields(Mismarked)


def test_what_the_api_has_no_type_for_is_refused() -> None:
    def never(kind: type) -> Any:
        raise AssertionError(kind)

    with pytest.raises(TypeError, match="a mark is a whole field's"):
        graphql_type(Inner[int] | None, never)
    with pytest.raises(TypeError, match=r"The API has no scalar for .*Other"):
        graphql_type(NewType("Other", str), never)
    with pytest.raises(TypeError, match="its lists are of one type"):
        graphql_type(tuple[int, str], never)
