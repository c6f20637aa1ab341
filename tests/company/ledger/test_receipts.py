"""A receipt earns once in a store, per day or ever, regardless of case and width of its letters."""

from uuid import UUID

import pytest

from loyalty.judge import Note, Word
from loyalty.settings import Settings
from loyalty.texts import RECEIPT_CHARS_MAX
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill, Written

SAME = ["R-17a", "r-17A", "\uff32-17\uff41", " R-17a ", "R\u200b-17a"]


def earned(till: PaperTill, card: UUID, receipt: str) -> Written:
    written = till.earn(card, 1000, receipt)
    till.sync()
    return written


def counts(till: PaperTill, written: Written) -> bool:
    verdict = till.verdict(written)
    repeated = Note.RECEIPT_REPEATED in verdict.notes
    assert (verdict.word == Word.ACCEPTED) == (verdict.points > 0) == (not repeated)
    return not repeated


@pytest.mark.parametrize("again", SAME)
def test_a_receipt_counts_once_a_day_in_a_store(shop: PaperShop, again: str) -> None:
    till = shop.till()
    mine, yours = shop.enrolled(till), shop.enrolled(till)
    assert counts(till, earned(till, mine, "R-17a"))
    assert not counts(till, earned(till, yours, again))
    assert counts(till, earned(till, yours, "R-17b"))
    shop.passes(days=1)
    assert counts(till, earned(till, yours, again))
    elsewhere = shop.till("Till 2", "Centre")
    assert counts(elsewhere, earned(elsewhere, yours, again))


@pytest.mark.parametrize("again", SAME)
def test_a_receipt_counts_once_ever_where_the_company_has_it_so(shop: PaperShop, again: str) -> None:
    shop.set(receipts="ever")
    till = shop.till()
    card = shop.enrolled(till)
    first = earned(till, card, "R-17a")
    assert counts(till, first)
    shop.passes(days=400)
    assert not counts(till, earned(till, card, again))
    till.void_points(card, first.id)
    till.sync()
    assert counts(till, earned(till, card, again))


def test_a_day_is_the_companys_own(shop: PaperShop) -> None:
    assert Settings().time_zone == "Europe/Luxembourg"
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(hours=14, minutes=30)  # 22:30 in UTC, 23:30 in the shop
    assert counts(till, earned(till, card, "R-1"))
    shop.passes(hours=1)
    assert counts(till, earned(till, card, "R-1"))
    shop.passes(hours=1)
    assert not counts(till, earned(till, card, "R-1"))


def test_a_receipt_of_letters_that_fold_to_many_is_kept(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    assert counts(till, earned(till, card, "\ufdfa" * RECEIPT_CHARS_MAX))
    assert not counts(till, earned(till, card, "\ufdfa" * RECEIPT_CHARS_MAX))
