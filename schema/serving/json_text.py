"""JSON as clients send it, read strictly: what two readers could take for two things is refused."""

import json
from typing import Any, Final, NoReturn


class BadJson(ValueError):
    """The text is no JSON, or one with a value that cannot be kept."""


def read_json(text: str | bytes) -> Any:
    """Raises BadJson, with what is wrong in words."""
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        value = _DECODER.decode(decoded)
        if "\\u" in decoded:
            # An escaped half of a surrogate pair passes as JSON and can be stored nowhere.
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise BadJson("it is not encoded as UTF-8") from None
    except UnicodeEncodeError:
        raise BadJson("it has a lone surrogate in a string") from None
    except RecursionError:
        raise BadJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except BadJson:
        raise
    except ValueError:
        raise BadJson("it has a number of too many digits") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise BadJson(f"{name} is no JSON value")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadJson(f"it has the key {twice[:40]!r} twice in one object")
    return made


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_each_key_once, parse_constant=_no_constant)
