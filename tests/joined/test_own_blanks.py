"""Cards for customers' phones, from blanks reserved for this till."""

import sqlite3
from pathlib import Path
from uuid import UUID

import pytest

from loyalty.codes import Number, parse
from server.db.tables import cards, transactions
from server.terminals import revocation
from sync.protocol.messages import POOL_LOW, POOL_SIZE, PROTOCOL, Pool, PoolBlank, decode, encode
from sync.protocol.sealing import Purpose, seal, unseal
from terminal.interface.asks import Enrol, Pin, Scan, Stamp, Status
from terminal.interface.card_asks import HandedOver, ShowCode
from terminal.interface.views import NewCardView, Reply
from tests.support.databases import ON_SQLITE
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, refused, stamps, status, written

pytestmark = [ON_SQLITE, pytest.mark.slow]


def new_card(reply: Reply) -> NewCardView:
    assert reply.new_card is not None, reply
    return reply.new_card


def gives(till: JoinedTill) -> NewCardView:
    """Enrols a phone card and confirms that its code was handed over."""
    assert till.asks(Pin("Lena", "4711")).ok
    shown = new_card(till.asks(Enrol()))
    assert till.asks(HandedOver()).ok
    return shown


def blanks(till: JoinedTill) -> int:
    return status(till.asks(Status())).readiness.blanks


def own(till: JoinedTill) -> set[UUID]:
    """The blanks stored at the counter."""
    till.asks(Status())
    return set(till.pool.unused)


def test_a_till_has_cards_for_phones_after_its_first_exchange(joined: JoinedTill) -> None:
    assert blanks(joined) == POOL_SIZE
    reply = joined.asks(Enrol(name="Elif"))
    shown, made = new_card(reply), card(reply)
    number = parse(shown.card_number)
    assert isinstance(number, Number) and number.digits.endswith(made.number_end)
    assert (made.name, made.by_code, made.known) == ("Elif", True, True)
    assert blanks(joined) == POOL_SIZE - 1
    joined.sync()
    assert stamps(joined.asks(Stamp())).count == 1
    assert card(joined.asks(Scan(shown.qr_code))).id == made.id
    joined.sync()
    assert made.id is not None and joined.shop.kinds(made.id) == ["card_created", "stamp_earned"]


def test_out_of_contact_every_customer_gets_a_code_of_their_own_until_none_is_left(joined: JoinedTill) -> None:
    joined.wire.is_up = False
    shown = [gives(joined) for _ in range(POOL_SIZE)]
    assert len({one.qr_code for one in shown}) == len({one.card_number for one in shown}) == POOL_SIZE
    assert blanks(joined) == 0
    assert refused(joined.asks(Enrol())).reason == "pool_empty"
    joined.wire.is_up = True
    joined.sync()
    assert [row.kind for row in joined.shop.rows(transactions)] == ["card_created"] * POOL_SIZE
    joined.sync()
    assert blanks(joined) == POOL_SIZE, "and the pool is made up"
    later = {gives(joined).qr_code for _ in range(3)}
    assert later.isdisjoint(one.qr_code for one in shown)


def test_a_pool_is_made_up_once_it_is_half_used(joined: JoinedTill) -> None:
    for _ in range(POOL_SIZE - POOL_LOW - 1):
        gives(joined)
    joined.wire.asked.clear()
    joined.sync()
    assert [request.pool for request in joined.wire.asked] == [None] * len(joined.wire.asked)
    assert blanks(joined) == POOL_LOW + 1
    gives(joined)
    joined.sync()
    assert POOL_LOW in [request.pool for request in joined.wire.asked]
    joined.sync()
    assert blanks(joined) == POOL_SIZE


