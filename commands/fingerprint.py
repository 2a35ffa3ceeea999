"""What makes two commands the same request: their kind and what was given, once normalised."""

import hashlib
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from commands.clock import cut
from commands.command import Command
from commands.given import KEEP


def fingerprint(command: Command) -> bytes:
    """Equal for commands that ask for the same: "1.50" is "1.5", and what the server made up
    itself, such as a new id, does not count."""
    given = {
        field.name: _normalised(value)
        for field in fields(command)
        if field.default_factory is MISSING and (value := getattr(command, field.name)) is not KEEP
    }
    text = msgspec.json.encode([type(command).__name__, given], order="deterministic")
    return hashlib.sha256(text).digest()


def _normalised(value: Any) -> Any:
    if isinstance(value, Decimal):
        if value % 1:
            return format(value, "f").rstrip("0").rstrip(".")
        return format(value or 0, ".0f")
    if isinstance(value, datetime):
        return cut(value)
    if isinstance(value, list):
        return [_normalised(item) for item in value]
    if is_dataclass(value):
        return {field.name: _normalised(getattr(value, field.name)) for field in fields(value)}
    return value
