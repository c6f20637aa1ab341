"""Every refusal and verdict has a sentence that can be said aloud."""

import re

import pytest

from loyalty import case_phrases, phrases
from loyalty.cases import CaseKind
from loyalty.judge import Note, Word
from loyalty.refusals import By, Reason, Refusal, Seems, Why
from loyalty.transactions import Kind
from tests.support.builders import PlainWords

WORDS = PlainWords()


def numbered(reason: Reason) -> Refusal:
    return Refusal(
        reason, minutes=7, hours=7, days=7, missing=7, limit=7, left=7, minimum=7, minimum_minor=700, seems=Seems.OTHER
    )


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_is_one_sentence_or_two_and_names_no_code(reason: Reason) -> None:
    sentence = phrases.refusal(numbered(reason), WORDS)
    assert re.fullmatch(r"[A-Z0-9][^{}_]+[.]", sentence), sentence
    assert "None" not in sentence
    assert len(sentence) <= 110


@pytest.mark.parametrize("seems", Seems)
def test_a_foreign_code_is_named(seems: Seems) -> None:
    assert phrases.refusal(Refusal(Reason.FOREIGN_CODE, seems=seems), WORDS).startswith("This ")


def test_no_two_foreign_codes_are_named_alike() -> None:
    said = {phrases.refusal(Refusal(Reason.FOREIGN_CODE, seems=seems), WORDS) for seems in Seems}
    assert len(said) == len(Seems)


@pytest.mark.parametrize("why", Why)
def test_it_is_said_why_a_manager_is_needed(why: Why) -> None:
    assert "manager's PIN" in phrases.refusal(Refusal(Reason.MANAGER_NEEDED, why=why, hours=30), WORDS)


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (Refusal(Reason.COOLDOWN, minutes=30), "Please wait 30 minutes before the next stamp."),
        (Refusal(Reason.COOLDOWN, minutes=1), "Please wait 1 minute before the next stamp."),
        (Refusal(Reason.STAMPS_MISSING, missing=1), "1 stamp is missing for this reward."),
        (Refusal(Reason.POINTS_MISSING, missing=12), "12 points are missing for this reward."),
        (Refusal(Reason.BELOW_MINIMUM_PURCHASE, minimum_minor=250), "Points begin at a purchase of 2.50 €."),
        (Refusal(Reason.UNKNOWN_CARD), "This card is not known here. Please check the number."),
        (Refusal(Reason.UNKNOWN_CARD, by=By.NUMBER), "This card is not known here. Please check the number."),
        (Refusal(Reason.UNKNOWN_CARD, by=By.EMAIL), "No card here belongs to this e-mail address. Please check it."),
        (Refusal(Reason.UNKNOWN_CARD, by=By.PHONE), "No card here belongs to this phone number. Please check it."),
        (Refusal(Reason.PIN_WRONG, left=1), "That PIN was not right. 1 try is left."),
        (Refusal(Reason.PIN_LOCKED, minutes=15), "Too many wrong PINs. Please wait 15 minutes, or ask a manager."),
        (
            Refusal(Reason.MANAGER_NEEDED, why=Why.DATA_STALE, hours=26),
            "The balance was last confirmed 26 hours ago. A reward needs a manager's PIN.",
        ),
    ],
)
def test_numbers_are_said_with_the_right_word(refusal: Refusal, sentence: str) -> None:
    assert phrases.refusal(refusal, WORDS) == sentence


@pytest.mark.parametrize("note", Note)
def test_every_note_is_a_sentence(note: Note) -> None:
    assert re.fullmatch(r"[A-Z][^{}_]+[.]", phrases.note(note, WORDS))


@pytest.mark.parametrize("case", CaseKind)
def test_every_case_is_told_in_a_sentence(case: CaseKind) -> None:
    assert re.fullmatch(r"[A-Z][^{}_]+[.]", case_phrases.sentence(case, WORDS))


def test_every_verdict_and_every_kind_has_a_word_of_its_own() -> None:
    assert len({phrases.word(word, WORDS) for word in Word}) == len(Word)
    assert len({phrases.kind(kind, WORDS) for kind in Kind}) == len(Kind)


def test_every_sentence_goes_through_the_translator() -> None:
    class Shouting(PlainWords):
        def gettext(self, message: str) -> str:
            return message.upper()

        def ngettext(self, one: str, many: str, count: int) -> str:
            return super().ngettext(one, many, count).upper().replace("{N}", "{n}")

    loud = Shouting()
    for reason in Reason:
        refusal = numbered(reason)
        if reason in {Reason.BELOW_MINIMUM_PURCHASE, Reason.VOID_TOO_MUCH, Reason.TEXT_TOO_LONG}:
            continue  # placeholder names would be upper-cased too
        assert phrases.refusal(refusal, loud).isupper(), reason
    assert all(phrases.note(note, loud).isupper() for note in Note)
    assert all(case_phrases.sentence(case, loud).isupper() for case in CaseKind)
