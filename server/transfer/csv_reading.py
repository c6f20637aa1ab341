"""Reads CSV files as spreadsheets and other programs write them: row by row, every cell as text, within limits.

A row that cannot be taken is told by its number and a reason, and the next one is read. Memory holds one row and one
piece of the file, whatever the file is.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

FILE_BYTES_MAX = 200 << 20
ROW_BYTES_MAX = 8 << 10
ROWS_MAX = 1_000_000  # without the header
COLUMNS_MAX = 100
SEPARATORS = ";\t,"  # the first of those that the header has most often
_BOM = codecs.BOM_UTF8
_NO_CSV = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # UTF-16, XLSX, XLS
_LINE_END = re.compile(r"\r\n|\r(?!\Z)|\n")  # a return at the end of a piece may be half of a line's end
_LINE_CHARS_MAX = 64 << 10  # of a line that is looked at in parts
_NO_PART_END = f'"\r{SEPARATORS}'  # what these mean depends on what comes after them
_SURROGATE = re.compile("[\ud800-\udfff]")
_MANGLED = re.compile(r"-?\d([.,]\d+)?E[+-]\d+", re.IGNORECASE)
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')  # how some programs keep a spreadsheet from changing a number


class Encoding(StrEnum):
    """How a file's bytes are read; said to whoever sent it if it is a guess."""

    UTF_8 = "utf-8"
    WINDOWS_1252 = "windows-1252"


class Wrong(StrEnum):
    """Why a row cannot be read."""

    ROW_TOO_LONG = "row_too_long"
    QUOTE_OPEN = "quote_open"
    UNREADABLE = "unreadable"  # a character that is none
    CELLS_TOO_MANY = "cells_too_many"
    FORMULA = "formula"
    NUMBER_MANGLED = "number_mangled"


class FileWrong(StrEnum):
    """Why nothing of a file can be read."""

    NO_CSV = "no_csv"
    EMPTY = "empty"
    HEADER = "header"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"


class Unreadable(Exception):
    """Nothing of the file can be taken."""

    def __init__(self, wrong: FileWrong) -> None:
        super().__init__(wrong)
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written, and the names of its columns."""

    encoding: Encoding
    separator: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row by its number in the file, of which the header is 1; its cells, or why it has none."""

    number: int
    cells: tuple[str, ...] = ()
    wrong: Wrong | None = None


class Sniffer:
    """Finds out about a file's encoding while it arrives."""

    def __init__(self) -> None:
        self.bytes = 0
        self._head = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")
        self._is_utf_8 = True

    def take(self, piece: bytes) -> None:
        """Looks at the next piece; raises `Unreadable` for a file that is none of ours."""
        self.bytes += len(piece)
        if self.bytes > FILE_BYTES_MAX:
            raise Unreadable(FileWrong.TOO_LARGE)
        if len(self._head) < 4:
            self._head = (self._head + piece)[:4]
        if self._head.startswith(_NO_CSV):
            raise Unreadable(FileWrong.NO_CSV)
        self._decode(piece, is_last=False)

    def encoding(self) -> Encoding:
        """The encoding, once the whole file was seen. A mark at its beginning decides; else one byte can."""
        self._decode(b"", is_last=True)
        is_marked = self._head.startswith(_BOM)
        return Encoding.UTF_8 if self._is_utf_8 or is_marked else Encoding.WINDOWS_1252

    def _decode(self, piece: bytes, *, is_last: bool) -> None:
        if self._is_utf_8:
            try:
                self._decoder.decode(piece, is_last)
            except UnicodeDecodeError:
                self._is_utf_8 = False


def shape(pieces: Iterable[bytes], encoding: Encoding) -> Shape:
    """Separator and columns of a file, by its first row."""
    first = next((record for record in _records(_texts(pieces, encoding), SEPARATORS) if record.text.strip()), None)
    if first is None:
        raise Unreadable(FileWrong.EMPTY)
    if first.is_too_long or first.is_open or "\0" in first.text or _SURROGATE.search(first.text):
        raise Unreadable(FileWrong.HEADER)
    separator = max(SEPARATORS, key=first.text.count)
    try:
        names = [" ".join(name.split()) for name in _cells(first.text, separator)]
    except csv.Error:
        raise Unreadable(FileWrong.HEADER) from None
    while names and not names[-1]:
        names.pop()
    if not names or len(names) > COLUMNS_MAX:
        raise Unreadable(FileWrong.HEADER)
    return Shape(encoding, separator, tuple(names))


