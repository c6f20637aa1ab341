"""The contents of receipts and stamp slips, and what must not be on them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from terminal.interface.languages import LANGUAGES
from terminal.interface.phrases import Speech
from terminal.interface.views import CardView, HistoryRow, PointsView, StampsView
from terminal.printing.slip import Pair, Slip, StampRow
from ui.phrases.phrases import Phrases
from ui.phrases.slips import SlipHeader, SlipPhrases

NOON = datetime(2026, 5, 12, 14, 2, tzinfo=UTC)
AURORA = SlipHeader("Café Aurora", "Gare", "Till 2", "EUR")
CARD = CardView(
    id=UUID(int=1),
    known=True,
    number_end="4821",
    name="Marie Keller",
    active=True,
    blank=False,
    by_code=True,
    stamps=StampsView(8, 10, 8, 0, 2, "Free coffee"),
    points=PointsView(309, 309, 0),
    confirmed_at=NOON,
    rewards=(),
    next_stamp=None,
    expires_on=None,
)
PURCHASE = HistoryRow(
    entry=UUID(int=7),
    kind="points_earned",
    occurred_at=NOON,
    stamps=0,
    points=42,
    state="accepted",
    amount_minor=4250,
    receipt="R-2041",
    card="Marie Keller",
    staff="Lena Moreau",
    card_id=CARD.id,
)
STAMP = msgspec.structs.replace(
    PURCHASE, entry=UUID(int=8), kind="stamp_earned", stamps=1, points=0, amount_minor=None, receipt=None
)


def say(language: str = "en") -> SlipPhrases:
    return SlipPhrases(Phrases(Speech(language), lambda: NOON + timedelta(days=3), UTC))


def text(slip: Slip) -> str:
    return "\n".join(slip.words)


def waiting(row: HistoryRow) -> HistoryRow:
    return msgspec.structs.replace(row, state="waiting")


def test_a_receipt_tells_shop_day_purchase_and_what_the_card_has() -> None:
    slip = say().receipt((PURCHASE,), CARD, AURORA)
    printed = text(slip)
    for words in ("Café Aurora", "Gare, Till 2", "12 May 2026, 14:02", "receipt R-2041", "Card ending 4821"):
        assert words in printed
    assert Pair("+42 points", "42.50 €") in slip.blocks
    assert Pair("Points", "309", strong=True) in slip.blocks
    assert StampRow(8, 10) in slip.blocks


def test_a_purchase_and_its_stamps_in_one_step_are_one_receipt() -> None:
    printed = text(say().receipt((PURCHASE, STAMP), CARD, AURORA))
    assert printed.index("+42 points") < printed.index("+1 stamp") < printed.index("8 of 10 stamps")


def test_a_stamp_slip_shows_the_stamps_and_what_is_missing_still() -> None:
    slip = say().stamp_slip((STAMP,), CARD, AURORA)
    assert StampRow(8, 10) in slip.blocks
    assert "+1 stamp" in slip.words
    assert "8 of 10 stamps, 2 to go: free coffee" in slip.words
    assert "42.50" not in text(slip)


@pytest.mark.parametrize("state", ["waiting", "held"])
def test_what_the_company_has_not_confirmed_is_called_provisional_on_both_slips(state: str) -> None:
    row = msgspec.structs.replace(PURCHASE, state=state)
    for slip in (say().receipt((row,), CARD, AURORA), say().stamp_slip((row,), CARD, AURORA)):
        assert any(words.startswith("Provisional:") for words in slip.words)


def test_a_slip_with_something_waiting_on_the_card_says_what_is_confirmed_and_when() -> None:
    card = msgspec.structs.replace(CARD, points=PointsView(309, 267, 42))
    printed = text(say().receipt((PURCHASE,), card, AURORA))
    assert "Provisional:" in printed
    assert "Confirmed 12 May 2026, 14:02: 8 stamps, 267 points" in printed


def test_a_confirmed_slip_does_not_call_itself_provisional() -> None:
    assert "Provisional" not in text(say().receipt((PURCHASE,), CARD, AURORA))


def test_a_receipt_without_the_card_in_front_promises_no_balance() -> None:
    slip = say().receipt((PURCHASE,), None, AURORA)
    assert [block for block in slip.blocks if isinstance(block, StampRow)] == []
    assert "309" not in text(slip)


def test_what_was_taken_back_or_refused_by_the_company_is_not_handed_out_as_given() -> None:
    assert "Taken back" in say().receipt((msgspec.structs.replace(PURCHASE, voided=True),), CARD, AURORA).words
    refused = msgspec.structs.replace(PURCHASE, state="rejected", note="The receipt had earned its points already.")
    printed = text(say().receipt((refused,), CARD, AURORA))
    assert "Not counted. The receipt had earned its points already." in printed


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_customer_or_staff_stands_on_a_slip(language: str) -> None:
    for rows in ((PURCHASE,), (waiting(PURCHASE), STAMP)):
        for card in (CARD, None):
            for made in (say(language).receipt, say(language).stamp_slip):
                printed = text(made(rows, card, AURORA))
                assert not [name for name in ("Marie", "Keller", "Lena", "Moreau") if name in printed]


def test_a_slip_speaks_the_tills_language() -> None:
    german = text(say("de").receipt((waiting(PURCHASE),), CARD, AURORA))
    assert "42,50 €" in german
    assert "Vorläufig" in german
    assert "12. Mai 2026, 14:02" in german
    assert "Provisoire" in text(say("fr").stamp_slip((waiting(STAMP),), CARD, AURORA))


def test_a_practice_slip_says_that_it_does_not_count() -> None:
    practice = SlipHeader("Café Aurora", "Gare", "Till 2", "EUR", practice=True)
    assert "Practice: this does not count." in say().receipt((PURCHASE,), CARD, practice).words
