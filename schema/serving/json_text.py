"""JSON as clients send it, read strictly: what two readers could take for two things is refused."""

import json
import re
from functools import partial
from typing import Any, Final, NoReturn

from schema.serving.aside import aside
from schema.serving.turns import Turns

# What reading takes goes by the values: 1 MiB of empty objects would take a quarter of a second. An
# input of 25,000 lines has 75,000 values.
MOST_VALUES: Final = 80_000
# Of lists and objects in each other. What looks at a value calls itself for each.
MOST_LEVELS: Final = 100
# In characters or bytes: what is shorter takes some 5 ms at most.
_LONGEST_AT_ONCE: Final = 64 * 1024
_ENDS_OF_VALUES: Final = (",", "}", "]")
# One that is never closed goes to the end, or each quote in it would be looked at as a beginning.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)

_TOO_DEEP: Final = "it is nested too deeply"


class BadJson(ValueError):
    """The text is no JSON, or one with a value that cannot be kept."""


def read_json(text: str | bytes) -> Any:
    """Raises BadJson, with what is wrong in words."""
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        _require_few_values(decoded)
        value = _DECODER.decode(decoded)
        if decoded.count("[") + decoded.count("{") > MOST_LEVELS:
            _require_few_levels(value)
        if "\\u" in decoded:
            # An escaped half of a surrogate pair passes as JSON and can be stored nowhere.
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise BadJson("it is not encoded as UTF-8") from None
    except UnicodeEncodeError:
        raise BadJson("it has a lone surrogate in a string") from None
    except RecursionError:
        raise BadJson(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except BadJson:
        raise
    except ValueError:
        raise BadJson("it has a number of too many digits") from None
    return value


async def read_json_in_turn(text: str | bytes, turns: Turns) -> Any:
    """The same where others have their turn: a long text is read beside the event loop."""
    work = partial(read_json, text)
    return await (turns.run(work) if len(text) <= _LONGEST_AT_ONCE else aside(work))


def _require_few_values(text: str) -> None:
    """What is not closed is not counted: the decoder soon finds it nested too deeply."""
    if _ends(text) > MOST_VALUES and _ends(_STRING.sub("", text)) > MOST_VALUES:
        raise BadJson(f"it has more than {MOST_VALUES:,} values")


def _require_few_levels(value: Any) -> None:
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        within = [
            each.values() if isinstance(each, dict) else each for each in level if _holds(each)
        ]
        if not within:
            return
        level = [each for inner in within for each in inner]
    raise BadJson(_TOO_DEEP)


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list)


def _ends(text: str) -> int:
    return sum(text.count(sign) for sign in _ENDS_OF_VALUES)


def _no_constant(name: str) -> NoReturn:
    raise BadJson(f"{name} is no JSON value")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadJson(f"it has the key {_first_repeated(pairs)[:40]!r} twice in one object")
    return made


def _first_repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError("no key is repeated")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_each_key_once, parse_constant=_no_constant)