def rows(pieces: Iterable[bytes], form: Shape) -> Iterator[Row]:
    """The rows below the header, but for empty ones."""
    number, count, was_header_seen = 0, 0, False
    for record in _records(_texts(pieces, form.encoding), form.separator):
        number += 1
        if not record.text.strip() and not record.is_too_long:
            continue
        if not was_header_seen:
            was_header_seen = True
            continue
        row = _row(record, number, form)
        if row is not None:
            count += 1
            if count > ROWS_MAX:
                raise Unreadable(FileWrong.TOO_MANY_ROWS)
            yield row


def is_mangled(text: str) -> bool:
    """True for a number that a spreadsheet has rounded, such as 4.8E+11."""
    return _MANGLED.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class _Record:
    text: str  # the beginning of it, if it is too long
    is_too_long: bool
    is_open: bool  # the file ended within its quotes


def _row(record: _Record, number: int, form: Shape) -> Row | None:
    if record.is_open:
        return Row(number, wrong=Wrong.QUOTE_OPEN)
    if record.is_too_long:
        return Row(number, wrong=Wrong.ROW_TOO_LONG)
    text = record.text
    if "\0" in text or "\ufffd" in text or _SURROGATE.search(text):
        return Row(number, wrong=Wrong.UNREADABLE)
    try:
        cells = _cells(text, form.separator)
    except csv.Error:
        return Row(number, wrong=Wrong.QUOTE_OPEN)
    if not any(map(str.strip, cells)):
        return None
    wide = len(form.columns)
    if any(cells[wide:]):
        return Row(number, wrong=Wrong.CELLS_TOO_MANY)
    cells = [*cells[:wide], *[""] * (wide - len(cells))]
    meant = [_meant(cell) for cell in cells]
    if None in meant:
        return Row(number, wrong=Wrong.FORMULA)
    return Row(number, tuple(cell for cell in meant if cell is not None))


def _meant(cell: str) -> str | None:
    """The text of a cell; None for a formula, whose value the file does not have."""
    text = cell.strip()
    kept = _KEPT_AS_TEXT.fullmatch(text)
    if kept is not None:
        return kept[1]
    return None if text.startswith("=") else text


def _cells(text: str, separator: str) -> list[str]:
    return next(csv.reader([text], delimiter=separator, strict=True), [])


def _texts(pieces: Iterable[bytes], encoding: Encoding) -> Iterator[str]:
    """The file as text; a byte that is no character becomes half of one, which refuses its row."""
    errors = "surrogateescape" if encoding is Encoding.UTF_8 else "replace"
    decoder = codecs.getincrementaldecoder(encoding.value)(errors)
    is_first = True
    for piece in pieces:
        text = decoder.decode(piece)
        if is_first and text:
            text, is_first = text.removeprefix("\ufeff"), False
        yield text
    yield decoder.decode(b"", True)


def _records(texts: Iterable[str], separators: str) -> Iterator[_Record]:
    """The rows as they stand in the file. A line's end within quotes belongs to the cell."""
    parts: list[str] = []
    size, is_quoted, is_begun = 0, False, False
    for line, is_whole in _lines(texts):
        is_quoted = _is_quoted_after(line, separators, is_quoted=is_quoted, at_start=not is_begun)
        is_begun = True
        if size <= ROW_BYTES_MAX:
            size += len(line.encode("utf-8", "surrogatepass"))
            parts.append(line[: ROW_BYTES_MAX + 1])
        if is_whole and not is_quoted:
            yield _Record("".join(parts).rstrip("\r\n"), size > ROW_BYTES_MAX, is_open=False)
            parts, size, is_begun = [], 0, False
    if is_begun:
        yield _Record("".join(parts).rstrip("\r\n"), size > ROW_BYTES_MAX, is_open=is_quoted)


def _lines(texts: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Lines with their ends; a long one comes in parts, of which only the last is whole."""
    rest = ""
    for text in texts:
        rest += text
        start = 0
        for end in _LINE_END.finditer(rest):
            yield rest[start : end.end()], True
            start = end.end()
        rest = rest[start:]
        while len(rest) > _LINE_CHARS_MAX:
            part = rest[:_LINE_CHARS_MAX].rstrip(_NO_PART_END) or rest[:_LINE_CHARS_MAX]
            yield part, False
            rest = rest[len(part) :]
    if rest:
        yield rest, True


def _is_quoted_after(line: str, separators: str, *, is_quoted: bool, at_start: bool) -> bool:
    """True if the line ends within quotes. They open at the beginning of a cell only."""
    at = 0
    while (found := line.find('"', at)) >= 0:
        at = found + 1
        if not is_quoted:
            is_quoted = at_start if found == 0 else line[found - 1] in separators
        elif line[at : at + 1] == '"':
            at += 1
        else:
            is_quoted = False
    return is_quoted
