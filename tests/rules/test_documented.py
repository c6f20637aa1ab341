"""docs/rules.md lists every refusal, note, case and word with its sentence."""

import re

import pytest

from loyalty import case_phrases, phrases
from loyalty.cases import CaseKind
from loyalty.judge import Note, Word
from loyalty.program import RATE_DECIMALS_MAX, STAMPS_PER_VISIT_MAX
from loyalty.refusals import Reason, Refusal, Seems
from tests.support.builders import PlainWords
from tests.support.tree import ROOT

RULES = (ROOT / "docs" / "rules.md").read_text("utf-8")
WORDS = PlainWords()


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table with *heading*: the word in the first cell, and the other cells."""
    after = RULES.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in after.splitlines()[2:]]
    return {re.sub("`", "", first): rest for first, *rest in rows}


def test_every_refusal_stands_with_its_sentence() -> None:
    documented = table("reason")
    assert {name: row[-1] for name, row in documented.items()} == {
        reason.value: phrases.refusal(
            Refusal(
                reason,
                minutes=7,
                hours=7,
                days=7,
                missing=7,
                limit=7,
                left=7,
                minimum=7,
                minimum_minor=700,
                seems=Seems.OTHER,
            ),
            WORDS,
        )
        for reason in Reason
    }


def test_every_note_stands_with_its_sentence() -> None:
    assert {name: row[-1] for name, row in table("note").items()} == {note: phrases.note(note, WORDS) for note in Note}


def test_every_case_stands_with_its_sentence() -> None:
    documented = {name: row[-1] for name, row in table("case").items()}
    assert documented == {case: case_phrases.sentence(case, WORDS) for case in CaseKind}


def test_every_verdicts_word_is_explained() -> None:
    assert table("word").keys() == set(Word)


@pytest.mark.parametrize("heading", ["reason", "note", "case", "word"])
def test_no_explanation_is_left_empty(heading: str) -> None:
    assert all(len(cell) > 10 for row in table(heading).values() for cell in row)


def test_the_limits_that_no_company_sets_are_told() -> None:
    assert f"0: {STAMPS_PER_VISIT_MAX}, the most there ever is" in table("value")["max_stamps_per_visit"][-1]
    assert f"at most {RATE_DECIMALS_MAX} places" in table("value")["points_per_unit"][-1]
