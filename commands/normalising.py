"""The one form of values that can be given in several, by what a command's fields declare."""

import unicodedata
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from functools import cache
from typing import Annotated, Any, Final, cast, get_args, get_origin, get_type_hints

from commands.given import EMAIL, NEVER_CLEARED

LONGEST_EMAIL: Final = 200
"""In characters. A longer one is refused, and left as it is: composing it could take long."""


def in_one_form(value: Any) -> Any:
    """A value in a command with each optional text that is empty left out; others as they are."""
    changes = other_forms(value) if is_dataclass(value) else {}
    return replace(value, **changes) if changes else value


def other_forms(given: Any) -> Mapping[str, Any]:
    """Those fields of a dataclass whose values are not in their one form, in it."""
    found = {}
    for name, rule in _rules(cast(Hashable, type(given))).items():
        value = getattr(given, name)
        if (other := rule(value)) is not value:
            found[name] = other
    return found


def composed(email: str) -> str:
    """An email in Unicode's composed form, NFC: é is one character, however it was typed."""
    return unicodedata.normalize("NFC", email) if len(email) <= LONGEST_EMAIL else email


@cache
def _rules(declared: Any) -> Mapping[str, Callable[[Any], Any]]:
    """How the fields of a dataclass that can be given in several forms come to their one."""
    hints = get_type_hints(declared, include_extras=True)
    rules = {field.name: _rule(field, hints[field.name]) for field in fields(declared)}
    return {name: rule for name, rule in rules.items() if rule}


def _rule(field: "Field[Any]", annotation: Any) -> Callable[[Any], Any] | None:
    marks: list[Any] = []
    if get_origin(annotation) is Annotated:
        annotation, *marks = get_args(annotation)
    kinds = get_args(annotation) or (annotation,)
    if EMAIL in marks:
        return lambda value: composed(value) if isinstance(value, str) else value
    if str in kinds and field.default is not MISSING and NEVER_CLEARED not in marks:
        return lambda value: field.default if value == "" else value
    if any(is_dataclass(kind) for kind in kinds):
        return in_one_form
    return None
