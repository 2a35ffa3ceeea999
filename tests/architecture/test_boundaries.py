"""The packages stay apart as the design wants it, and are ours."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ["schema", "commands", "readmodels", "projections"]


def imported(module: Path) -> set[str]:
    """The full names of the modules that this file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            names.add(node.module or "")
    return names


def module_file(name: str) -> Path:
    return ROOT.joinpath(*name.split(".")).with_suffix(".py")


def shared_with_projections() -> list[Path]:
    """The modules of the write side that the read side rests on: all events, some guards, and what
    these are made of."""
    events = sorted((ROOT / "commands" / "events").rglob("*.py"))
    used = set().union(*(imported(module) for module in (ROOT / "projections").rglob("*.py")))
    waiting = {name for name in used if name.startswith("commands.") and name.endswith(".guards")}
    found: set[Path] = set()
    while waiting:
        module = module_file(waiting.pop())
        if module.exists() and module not in found:
            found.add(module)
            waiting |= {name for name in imported(module) if name.startswith("commands.")}
    return [*events, *sorted(found - set(events))]


def test_the_import_rules_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_the_repositorys_own(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__) == ROOT / package / "__init__.py"


@pytest.mark.parametrize(
    "module", shared_with_projections(), ids=lambda path: str(path.relative_to(ROOT))
)
def test_what_projections_see_of_the_write_side_rests_on_the_standard_library(module: Path) -> None:
    foreign = {
        name
        for name in imported(module)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not f"{name}.".startswith("commands.events.")
        and module_file(name) not in shared_with_projections()
    }
    assert foreign == set()


def test_importing_the_events_loads_nothing_else_of_ours_and_no_sqlalchemy() -> None:
    program = (
        "import sys, pkgutil, importlib, commands.events as events\n"
        "for module in pkgutil.walk_packages(events.__path__, 'commands.events.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(sorted(name for name in sys.modules if name.partition('.')[0] in "
        "{'schema', 'readmodels', 'projections', 'commands', 'sqlalchemy', 'pymongo'} and"
        " not name.startswith('commands.events')))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "['commands']"
