"""Held entries: judged as soon as what they wait for arrives."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, update

from loyalty.card import Card
from loyalty.judge import Judgement, Present, judge
from loyalty.transactions import Claim, StampEarned
from server.cards import blanks
from server.db.tables import cards, entries, transactions
from server.db.units import Units
from server.db.work_tables import cases
from server.exchange.exchange import Exchanges
from server.ledger.judging import held_entries, judging
from server.ledger.rows import entries as parsed_entries
from sync.protocol.entries import ByNumber, ByToken
from sync.protocol.messages import Page
from tests.support.paper_shop import PaperShop, a_coffee_program, token_of
from tests.support.paper_till import PaperTill


def test_an_unknown_code_waits_until_its_card_is_known(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    printed = next(blanks.random_blanks())
    stamp = here.stamp(ByToken(token_of(printed)))
    here.sync()
    held = here.verdict(stamp)
    assert (held.word, held.notes, held.waits_for) == ("held", ("waits_for_card",), token_of(printed).hex())
    assert (held.card, held.card_version) == (None, 0)

    (blank,) = shop.issue(printed)
    here.sync()
    held = here.verdict(stamp)
    assert (held.word, held.card, held.waits_for) == ("held", blank.id, str(blank.id))  # the card is not enrolled yet

    there.enrol(blank.id)
    there.sync()
    here.sync()
    taken = here.verdict(stamp)
    assert (taken.word, taken.stamps, taken.waits_for) == ("accepted", 1, None)
    assert shop.kinds(blank.id) == ["card_created", "stamp_earned"]


def test_an_unknown_number_waits_and_a_known_one_leads_to_its_card(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    row = till.card(card)
    unknown = till.stamp(ByNumber(bytes(32), row.number_key))
    known = till.stamp(ByNumber(row.number, row.number_key))
    till.sync()
    assert (till.verdict(unknown).word, till.verdict(unknown).waits_for) == ("held", bytes(32).hex())
    assert (till.verdict(known).word, till.verdict(known).card) == ("accepted", card)


def test_what_waits_for_a_card_is_released_per_till_in_the_order_of_its_journal(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    (blank,) = shop.blanks()
    first = [one.stamp(blank.id), one.earn(blank.id, 1000)]
    other_first = [other.earn(blank.id, 500), other.stamp(blank.id)]
    one.sync()
    other.sync()
    assert {one.verdict(held).word for held in first} == {"held"}
    other.enrol(blank.id)
    other.sync()
    order = [row.transaction_id for row in shop.ledger(blank.id)][1:]
    for journal in (first, other_first):
        positions = [order.index(entry.id) for entry in journal]
        assert positions == sorted(positions)
    one.sync()
    assert {one.verdict(held).word for held in first} == {"accepted"}


def test_held_entries_are_found_per_till_in_the_order_of_its_journal(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    first, second = shop.blanks(2)
    for till in (one, other):
        for blank in (second, first, second):
            till.stamp(blank.id)
        till.sync()
    with shop.units.read() as conn:
        found = held_entries.waiting_for(conn, shop.company_id, {first.id, second.id})
    assert len(found) == 6
    assert found == sorted(found, key=lambda item: (item.slot.terminal_id, item.slot.seq))


@pytest.mark.slow
def test_a_released_entry_frees_what_waits_for_it_in_turn(shop: PaperShop) -> None:
    """A void of a stamp on a blank: enrolment releases the stamp, which releases its void."""
    one, other, third = shop.till("Till 1"), shop.till("Till 2"), shop.till("Till 3")
    (blank,) = shop.blanks()
    stamp = one.stamp(blank.id)
    void = other.void_stamp(blank.id, stamp.id)
    other.sync()
    one.sync()
    third.enrol(blank.id)
    third.sync()
    one.sync()
    other.sync()
    assert shop.kinds(blank.id) == ["card_created", "stamp_earned", "stamp_voided"]
    assert (one.verdict(stamp).word, other.verdict(void).word) == ("accepted", "accepted")
    assert shop.card(blank.id).stamp_count == 0


def test_a_void_waits_for_an_entry_of_another_till(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    stamp = one.stamp(card)
    void = other.void_stamp(card, stamp.id)
    other.sync()
    verdict = other.verdict(void)
    assert (verdict.word, verdict.notes, verdict.waits_for) == ("held", ("waits_for_entry",), str(stamp.id))
    assert verdict.card_version == shop.card(card).version
    one.sync()
    other.sync()
    assert (other.verdict(void).word, other.verdict(void).stamps) == ("accepted", -1)


def test_all_of_it_may_come_in_one_page_in_the_wrong_order(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    early = till.stamp(blank.id)
    void = till.void_stamp(blank.id, early.id)
    till.enrol(blank.id)
    late = till.stamp(blank.id)
    till.sync()
    assert [till.verdict(one).word for one in (early, void, late)] == ["accepted"] * 3
    assert shop.card(blank.id).stamp_count == 1


def test_a_void_of_something_rejected_later_takes_nothing(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    odd = one.earn(card, -1)
    void = other.void_points(card, odd.id)
    other.sync()
    one.sync()
    other.sync()
    assert (other.verdict(void).word, other.verdict(void).notes) == ("accepted", ("nothing_was_given",))


@pytest.mark.slow
def test_an_entry_for_a_blank_that_a_replacement_took_goes_to_that_card(shop: PaperShop) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(one)
    (blank,) = shop.blanks()
    stamp = other.stamp(blank.id)
    other.sync()
    one.replace(card, blank.id)
    one.sync()
    other.sync()
    assert (other.verdict(stamp).word, other.verdict(stamp).card) == ("accepted", card)


def test_an_enrolment_waits_for_the_companys_rules(units: Units, tmp_path: Path) -> None:
    shop = PaperShop(units, tmp_path)
    till = shop.till()
    (blank,) = shop.blanks()
    enrolled = till.enrol(blank.id, email="ana@example.org")
    till.sync()
    assert (till.verdict(enrolled).word, till.verdict(enrolled).notes) == ("held", ("waits_for_program",))
    shop.set_program(a_coffee_program())
    till.sync()
    assert till.verdict(enrolled).word == "accepted"
    assert shop.rows(entries, entry_id=enrolled.id)[0].side is None
    assert till.card(blank.id).email is not None


def test_entries_of_a_newer_program_wait_for_the_update_and_block_none(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    coming = till.write(StampEarned(), card, kind="stamp_doubled")
    newer = till.append(b'{"v": 2, "id": "%s"}' % str(uuid4()).encode())
    stamp = till.stamp(card)
    till.sync()
    words = [(till.verdict(one).word, till.verdict(one).notes) for one in (coming, newer, stamp)]
    assert words == [("held", ("waits_for_update",)), ("held", ("waits_for_update",)), ("accepted", ())]


def test_what_waited_for_an_update_is_taken_up_when_the_server_starts_again(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    stamp = till.stamp(card)
    till.exchange(Page(prev_hash=till.link_before(stamp.seq), entries=(stamp.sent(parked=True),)))
    with shop.units.write(shop.company_id) as conn:  # as left by a program without stamps
        conn.execute(update(entries).where(entries.c.entry_id == stamp.id).values(waits_for=parsed_entries.FOR_UPDATE))
    shop.passes(minutes=2)
    till.sync()
    assert till.verdict(stamp).word == "held"
    restart(shop, till)
    assert (till.verdict(stamp).word, shop.card(card).stamp_count) == ("accepted", 1)


def restart(shop: PaperShop, *tills: PaperTill) -> None:
    """Simulates a new server program; the tills then exchange."""
    shop.exchanges = Exchanges(shop.units, shop.keys, lambda: shop.now)
    shop.passes(minutes=2)
    for till in tills:
        till.serve_by(shop.exchanges)
        till.sync()


def test_what_waited_for_an_update_is_taken_up_in_the_order_of_its_journal(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    written = [till.stamp(card) for _ in range(3)]
    rows = tuple(one.sent(parked=True) for one in written)
    till.exchange(Page(prev_hash=till.link_before(written[0].seq), entries=rows))
    reorder(shop, waits_for=parsed_entries.FOR_UPDATE)
    written.append(till.stamp(card))  # comes in the exchange that takes the others up
    restart(shop, till)
    assert [row.transaction_id for row in shop.ledger(card) if row.kind == "stamp_earned"] == [
        one.id for one in written
    ]


def reorder(shop: PaperShop, **changes: object) -> None:
    """Keeps the held entries in another order than they came in, as a database may."""
    held = [dict(row._mapping) | changes for row in shop.rows(entries, word="held")]
    with shop.units.write(shop.company_id) as conn:
        conn.execute(delete(entries).where(entries.c.company_id == shop.company_id, entries.c.word == "held"))
        conn.execute(insert(entries), held[::-1])


def test_an_entry_that_cannot_be_judged_for_a_fault_of_ours_is_held_alone(
    shop: PaperShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    till = shop.till()
    card = shop.enrolled(till)

    def fail_for_two(card: Card, claim: Claim, present: Present) -> Judgement:
        if claim.body == StampEarned(count=2):
            raise ZeroDivisionError
        return judge(card, claim, present)

    monkeypatch.setattr(judging, "judge", fail_for_two)
    at_fault, next_one = till.stamp(card, 2), till.stamp(card)
    till.sync()
    found = till.verdict(at_fault)
    assert (found.word, found.notes, till.verdict(next_one).word) == ("held", ("waits_for_update",), "accepted")


@pytest.mark.slow
def test_what_was_held_for_a_fault_of_ours_is_taken_up_once_that_is_mended(shop: PaperShop) -> None:
    """The blank's codes cannot be decrypted: the replacement is held, the next stamp is not."""
    till = shop.till()
    card = shop.enrolled(till)
    (blank,) = shop.blanks()
    whole = shop.card(blank.id).codes
    keep_codes(shop, blank.id, bytes(len(whole)))
    replaced, stamp = till.replace(card, blank.id), till.stamp(card)
    till.sync()
    assert (till.verdict(replaced).word, till.verdict(stamp).word) == ("held", "accepted")
    keep_codes(shop, blank.id, whole)
    restart(shop, till)
    assert till.verdict(replaced).word == "accepted"
    assert till.card(card).token == token_of(blank)


