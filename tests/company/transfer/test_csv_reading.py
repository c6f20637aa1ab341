"""Files that spreadsheets, other programs and accidents write: each row is read, or refused with a word."""

import codecs
import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.transfer import csv_reading
from server.transfer.csv_reading import Encoding, FileWrong, Row, Shape, Sniffer, Unreadable, Wrong

HEADER = b"code;name\r\n"
SHAPE = Shape(Encoding.UTF_8, ";", ("code", "name"))


def read(content: bytes, piece: int = 1 << 16) -> tuple[Shape, list[Row]]:
    """The shape and the rows of a file that arrives in pieces."""
    sniffer = Sniffer()
    for one in pieces(content, piece):
        sniffer.take(one)
    shape = csv_reading.shape(pieces(content, piece), sniffer.encoding())
    return shape, list(csv_reading.rows(pieces(content, piece), shape))


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def below(content: bytes) -> list[Row]:
    """The rows below a header of two columns."""
    return list(csv_reading.rows([HEADER + content], SHAPE))


@pytest.mark.parametrize("separator", list(csv_reading.SEPARATORS))
@pytest.mark.parametrize(
    ("mark", "encoding", "said"),
    [
        (b"", "utf-8", Encoding.UTF_8),
        (codecs.BOM_UTF8, "utf-8", Encoding.UTF_8),
        (b"", "windows-1252", Encoding.WINDOWS_1252),
    ],
    ids=["plain", "marked", "windows"],
)
def test_encoding_and_separator_are_found_out(separator: str, mark: bytes, encoding: str, said: Encoding) -> None:
    content = mark + f"Code{separator}Prénom\r\n007{separator}Zoé\r\n".encode(encoding)

    shape, rows = read(content, piece=5)

    assert shape == Shape(said, separator, ("Code", "Prénom"))
    assert rows == [Row(2, ("007", "Zoé"))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "row"),
    [
        (b"00123;0049", Row(2, ("00123", "0049"))),
        (b"4.8E+11;x", Row(2, ("4.8E+11", "x"))),  # whether it is a code or a name is the mapping's to know
        (b'="00123";x', Row(2, ("00123", "x"))),
        (b"=HYPERLINK(A1);x", Row(2, wrong=Wrong.FORMULA)),
        (b"=1+1;x", Row(2, wrong=Wrong.FORMULA)),
        (b"+352 621;@x", Row(2, ("+352 621", "@x"))),
        (b"a\0b;x", Row(2, wrong=Wrong.UNREADABLE)),
        (b"a\xed\xa0\x80b;x", Row(2, wrong=Wrong.UNREADABLE)),  # half of a character
        (b"a\xffb;x", Row(2, wrong=Wrong.UNREADABLE)),
        (b'"a;b";x', Row(2, ("a;b", "x"))),
        (b'"a\r\nb";x', Row(2, ("a\r\nb", "x"))),
        (b'"a ""b""";x', Row(2, ('a "b"', "x"))),
        (b'"a"b;x', Row(2, wrong=Wrong.QUOTE_OPEN)),
        (b'7" pipe;x', Row(2, ('7" pipe', "x"))),
        (b"a", Row(2, ("a", ""))),
        (b"a;b;;;", Row(2, ("a", "b"))),
        (b"a;b;c", Row(2, wrong=Wrong.CELLS_TOO_MANY)),
        (b"x" * (csv_reading.ROW_BYTES_MAX + 1) + b";x", Row(2, wrong=Wrong.ROW_TOO_LONG)),
        (b'"' + b"x\r\n" * 400_000 + b'";x', Row(2, wrong=Wrong.ROW_TOO_LONG)),
        (b"x" * (1 << 20) + b";x", Row(2, wrong=Wrong.ROW_TOO_LONG)),
    ],
    ids=lambda one: str(one)[:30] if isinstance(one, bytes) else "",
)
def test_a_row_is_read_or_refused_and_the_next_one_is_read(cells: bytes, row: Row) -> None:
    assert below(cells + b"\r\nnext;one\r\n") == [row, Row(3, ("next", "one"))]


