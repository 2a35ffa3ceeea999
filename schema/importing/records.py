"""A CSV file as records, read as a stream; each knows its own line of the file."""

import codecs
import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_RECORD = 20
"""Lines over which a quoted field may go on; beyond them its quote counts as never closed."""


class MalformedFile(Exception):
    """The file cannot be read as what it should be; the message names the line."""


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one record; `line` is the file's line on which it begins, counted from 1."""

    line: int
    fields: Sequence[str]


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that is no record, or no record of an invoice's line, and what is wrong with it."""

    line: int
    wrong: str


def read_records(path: Path) -> Iterator[Record | Malformed]:
    """The records of a file in UTF-8 or Latin-1, the header first; empty lines are left out.

    A quote that is never closed spoils its own line alone: the next one is read afresh.
    """
    with path.open(encoding=_encoding(path), newline="") as file:
        yield from _records(enumerate(file, 1))


def _encoding(path: Path) -> str:
    """UTF-8 where the whole file is; any bytes at all are Latin-1."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _records(lines: Iterator[tuple[int, str]]) -> Iterator[Record | Malformed]:
    ahead: deque[tuple[int, str]] = deque()
    width = 0
    while first := ahead.popleft() if ahead else next(lines, None):
        number, text = first
        if not text.strip():
            continue
        fields = _fields(text) or _continued(text, ahead, lines, width)
        if fields is None:
            yield Malformed(number, "a quote is not closed, or followed by more than a comma")
        elif width and len(fields) != width:
            yield Malformed(number, f"it has {len(fields)} fields, the header {width}")
        else:
            width = width or len(fields)
            yield Record(number, fields)


def _fields(text: str) -> list[str] | None:
    """The fields, or None where a quote is open at the end or misplaced."""
    if '"' not in text:
        return text.rstrip("\r\n").split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return None


def _continued(
    text: str, ahead: deque[tuple[int, str]], lines: Iterator[tuple[int, str]], width: int
) -> list[str] | None:
    """The fields of a record that goes on over the next lines, which are then taken."""
    for taken in range(LONGEST_RECORD - 1):
        if taken == len(ahead):
            if (following := next(lines, None)) is None:
                return None
            ahead.append(following)
        text += ahead[taken][1]
        fields = _fields(text)
        if fields is not None and len(fields) == width:
            for _ in range(taken + 1):
                ahead.popleft()
            return fields
    return None