def test_a_code_is_wiped_once_it_is_handed_over(joined: JoinedTill) -> None:
    shown = new_card(joined.asks(Enrol()))
    held = joined.pool_file.read_bytes()
    assert shown.qr_code.encode() not in held, "only closed"
    assert new_card(joined.asks(ShowCode())) == shown
    assert status(joined.asks(Status())).code_kept
    assert joined.asks(HandedOver()).ok
    assert refused(joined.asks(ShowCode())).reason == "code_gone"
    assert not status(joined.asks(Status())).code_kept
    joined.stop()
    closed = _closed_codes(held) - _closed_codes(joined.pool_file.read_bytes())
    assert len(closed) == 1
    for file in joined.pool_file.parent.iterdir():
        assert not any(one in file.read_bytes() for one in closed), f"{file} keeps a copy"
    joined.start()


def _closed_codes(file: bytes) -> set[bytes]:
    """The encrypted codes in a pool file's bytes, recognised by their first bytes."""
    with sqlite3.connect(":memory:") as memory:
        memory.deserialize(file)
        return {row[0][:24] for row in memory.execute("SELECT code FROM blanks")}


def test_a_card_given_before_a_crash_can_still_be_shown_and_goes_to_nobody_else(joined: JoinedTill) -> None:
    before = joined.pool_file.read_bytes()
    first = joined.asks(Enrol(name="Elif"))  # power cut before the answer is seen
    joined.stop()
    joined.pool_file.write_bytes(before)
    joined.start()
    assert joined.asks(Pin("Lena", "4711")).ok
    assert blanks(joined) == POOL_SIZE - 1
    again = joined.asks(ShowCode())
    assert new_card(again) == new_card(first)
    assert card(again).name == "Elif"
    second = gives(joined)
    assert second.qr_code != new_card(first).qr_code
    assert refused(joined.asks(ShowCode())).reason == "code_gone"


def test_a_lost_pool_comes_again_without_the_cards_that_were_given(joined: JoinedTill) -> None:
    joined.wire.is_up = False
    given = {gives(joined).qr_code for _ in range(5)}
    joined.stop()
    joined.pool_file.unlink()
    joined.start()
    joined.sync()  # the server learns of the five and informs the others
    assert blanks(joined) == POOL_SIZE - 5
    assert {gives(joined).qr_code for _ in range(POOL_SIZE - 5)}.isdisjoint(given)


def test_a_pool_that_comes_before_the_server_has_heard_of_a_card_given_does_not_bring_it_again(
    joined: JoinedTill,
) -> None:
    given = gives(joined)
    joined.stop()
    joined.pool_file.unlink()
    joined.start()
    request = joined.request(pool=0)  # without a page
    answer = joined.wire.exchange(request, 10)
    assert answer.pool is not None
    joined.pool.take(answer.pool)
    assert blanks(joined) == POOL_SIZE - 1
    assert given.qr_code not in {gives(joined).qr_code for _ in range(POOL_SIZE - 1)}


def test_a_damaged_pool_file_is_begun_anew(joined: JoinedTill) -> None:
    given = gives(joined)
    joined.sync()
    joined.stop()
    joined.pool_file.write_bytes(b"not a database, whatever it was" * 300)
    joined.start()
    assert blanks(joined) == 0
    joined.sync()
    assert blanks(joined) == POOL_SIZE - 1
    assert gives(joined).qr_code != given.qr_code


def test_a_lost_answer_costs_no_cards(joined: JoinedTill) -> None:
    def offered() -> set[UUID]:
        answer = joined.wire.exchange(joined.request(pool=0), 10)
        assert answer.pool is not None
        box = unseal(joined.keys.now.sealing, answer.pool, Purpose.POOL)
        return {one.card for one in decode(Pool, box).blanks}

    assert offered() == offered() == own(joined)
    assert len(joined.shop.rows(cards)) == POOL_SIZE


def test_no_code_is_in_two_pools_and_nobody_counts_anothers(joined: JoinedTill, tmp_path: Path) -> None:
    other = JoinedTill(tmp_path / "other", joined.shop, "Till 2")
    other.sync()
    joined.sync()
    assert own(other).isdisjoint(own(joined))
    assert len(own(other)) == len(own(joined)) == POOL_SIZE == blanks(joined) == blanks(other)
    joined.shop.blanks(3)
    joined.sync()
    assert blanks(joined) == POOL_SIZE + 3, "printed ones are everybody's"
    other.stop()