def test_a_quote_that_never_ends_takes_the_rest_with_it() -> None:
    assert below(b'a;b\r\n"c;d\r\ne;f\r\n') == [Row(2, ("a", "b")), Row(3, wrong=Wrong.QUOTE_OPEN)]


def test_empty_rows_are_left_out_and_keep_their_numbers() -> None:
    assert below(b"\r\n;\r\na;b\r\n") == [Row(4, ("a", "b"))]


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"], ids=["windows", "unix", "mac"])
def test_lines_end_as_in_every_system(end: bytes) -> None:
    _, rows = read(end.join([b"code;name", b"a;b", b"c;d"]), piece=1)

    assert rows == [Row(2, ("a", "b")), Row(3, ("c", "d"))]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", FileWrong.EMPTY),
        (b"\r\n \r\n", FileWrong.EMPTY),
        (codecs.BOM_UTF16_LE + "a;b".encode("utf-16-le"), FileWrong.NO_CSV),
        (b"PK\x03\x04 a spreadsheet's own file", FileWrong.NO_CSV),
        (b'"a;b', FileWrong.HEADER),
        (b"a;\0b\r\n", FileWrong.HEADER),
        (b";" * 500 + b"x\r\n", FileWrong.HEADER),
        (b"x" * 10_000, FileWrong.HEADER),
    ],
)
def test_what_is_no_such_file_is_refused_whole(content: bytes, wrong: FileWrong) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.wrong is wrong


def test_a_file_that_is_too_large_is_refused_while_it_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reading, "FILE_BYTES_MAX", 1000)
    sniffer = Sniffer()
    sniffer.take(b"x" * 1000)

    with pytest.raises(Unreadable) as refused:
        sniffer.take(b"x")
    assert refused.value.wrong is FileWrong.TOO_LARGE


def test_more_rows_than_are_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_reading, "ROWS_MAX", 2)

    with pytest.raises(Unreadable) as refused:
        below(b"a;b\r\n" * 3)
    assert refused.value.wrong is FileWrong.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("text", "mangled"),
    [
        ("4.8E+11", True),
        ("4,80213E+11", True),
        ("1E+05", True),
        ("480213557712", False),
        ("1E5", False),
        ("E+1", False),
    ],
)
def test_a_number_that_a_spreadsheet_has_rounded_is_known(text: str, mangled: bool) -> None:
    assert csv_reading.is_mangled(text) is mangled


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"), max_size=20).filter(
    lambda cell: not cell.strip().startswith("=")
)


@pytest.mark.slow
@given(
    table=st.lists(st.lists(_CELL, min_size=2, max_size=2), max_size=8),
    separator=st.sampled_from(csv_reading.SEPARATORS),
    piece=st.integers(1, 64),
)
def test_what_a_csv_writer_has_written_is_read_alike(table: list[list[str]], separator: str, piece: int) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows([["code", "name"], *table])

    shape, rows = read(file.getvalue().encode(), piece)

    expected = [
        Row(number, tuple(cell.strip() for cell in cells))
        for number, cells in enumerate(table, 2)
        if any(cell.strip() for cell in cells)
    ]
    assert (shape.separator, rows) == (separator, expected)


@given(content=st.binary(max_size=400), piece=st.integers(1, 64))
def test_any_bytes_are_read_or_refused(content: bytes, piece: int) -> None:
    try:
        shape, rows = read(content, piece)
    except Unreadable:
        return
    numbers = [row.number for row in rows]
    assert numbers == sorted(set(numbers))
    assert all((len(row.cells) == len(shape.columns)) == (row.wrong is None) for row in rows)


@given(before=st.binary(max_size=60), piece=st.integers(1, 64))
def test_a_row_is_found_behind_anything_without_quotes(before: bytes, piece: int) -> None:
    content = HEADER + before.replace(b'"', b"") + b'\r\n"last";row\r\n'

    rows = list(csv_reading.rows(pieces(content, piece), SHAPE))

    assert rows[-1].cells == ("last", "row")
