"""Another program's code, imported at the company, at a real till."""

import pytest

from loyalty.staff import Role
from terminal.interface.ask import Override
from terminal.interface.asks import Earn, PutAway, Recognise, Redeem, Replace, Scan, Stamp
from tests.company.transfer.files import csv_of, imported
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, refused, written

pytestmark = pytest.mark.slow

ANNA = Override("Anna", "4711")
TWELVE = "200000000017"  # reads like a card's number
TOKEN_LIKE = "A" * 32  # reads like a card's token


def an_import(joined: JoinedTill, shop: PaperShop) -> None:
    rows = (f"{code};{stamps}" for code, stamps in (("K-17", 9), (TWELVE, 10), (TOKEN_LIKE, 2), ("\u00c9-1", 0)))
    imported(shop, csv_of("code;stamps", *rows))
    joined.sync()


def test_an_imported_code_earns_at_a_till_that_is_offline(joined: JoinedTill, shop: PaperShop) -> None:
    an_import(joined, shop)
    joined.wire.is_up = False

    for code, stamps in ((" K-17 ", 9), (TWELVE, 10), (TOKEN_LIKE, 2), ("E\u0301-1", 0)):
        found = card(joined.asks(Scan(code)))
        assert found.stamps is not None and found.stamps.count == stamps
        assert found.known and found.by_code
    joined.asks(Scan("K-17"))
    written(joined.asks(Stamp()))
    written(joined.asks(Earn(500)))
    written(joined.asks(Redeem("stamps")))
    front = card(joined.asks(Scan("K-17")))

    joined.wire.is_up = True
    joined.sync()
    assert front.id is not None and front.points is not None and front.points.balance == 5
    row = shop.card(front.id)
    assert (row.stamp_count, row.points_balance) == (0, 5)
    assert shop.cases() == []


def test_a_code_is_taken_from_a_scanner_and_from_a_keyboard_and_not_from_the_camera(
    joined: JoinedTill, shop: PaperShop
) -> None:
    an_import(joined, shop)
    assert refused(joined.asks(Scan("K-17", by_camera=True))).reason == "foreign_code"
    assert refused(joined.asks(Scan(TWELVE, by_camera=True))).reason == "unknown_card"
    assert not card(joined.asks(Scan(TOKEN_LIKE, by_camera=True))).known
    assert refused(joined.asks(Scan("k-17"))).reason == "foreign_code", "case counts"
    assert joined.asks(Recognise(("Q-17", "K-17"))).reading == 1


def test_where_the_company_says_so_a_code_collects_and_a_reward_needs_a_manager(
    joined: JoinedTill, shop: PaperShop
) -> None:
    shop.set(old_codes_redeem="false")
    an_import(joined, shop)
    assert not card(joined.asks(Scan(TWELVE))).by_code
    assert refused(joined.asks(Redeem("stamps"))).why == "without_code"
    written(joined.asks(Stamp()))


def test_a_code_stays_with_a_card_that_is_replaced(joined: JoinedTill, shop: PaperShop) -> None:
    shop.person("Anna", Role.MANAGER)
    an_import(joined, shop)
    (blank,) = shop.blanks()
    joined.sync()
    before = card(joined.asks(Scan("K-17")))
    written(joined.asks(Replace(code=blank.token, reason="lost", override=ANNA)))
    joined.sync()
    joined.asks(PutAway())
    found = card(joined.asks(Scan("K-17")))
    assert (found.id, found.number_end) == (before.id, blank.number[-4:])