def test_a_card_shown_out_of_contact_is_known_at_another_till(joined: JoinedTill, tmp_path: Path) -> None:
    other = JoinedTill(tmp_path / "other", joined.shop, "Till 2")
    other.sync()
    joined.wire.is_up = False
    shown = gives(joined)
    assert other.asks(Pin("Lena", "4711")).ok
    assert card(other.asks(Scan(shown.qr_code))).blank, "it can be handed out, and counts once"
    written(other.asks(Enrol(code=shown.qr_code)))
    written(other.asks(Stamp()))
    other.sync()
    joined.wire.is_up = True
    joined.sync()
    found = card(joined.asks(Scan(shown.qr_code)))
    assert found.stamps is not None and found.stamps.count == 1
    other.stop()


def test_a_pool_outlives_new_keys_of_the_company(joined: JoinedTill) -> None:
    joined.shop.till("Till 2")
    revocation.revoke(joined.shop.units, joined.shop.keys, joined.shop.company_id, "Till 2", lambda: joined.shop.now)
    joined.sync()
    assert card(joined.asks(Enrol(name="Elif"))).name == "Elif"
    joined.stop()
    joined.pool_file.unlink()
    joined.start()
    joined.sync()
    assert blanks(joined) == POOL_SIZE - 1


def test_a_revoked_till_keeps_no_code_and_its_blanks_go_to_nobody(joined: JoinedTill, tmp_path: Path) -> None:
    owned = own(joined)
    shop = joined.shop
    revocation.revoke(shop.units, shop.keys, shop.company_id, "Till 1", lambda: shop.now)
    joined.sync()
    assert not joined.pool_file.exists()
    other = JoinedTill(tmp_path / "other", shop, "Till 1")  # the same name, but another terminal
    other.sync()
    assert len(own(other)) == POOL_SIZE and owned.isdisjoint(own(other))
    other.stop()


def test_what_a_till_was_before_it_was_paired_again_gives_no_card(joined: JoinedTill) -> None:
    owned = own(joined)
    joined.pairs_again("Till 1b")
    assert joined.pool.unused == ()
    joined.sync()
    assert len(own(joined)) == POOL_SIZE and owned.isdisjoint(own(joined))


def test_nobody_gets_blanks_while_the_counter_makes_no_new_cards(shop: PaperShop, tmp_path: Path) -> None:
    shop.set(counter_enrolment="false")
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    assert (shop.rows(cards), own(till)) == ([], set())
    shop.set(counter_enrolment="true")
    till.sync()
    assert blanks(till) == POOL_SIZE
    till.stop()


def test_a_till_that_knows_no_pools_is_not_disturbed(shop: PaperShop) -> None:
    till = shop.till()
    assert till.exchange().pool is None
    assert till.exchange(pool=0, protocol=PROTOCOL - 1).pool is None
    assert shop.rows(cards) == []


def test_codes_that_are_not_those_of_the_cards_row_are_shown_to_nobody(joined: JoinedTill) -> None:
    first, second = joined.pool.unused[:2]
    wrong = tuple(PoolBlank(card=one, number="111122223333", token="x" * 32) for one in (first, second))
    joined.stop()
    joined.pool_file.unlink()
    joined.start()
    public = joined.keys.now.sealing.public
    joined.pool.take(seal(public, encode(Pool(blanks=wrong)), Purpose.POOL))
    assert joined.asks(Pin("Lena", "4711")).ok
    assert refused(joined.asks(Enrol())).reason == "pool_empty"
    joined.pool.take(b"and this is no box at all")
    assert joined.asks(Status()).ok
    joined.sync()
    assert len(own(joined)) == POOL_SIZE
