"""Every problem of a till has a sentence with a remedy."""

import pytest

from sync.exchange.failures import FailureKind
from terminal.interface.phrases import Speech, problem, problem_kinds

WAYS_ON = (
    "please",
    "try again",
    "fetched again",
    "by itself",
    "go on serving",
    "pair it again",
    "unlock",
    "ask the office",
    "ask for a new one",
    "type the card number",
    "choose another",
    "check the network",
)
ONLY_WHILE_PAIRING = {FailureKind.CODE_REFUSED}
NEVER_SHOWN = {FailureKind.TOO_LARGE, FailureKind.ENTRY_FAILED}  # told as a fault of the server, which they are


@pytest.mark.parametrize("kind", sorted(problem_kinds()))
def test_a_problem_names_a_way_on_in_words_without_codes(kind: str) -> None:
    text = problem(kind, Speech("en")).text
    assert any(way in text.lower() for way in WAYS_ON), text
    assert text.endswith(".")
    assert "_" not in text.replace("ORION_KEYRING", "").replace("ORION_PASSPHRASE", "")
    assert "Error" not in text


def test_every_way_an_exchange_fails_has_a_sentence() -> None:
    shown = set(FailureKind) - ONLY_WHILE_PAIRING - NEVER_SHOWN
    assert {str(kind) for kind in shown} - problem_kinds() == set()


def test_a_word_nobody_has_a_sentence_for_is_told_as_a_fault_of_the_program() -> None:
    view = problem("something_new", Speech("en"))
    assert (view.kind, view.text) == ("problem", problem("problem", Speech("en")).text)


def test_no_two_problems_say_the_same() -> None:
    sentences = [problem(kind, Speech("en")).text for kind in problem_kinds()]
    assert len(set(sentences)) == len(sentences)