def keep_codes(shop: PaperShop, card_id: UUID, codes: bytes) -> None:
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(cards).where(cards.c.card_id == card_id).values(codes=codes))


def test_what_waits_thirty_days_is_a_case_once(shop: PaperShop) -> None:
    till = shop.till()
    stamp = till.stamp(ByToken(bytes(32)))
    till.sync()
    for days, expected in ((29, []), (1, ["held_too_long"]), (40, ["held_too_long"])):
        shop.passes(days=days)
        till.sync()
        assert shop.cases() == expected
    assert shop.rows(cases)[0].entry_id == stamp.id
    assert till.verdict(stamp).word == "held"


def test_what_is_released_on_the_day_it_would_be_a_case_is_none(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    till.stamp(blank.id)
    till.sync()
    shop.passes(days=31)
    till.enrol(blank.id)
    till.sync()
    assert shop.cases() == []


def test_what_was_a_case_already_makes_no_second_one_when_it_waits_for_something_else(shop: PaperShop) -> None:
    till = shop.till()
    printed = next(blanks.random_blanks())
    till.stamp(ByToken(token_of(printed)))
    till.sync()
    shop.passes(days=31)
    till.sync()
    shop.issue(printed)
    shop.passes(days=31)
    till.sync()
    assert shop.cases() == ["held_too_long"]


def test_a_changed_verdict_has_a_newer_version(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    stamp = till.stamp(blank.id)
    till.sync()
    (before,) = shop.rows(entries, entry_id=stamp.id)
    till.enrol(blank.id)
    till.sync()
    (after,) = shop.rows(entries, entry_id=stamp.id)
    assert after.version > before.version
    assert after.created_at == before.created_at


def test_the_id_of_a_card_that_is_not_there_is_waited_for(shop: PaperShop) -> None:
    till, nobody = shop.till(), uuid4()
    stamp = till.stamp(nobody)
    till.sync()
    assert (till.verdict(stamp).word, till.verdict(stamp).waits_for) == ("held", str(nobody))


@pytest.mark.parametrize("together", [False, True])
def test_what_waited_for_several_things_that_arrive_at_once_goes_in_the_order_of_its_journal(
    shop: PaperShop, *, together: bool
) -> None:
    """Each waits for a card of its own, and all cards are handed out in one page, in another order."""
    till = shop.till("Till 1")
    other = till if together else shop.till("Till 2")
    waiting = shop.blanks(8)
    written = [till.stamp(blank.id) for blank in waiting]
    if not together:
        till.sync()
    for blank in sorted(waiting, key=lambda one: one.id.bytes[::-1]):
        other.enrol(blank.id)
    other.sync()
    booked = sorted(shop.rows(transactions, kind="stamp_earned"), key=lambda row: row.version)
    assert [row.transaction_id for row in booked] == [one.id for one in written]
