"""What of a text is compared and found, and what is not told apart."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readmodels.words import folded, wanted_in, words_in


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Straße STRASSE ẞ", "strasse strasse ss"),
        ("Łódź, Đorđe & Øresund", "lodz, dorde & oresund"),
        ("Æther œuvre Þing \u0131I İ", "aether oeuvre thing ii i"),
        ("Émile E\u0301mile", "emile emile"),
        ("\uff35\uff33\uff22 ﬁt ² Ⅷ", "usb fit 2 viii"),
        ("ΣΊΣΥΦΟΣ σίσυφος Ёлка", "σισυφοσ σισυφοσ елка"),
        ("ガス ｶﾞｽ コーヒー", "カス カス コヒ"),
        ("한\u1112\u1161\u11ab", "한한"),
        ("北京 奥迪", "北京 奥迪"),
        ("soft\u00adhy\u200dphen", "softhyphen"),
        ("usb_c 5€ ™", "usb_c 5€ ™"),
    ],
)
def test_what_readers_overlook_is_folded_away(text: str, plain: str) -> None:
    assert folded(text) == plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("usb_c AB-1_x 85123A", ["usb", "c", "ab", "1", "x", "85123a"]),
        ("C++ & 2.5 don't", ["c", "2", "5", "don", "t", "dont"]),
        ("O’Neill’s col·lecció", ["o", "neill", "s", "col", "leccio", "oneills", "colleccio"]),
        ("奥迪汽车", ["奥迪", "迪汽", "汽车", "奥", "迪", "汽", "车"]),
        ("USBケーブル5個", ["usb", "ケフ", "フル", "ケ", "フ", "ル", "5", "個"]),
        ("사과 주스", ["사과", "사", "과", "주스", "주", "스"]),
        ("हिन्दी किताब", ["हिनदी", "किताब"]),
        ("5㎏ №7", ["5", "\U000f338f", "kg", "\U000f2116", "no", "7"]),
        ("❤️ 👍🏽", ["\U000f2764", "\U0010f44d"]),
        ("***", []),
        ("", []),
    ],
)
def test_words_end_at_every_sign_and_runs_are_found_by_pairs(text: str, words: list[str]) -> None:
    assert words_in(text).split(" ") == (words or [""])


def test_a_run_of_three_or_more_is_looked_for_as_a_whole() -> None:
    wanted = wanted_in("りんご 青森 usb_c 車")
    assert (wanted.words, wanted.runs) == (["青森", "usb", "c", "車"], [["りん", "んこ"]])
    assert wanted.terms == "青森 usb c 車 りん んこ"
    assert wanted.pattern == "(?:^| )(?:青森|usb|c|車|りん\\ んこ)(?: |$)"
    assert wanted_in("lamp 青森").pattern is None


@given(st.text(max_size=40))
def test_composition_case_and_folding_again_change_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    for form in ("NFC", "NFD"):
        assert words_in(unicodedata.normalize(form, text)) == words_in(text)
