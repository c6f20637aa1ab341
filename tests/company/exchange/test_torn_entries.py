"""Entries whose bytes changed on the way or on a till's disk: they are kept, and nothing is booked by them."""

from uuid import uuid4

import msgspec
import pytest

from server.db.tables import entries
from server.exchange.turned_away import Forked
from sync.protocol.entries import ByCard
from tests.support.paper_shop import PaperShop


@pytest.mark.parametrize(
    ("written", "arrived"),
    [(b"1000", b"9000"), (b"points_earned", b"points_earnex"), (b"T", b"t"), (b'"card":', b'"carf":')],
)
def test_an_entry_whose_bytes_are_not_those_that_were_linked_books_nothing_however_well_it_reads(
    shop: PaperShop, written: bytes, arrived: bytes
) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    before, torn, after = till.earn(card, 500), till.earn(card, 1000), till.earn(card, 500)
    page = till.page()
    assert page is not None and written in torn.data
    bytes_that_came = torn.data.replace(written, arrived, 1)
    till.exchange(
        msgspec.structs.replace(
            page,
            entries=tuple(
                msgspec.structs.replace(row, entry=bytes_that_came) if row.seq == torn.seq else row
                for row in page.entries
            ),
        )
    )
    till.sync()
    balance = shop.card(card).points_balance
    accepted = [one for one in shop.ledger(card) if one.transaction_id in (before.id, after.id)]
    assert len(accepted) == 2 and balance == sum(one.points for one in accepted)
    assert torn.id not in {one.transaction_id for one in shop.ledger(card)}
    (kept,) = shop.rows(entries, seq=torn.seq)
    assert kept.entry == bytes_that_came


def test_bytes_that_name_another_entry_do_not_take_its_place(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    torn, after = till.earn(card, 1000), till.earn(card, 500)
    page = till.page()
    assert page is not None
    till.exchange(
        msgspec.structs.replace(
            page,
            entries=tuple(
                msgspec.structs.replace(row, entry=after.data) if row.seq == torn.seq else row for row in page.entries
            ),
        )
    )
    till.sync()
    assert (till.verdict(torn).notes, till.verdict(after).word) == (("unreadable",), "accepted")


def test_a_customers_fields_that_belong_to_another_entry_are_nobodys(shop: PaperShop) -> None:
    till = shop.till()
    ana, ben = shop.blanks(2)
    written = [till.enrol(ana.id, name="Ana"), till.enrol(ben.id, name="Ben")]
    sides = {written[0].seq: written[1].side, written[1].seq: written[0].side}
    page = till.page()
    assert page is not None
    till.exchange(
        msgspec.structs.replace(
            page,
            entries=tuple(
                msgspec.structs.replace(row, side=sides[row.seq]) if row.seq in sides else row for row in page.entries
            ),
        )
    )
    till.sync()
    for one, blank in zip(written, (ana, ben), strict=True):
        assert (till.verdict(one).word, till.verdict(one).notes) == ("accepted", ("unreadable",))
        assert till.card(blank.id).name is None
    assert shop.cases() == ["unreadable", "unreadable"]


def test_a_row_sent_again_with_another_hash_is_a_fork_wherever_it_stands(shop: PaperShop) -> None:
    till = shop.till()
    for _ in range(3):
        till.stamp(ByCard(uuid4()))
    till.sync()
    till.stamp(ByCard(uuid4()))
    page = till.page(first=1)
    assert page is not None
    for place in range(3):
        rows = list(page.entries)
        rows[place] = msgspec.structs.replace(rows[place], hash=bytes(32))
        with pytest.raises(Forked):
            till.send(till.request(msgspec.structs.replace(page, entries=tuple(rows))))
    till.sync()
    assert till.acked_seq == 4
