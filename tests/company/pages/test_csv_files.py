"""CSV files that spreadsheets open and that run nothing."""

import pytest

from server.pages.csv_files import safe


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|x", "-2+3", "\t=1", "\rx", "--1", "+1e5"])
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ana", "+352 621 123 456", "-12.50", "4821-0937-5516", "a=b", "'=1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert safe(text) == text
