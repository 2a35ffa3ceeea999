from pathlib import Path

import pytest

from schema.importing.records import Malformed, Record, read_records


def records(folder: Path, content: bytes) -> list[Record | Malformed]:
    file = folder / "some.csv"
    file.write_bytes(content)
    return list(read_records(file))


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_each_record_knows_its_line(tmp_path: Path, end: bytes) -> None:
    assert records(tmp_path, end.join([b"a,b", b"1,2", b"", b"3,4"])) == [
        Record(1, ["a", "b"]),
        Record(2, ["1", "2"]),
        Record(4, ["3", "4"]),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("é£".encode(), "é£"),
        ("é£".encode("latin-1"), "é£"),
        ("é£".encode("utf-8-sig"), "é£"),
        (b"", ""),
    ],
)
def test_text_is_utf_8_or_else_latin_1(tmp_path: Path, content: bytes, text: str) -> None:
    assert records(tmp_path, content + b",b\n") == [Record(1, [text, "b"])]


def test_a_quoted_field_holds_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    content = b'a,b\n"1, and ""one""\r\nmore",2\r\n3,4\n'
    assert records(tmp_path, content) == [
        Record(1, ["a", "b"]),
        Record(2, ['1, and "one"\r\nmore', "2"]),
        Record(4, ["3", "4"]),
    ]


def test_a_quote_inside_a_plain_field_is_itself(tmp_path: Path) -> None:
    assert records(tmp_path, b'a,b\nRULER 12",2\n3,4\n')[1:] == [
        Record(2, ['RULER 12"', "2"]),
        Record(3, ["3", "4"]),
    ]


def test_a_quote_that_is_never_closed_spoils_its_own_line_alone(tmp_path: Path) -> None:
    content = b'a,b\n"1,2\n' + b"3,4\n" * 30 + b'"5,6\n7,8'
    read = records(tmp_path, content)
    spoilt = "a quote is not closed, or followed by more than a comma"
    assert [read[1], read[-2], read[-1]] == [
        Malformed(2, spoilt),
        Malformed(33, spoilt),
        Record(34, ["7", "8"]),
    ]
    assert read[2:-2] == [Record(number, ["3", "4"]) for number in range(3, 33)]


def test_a_record_has_as_many_fields_as_the_header(tmp_path: Path) -> None:
    assert records(tmp_path, b"a,b\n1\n1,2,3\n3,4\n")[1:] == [
        Malformed(2, "it has 1 fields, the header 2"),
        Malformed(3, "it has 3 fields, the header 2"),
        Record(4, ["3", "4"]),
    ]


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert records(tmp_path, b"") == []
