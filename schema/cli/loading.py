"""What keeps the program from being loaded: declarations that are refused where they stand."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from typing import Final

_PACKAGES: Final = ("commands", "readmodels", "projections", "schema")
# Alembic runs them, with what it has prepared for them.
_NOT_TO_IMPORT: Final = ("commands.store.migrations", "schema.__main__")


def faults_in_loading(failure: Exception) -> list[str]:
    """In words, each with its place, all that cannot be declared: the failure first, then what is
    wrong in the modules that do not stand on its own. Nothing for a failure that came later."""
    failed: dict[str, str] = {}
    _note(failure, failed)
    if not failed:
        return []
    try:
        for name in _modules():
            _load(name, failed)
    finally:
        for module in failed:
            sys.modules.pop(module, None)
    return [*failed.values(), *_faults_in_views()]


def _load(name: str, failed: dict[str, str]) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name in failed:
            return
        _note(missing, failed)
    except Exception as failure:
        _note(failure, failed)


def _note(failure: Exception, failed: dict[str, str]) -> None:
    module, place = _place_of(failure)
    if module is not None and module not in failed:
        failed[module] = f"{place}: {type(failure).__name__}: {failure}"
        # It is not begun again: what it had declared is declared.
        sys.modules[module] = None  # type: ignore[assignment]  # how Python is told that


def _place_of(failure: Exception) -> tuple[str | None, str]:
    """The module of ours that was being loaded, with its file and line; None where none was."""
    module, place = None, ""
    for frame, line in traceback.walk_tb(failure.__traceback__):
        name = frame.f_globals["__name__"]
        if frame.f_code.co_name == "<module>" and name.partition(".")[0] in _PACKAGES:
            module, place = name, f"{frame.f_code.co_filename}, line {line}"
    return module, place


def _modules() -> Iterator[str]:
    for package in _PACKAGES:
        yield package
        yield from _modules_in(package)


def _modules_in(package: str) -> Iterator[str]:
    # One whose own loading failed has no modules to look for.
    for module in pkgutil.iter_modules(getattr(sys.modules.get(package), "__path__", ())):
        name = f"{package}.{module.name}"
        if name in _NOT_TO_IMPORT:
            continue
        yield name
        if module.ispkg:
            yield from _modules_in(name)


def _faults_in_views() -> Iterator[str]:
    """Of those that could be declared. Whether facts have rules is not known before all can."""
    from readmodels.declared import wrong_with_view
    from readmodels.view import VIEWS

    for view in VIEWS.values():
        yield from (f"The view {view.name}: {each}." for each in wrong_with_view(view))
