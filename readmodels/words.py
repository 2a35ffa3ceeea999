"""Texts as they are compared, sorted and searched: what is one to who types is one here."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from anyascii import anyascii

_MOST_KEPT: Final = 10_000
"""Characters of which a table remembers what it says: more than the languages of a shop have."""

_MOST_PARTS: Final = 4
"""Of a letter that stands for others; the few that have more are whole sentences."""

_ZERO_WIDTH_SPACE: Final = "\u200b"
"""What nobody sees, and parts words in scripts without spaces."""

_VOWELS: Final = {103, 118, 129, 130, 132}
"""The combining classes of the vowels of Thai, Lao and Tibetan, which nobody overlooks."""

_OVERLOOKED: Final = frozenset(
    "\u0e47\u0e4c\u0e4e\u0ecc\u17c9\u17ca\u17cb\u17cc\u17cd\u17ce\u17cf\u17d0\u17d1\u17d3\u30fc"
)
"""Marks of no combining class that are left out as other accents are: those that shorten, silence
or change a sound in Thai, Lao and Khmer, and Japanese's sign of a long vowel."""

_SPACELESS: Final = (
    "\u0e00-\u0fff"  # Thai, Lao, Tibetan
    "\u1000-\u109f\u1100-\u11ff\u1780-\u17ff"  # Burmese, parts of Korean syllables, Khmer
    "\u1950-\u19df\u1a20-\u1aaf\u1b00-\u1b7f"  # Tai, Balinese
    "\u2e80-\u31ff\u3400-\u4dbf\u4e00-\u9fff"  # Japanese and Chinese
    "\ua000-\ua4cf\ua960-\ua9df\uaa60-\uaadf"  # Yi, Javanese, and more Korean, Burmese and Tai
    "\uac00-\ud7ff\uf900-\ufaff"  # Korean, and Chinese for compatibility
    "\U00016fe0-\U00018dff\U0001b000-\U0001b2ff\U00020000-\U0003ffff"  # Tangut, rare characters
)
"""The scripts that put no spaces between words, or between the parts of one, as ranges of a regular
expression."""

_SYMBOL_WORDS: Final = 0xF0000
"""Where, in planes of Unicode that are for private use, the words begin that stand for symbols,
which are all in the first two planes: many of them MongoDB's own text search would not read."""

_LETTERS_OR_RUNS: Final = re.compile(f"[^{_SPACELESS}]+|([{_SPACELESS}]+)")
_ASCII_WORD: Final = re.compile("[0-9a-z]+")
_KOREAN: Final = re.compile("[\uac00-\ud7a3]")
_JAMO: Final = re.compile("[\u1100-\u11ff]+")
_JOINED: Final = re.compile(r"(?<![^\W_])[^\W_]++(?:['’·][^\W_]++)+")
"""Words that signs join, which may be typed without: o'neill is oneill too."""
_JOINTS: Final = str.maketrans("", "", "'’·")


class _Table(dict[int, str]):
    """What a function makes of each character, for str.translate."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, code: int) -> str:
        made = self._make(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = made
        return made


def folded(text: str) -> str:
    """A text without case, accents and what else readers overlook: Straße is strasse, Łódź lodz.
    Signs stay as they are."""
    # What is taken character by character takes a time that goes by the length of the text; only
    # Korean syllables that come in parts have to be put together first.
    if text.isascii():
        return text.lower()
    return _JAMO.sub(lambda parts: unicodedata.normalize("NFC", parts[0]), text).translate(_FOLDS)


def words_in(text: str) -> str:
    """What of a text can be found, as one text that MongoDB's text search reads: its words, and of
    a run in a script without spaces each two characters that stand together, and each one."""
    found: list[str] = []
    for part, is_run in _parts(text):
        if is_run:
            found += [*_pairs(part), *dict.fromkeys(part)]
        else:
            found.append(part)
    return " ".join(found)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: any of the words, which `words_in` gives of a text each by itself,
    or any of the runs, each the pairs of it in their order."""

    words: Sequence[str]
    runs: Sequence[Sequence[str]]

    @property
    def terms(self) -> str:
        """What a text has at least one of, as MongoDB's text search reads it."""
        return " ".join(dict.fromkeys([*self.words, *(pair for run in self.runs for pair in run)]))

    @property
    def pattern(self) -> str | None:
        """What matches `words_in` a text that is looked for; None where the terms say it all."""
        if not self.runs:
            return None
        every = dict.fromkeys([*self.words, *map(" ".join, self.runs)])
        return f"(?:^| )(?:{'|'.join(map(re.escape, every))})(?: |$)"


def wanted_in(text: str) -> Wanted:
    """What somebody looks for who types this."""
    words, runs = [], []
    for part, is_run in _parts(text):
        if is_run and len(part) > 2:
            runs.append(_pairs(part))
        else:
            words.append(part)
    return Wanted(words, runs)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text, and its runs in scripts without spaces, which are told apart."""
    plain = folded(text)
    if plain.isascii():
        for word in _ASCII_WORD.findall(plain):
            yield word, False
    else:
        for word in plain.translate(_WORDS).split():
            for part in _LETTERS_OR_RUNS.finditer(word):
                yield part[0], part[1] is not None
    if any(sign in plain for sign in "'’·"):
        for joined in _JOINED.findall(plain):
            yield joined.translate(_JOINTS), False


def _pairs(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)]


def _fold(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cf" and character != _ZERO_WIDTH_SPACE:
        return ""
    is_sign = kind[0] not in "LMN"
    parts = unicodedata.normalize("NFD" if is_sign else "NFKD", character.casefold())
    if len(parts) > _MOST_PARTS or _KOREAN.fullmatch(character):
        return character
    return "".join(_plain(part) for part in parts if not _is_overlooked(part)).casefold()


def _is_overlooked(character: str) -> bool:
    """Whether it is an accent, or a mark that only says how another character looks."""
    kind = unicodedata.category(character)
    return (
        character in _OVERLOOKED
        or unicodedata.combining(character) not in {0, *_VOWELS}
        or kind == "Me"
        or (kind == "Mn" and "VARIATION SELECTOR" in unicodedata.name(character, ""))
    )


def _plain(letter: str) -> str:
    """A letter of the Latin script without what sets it apart from those of ASCII."""
    if letter.isascii() or not unicodedata.name(letter, "").startswith("LATIN "):
        return letter
    plain = anyascii(letter)
    return plain if plain.isalnum() else letter


def _word_character(character: str) -> str:
    """It, as part of a word; spaces where a word ends, with a symbol's own word between them, and
    the letters that it is made of, if it is."""
    kind = unicodedata.category(character)
    if kind[0] in "LMN":
        return character
    if character.isascii() or kind not in ("So", "Sc"):
        return " "
    spelt = map(_fold, unicodedata.normalize("NFKC", character))
    letters = "".join(each if each.isalnum() else " " for each in spelt)
    return f" {chr(_SYMBOL_WORDS + ord(character))} {letters} "


_FOLDS: Final = _Table(_fold)
_WORDS: Final = _Table(_word_character)
