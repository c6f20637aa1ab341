"""CSV files as spreadsheets of the reader's language open them, with cells that no spreadsheet takes for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, cast
from zoneinfo import ZoneInfo

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

Cell = str | int | datetime | None
_KEPT_IN_MEMORY = 1 << 20
_SENT_AT_ONCE = 1 << 16
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d .]*\Z)")
_BOM = "\ufeff"


class CsvFile:
    """A file that is written row by row, and then sent; it takes no more memory than a part of it."""

    def __init__(self, language: str, zone: str, head: Sequence[str]) -> None:
        is_english = language == "en"
        self.rows = 0
        self._zone = ZoneInfo(zone)
        self._kept = SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115 - sent after this function
        self._text = io.TextIOWrapper(cast("IO[bytes]", self._kept), "utf-8", newline="", write_through=True)
        if not is_english:
            self._text.write(_BOM)
        self._writer = csv.writer(self._text, delimiter="," if is_english else ";")
        self._writer.writerow(map(safe, head))

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Adds rows."""
        for row in rows:
            self._writer.writerow(map(self._cell, row))
            self.rows += 1

    def response(self, name: str) -> Response:
        """The file as a download called *name*."""
        self._text.detach()
        self._kept.seek(0)
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        closing = BackgroundTask(self._kept.close)
        return StreamingResponse(self._parts(), headers=headers, media_type="text/csv", background=closing)

    def _parts(self) -> Iterator[bytes]:
        while part := self._kept.read(_SENT_AT_ONCE):
            yield part

    def _cell(self, value: Cell) -> str | int:
        match value:
            case None:
                return ""
            case str():
                return safe(value)
            case int():
                return value
            case datetime():
                return f"{value.astimezone(self._zone):%Y-%m-%d %H:%M}"


def safe(text: str) -> str:
    """A text that a spreadsheet shows and does not run."""
    return f"'{text}" if _FORMULA.match(text) else text
