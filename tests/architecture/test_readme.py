"""What the README says is so: its settings, its commands, its queries and its examples of code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema, is_scalar_type, is_specified_scalar_type, parse, validate

from schema.api import sdl
from schema.cli.main import _parser
from schema.settings import SETTINGS
from tests.schema.running import diptych, environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def command_lines() -> list[str]:
    lines = [line.split("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    in_tables = re.findall(r"^\| `(diptych [^`]+)`", README, re.MULTILINE)
    return [line for line in [*lines, *in_tables] if line]


def test_every_setting_stands_in_the_table_with_its_default_and_meaning() -> None:
    rows = re.findall(r"^\| `(DIPTYCH_\w+)` \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert rows == [(each.name, each.default, each.meaning) for each in SETTINGS]


@pytest.mark.parametrize("line", command_lines())
def test_every_command_is_one_that_there_is(line: str) -> None:
    program, *arguments = line.split()
    if program == "make":
        subprocess.run(["make", "--dry-run", *arguments], cwd=ROOT, check=True, capture_output=True)
        return
    assert Path(program).name == "diptych", f"the README's {line!r} is run by no check"
    _parser().parse_args([word.strip("[]") for word in arguments])


def test_the_import_that_it_shows_brings_orders_in(tmp_path: Path) -> None:
    (line,) = [line for line in command_lines() if line.startswith(".venv/bin/diptych import")]
    ran = diptych(*line.split()[1:], env=environment(DIPTYCH_DATA=str(tmp_path)))
    assert ran.returncode == 0, ran.stderr
    assert "Orders placed and confirmed: 61 (GBP 24,750.50)" in ran.stdout


@pytest.mark.parametrize("text", blocks("graphql"))
def test_every_graphql_example_is_valid(text: str) -> None:
    assert validate(build_schema(sdl()), parse(text)) == []


def test_a_typed_client_is_told_of_each_scalar_that_is_not_graphqls_own() -> None:
    (config,) = blocks("yaml")
    named = re.findall(r"^    (\w+): string ", config, re.MULTILINE)
    scalars = {
        name
        for name, kind in build_schema(sdl()).type_map.items()
        if is_scalar_type(kind) and not is_specified_scalar_type(kind)
    }
    assert set(named) == scalars
    assert len(named) == 6


def test_the_example_of_a_view_folds_a_fact() -> None:
    view, projection, _ = blocks("python")
    program = "\n".join(
        [
            "from datetime import UTC, datetime",
            "from commands.events import OrderShipped, Recorded",
            "from projections.projection import Projection",
            "from readmodels.values import Id, Position",
            "from readmodels.view import Index, ascending, view",
            view,
            projection,
            "at = datetime(2026, 1, 2, tzinfo=UTC)",
            "event = OrderShipped(order_id='ord_1', customer_id='cus_1', carrier='DHL',",
            "    tracking_number='7', estimated_delivery=None)",
            "fact = Recorded(position=9, stream='order/ord_1', version=3, event=event,",
            "    recorded_at=at, occurred_at=at, actor='a', command_id='c', causation=None)",
            "assert shipment.apply('ord_1', None, fact) == Shipment(",
            "    id=Id('ord_1'), carrier='DHL', shipped_at=at)",
        ]
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_the_example_of_a_fan_out_is_the_code_that_runs() -> None:
    *_, fan_out = blocks("python")
    assert fan_out in (ROOT / "projections/order.py").read_text()
