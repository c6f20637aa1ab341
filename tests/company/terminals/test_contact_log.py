"""When terminals were in contact, which program they run, and how long that is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from server.db.work_tables import contacts as table
from server.terminals import contact_log, contacts
from server.terminals.contact_log import Gap
from sync.protocol.version import VERSION
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill


def rows(shop: PaperShop) -> int:
    with shop.units.read() as conn:
        count = select(func.count()).select_from(table).where(table.c.company_id == shop.company_id)
        found: int = conn.execute(count).scalar_one()
    return found


def gaps(shop: PaperShop, till: PaperTill) -> list[Gap]:
    with shop.units.read() as conn:
        return list(contact_log.gaps(conn, shop.company_id, till.id))


def runs(shop: PaperShop) -> tuple[str | None, bool]:
    """What the one till is said to run, and whether that is old."""
    with shop.units.read() as conn:
        settings = shop.server.company("bean-scene").settings
        (one,) = contacts.standings(conn, shop.company_id, None, settings, shop.now)
    return one.program_version, one.is_outdated


def test_a_till_that_is_in_touch_leaves_a_contact_each_five_minutes(shop: PaperShop) -> None:
    till = shop.till("Till 1")
    card = shop.blanks()[0].id
    for _ in range(20):
        shop.passes(minutes=1)
        till.stamp(card)
        till.exchange()
    assert rows(shop) == 5
    assert gaps(shop, till) == []


def test_a_gap_ends_with_the_contact_that_brings_what_was_made_in_it(shop: PaperShop) -> None:
    till, other = shop.till("Till 1"), shop.till("Till 2")
    card, began = shop.blanks()[0].id, shop.now
    shop.passes(hours=3)
    till.stamp(card)
    till.stamp(card)
    till.sync()
    shop.passes(days=2)
    till.exchange()
    first_end = began + timedelta(hours=3)
    assert gaps(shop, till) == [Gap(first_end, shop.now, 0), Gap(began, first_end, 2)]
    assert gaps(shop, other) == []


def test_a_clock_that_is_set_back_and_on_again_fails_no_exchange(shop: PaperShop) -> None:
    till = shop.till("Till 1")
    for hours in (24, -24, 24):
        shop.passes(hours=hours)
        till.stamp(shop.blanks()[0].id)
        till.sync()
    assert till.acked_seq == len(till.journal)


def test_contacts_are_kept_for_35_days(shop: PaperShop) -> None:
    till = shop.till("Till 1")
    shop.passes(days=35)
    till.exchange()
    for passed, gone, left in ((0, 0, 2), (1, 1, 1), (35, 1, 0)):
        shop.passes(days=passed)
        with shop.units.write(shop.company_id) as conn:
            assert contact_log.forget_old(conn, shop.company_id, shop.now) == gone
        assert rows(shop) == left


def test_a_till_says_which_program_it_runs(shop: PaperShop) -> None:
    till = shop.till("Till 1")
    assert runs(shop) == (None, False), "an older till does not say it"
    for said, is_old in (("0.0.9", True), (VERSION, False), ("99.0", False)):
        shop.passes(minutes=2)
        till.exchange(program_version=said)
        assert runs(shop) == (said, is_old)


@pytest.mark.parametrize(
    ("version", "other", "is_older"),
    [("1.9.0", "1.10.0", True), ("1.10.0", "1.9.0", False), ("1.4", "1.4", False), ("1.4.0b1", "1.4.0", True)],
)
def test_versions_are_compared_number_by_number(version: str, other: str, is_older: bool) -> None:
    assert contacts.is_older(version, other) is is_older
