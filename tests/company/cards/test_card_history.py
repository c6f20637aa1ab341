"""The history of a card for the company."""

from uuid import uuid4

import pytest

from server.cards import card_record
from server.refusals import Refused
from tests.support.paper_shop import PaperShop


@pytest.mark.slow
def test_old_and_new_code_of_a_replaced_card_lead_to_it(shop: PaperShop) -> None:
    till = shop.till()
    old, new = shop.blanks(2)
    till.enrol(old.id)
    till.stamp(old.id)
    till.replace(old.id, new.id)
    till.sync()
    keys = shop.keys.company(shop.company_id)
    with shop.units.read() as conn:
        for code in (old.token, old.number, new.token, new.number, f"https://cards.example/c/{new.token}"):
            assert card_record.find(conn, shop.company_id, code, shop.keys.platform, keys) == old.id
            with pytest.raises(Refused):  # it leads another company to nothing
                card_record.find(conn, uuid4(), code, shop.keys.platform, keys)


def test_history_is_told_oldest_first_with_its_cases(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    till.redeem(card)  # one stamp is too few: the company absorbs the shortfall
    till.sync()
    with shop.units.read() as conn:
        found = card_record.history(conn, shop.company_id, card, shop.keys.company(shop.company_id))
    assert [one["kind"] for one in found.transactions] == ["card_created", "stamp_earned", "stamp_redeemed"]
    assert [one["kind"] for one in found.cases] == ["balance_too_small"]
    assert (found.card["stamp_count"], found.card["stamps_redeemed"]) == (0, 1)


def test_a_name_that_does_not_open_hides_nothing_else(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till, name="Ana")  # this till does not really encrypt names
    with shop.units.read() as conn:
        found = card_record.history(conn, shop.company_id, card, shop.keys.company(shop.company_id))
    assert found.card["name"] is None
    assert len(found.transactions) == 1
