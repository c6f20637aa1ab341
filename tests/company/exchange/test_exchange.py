"""Exchanges: a till's entries are booked exactly once, and it receives their verdicts."""

from uuid import uuid4

import pytest
from sqlalchemy import Engine, update

from loyalty.transactions import StampEarned, WelcomeBonus
from server.db.tables import entries, terminals, transactions
from server.exchange.turned_away import Forked, NotSigned, Revoked, TooLarge, Unsupported
from server.ledger.rows import verdicts
from sync.protocol import chain
from sync.protocol.entries import ENTRY_BYTES_MAX, ByCard, Lockout, LockoutsCarried, PinPassed, PinTried, TillStarted
from sync.protocol.messages import PAGE_ENTRIES_MAX, Garbled, Page, PageEntry
from tests.support.databases import ON_ALL
from tests.support.driven import of_kind, statements
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill

pytestmark = ON_ALL


def test_a_stamp_is_in_the_books_and_its_till_hears_so(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    stamp = till.stamp(card)
    till.sync()
    verdict = till.verdict(stamp)
    assert (verdict.word, verdict.stamps, verdict.card) == ("accepted", 1, card)
    assert shop.kinds(card) == ["card_created", "stamp_earned"]
    assert till.card(card).stamp_count == 1
    assert verdict.card_version == till.versions["card", card]


@pytest.mark.slow
def test_the_transaction_has_the_entrys_id_and_says_who_where_and_when(shop: PaperShop) -> None:
    till, ana = shop.till(), shop.person("Ana")
    card = shop.enrolled(till)
    shop.passes(minutes=10)
    stamped_at = shop.now
    stamp = till.stamp(card, staff=ana)
    shop.passes(minutes=5)
    till.sync()
    (row,) = shop.rows(transactions, transaction_id=stamp.id)
    assert (row.card_id, row.store_id, row.terminal_id, row.staff_id) == (card, till.store_id, till.id, ana)
    assert (row.occurred_at, row.recorded_at, row.program_number) == (stamped_at, shop.now, 1)


def test_a_page_sent_again_changes_nothing(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    request = till.request(till.page())
    till.send(request)
    assert till.send(request).acked_seq == 2
    assert shop.card(card).stamp_count == 1


def test_a_lost_reply_loses_and_doubles_nothing(shop: PaperShop) -> None:
    """The till did not get the answer to its first page and sends it again, with more entries."""
    till = shop.till()
    card = shop.enrolled(till)
    first = till.stamp(card)
    till.send(till.request(till.page()))
    second = till.earn(card, 1000)
    till.sync()
    assert [till.verdict(one).word for one in (first, second)] == ["accepted", "accepted"]
    assert (shop.card(card).stamp_count, shop.card(card).points_balance) == (1, 10)


@pytest.mark.slow
def test_every_entry_has_a_verdict_also_what_is_no_transaction(shop: PaperShop) -> None:
    till, ana = shop.till(), shop.person("Ana")
    said = [
        till.write(TillStarted(program="1")),
        till.write(PinTried(staff=ana)),
        till.write(PinPassed(staff=ana)),
        till.write(LockoutsCarried(lockouts=(Lockout(staff=ana, wrong=1, lockouts=0, locked_for_s=0.0),))),
    ]
    till.sync()
    assert [till.verdict(one).word for one in said] == ["accepted"] * 4
    assert till.verdict(said[0]).card_version == 0
    assert shop.rows(transactions) == []


def test_a_page_that_begins_too_late_is_not_applied_and_says_from_where_to_send(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    till.stamp(card)
    answer = till.exchange(till.page(first=3))
    assert answer.acked_seq == 1
    till.sync()
    assert shop.card(card).stamp_count == 2


def test_a_long_journal_goes_up_page_by_page(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    for _ in range(5):
        till.stamp(card)
    till.exchange(till.page(count=2))
    till.exchange(till.page(count=2))
    assert (till.acked_seq, shop.card(card).stamp_count) == (5, 4)


def test_the_first_exchange_binds_the_journal(shop: PaperShop) -> None:
    till = shop.till(synced=False)
    assert shop.rows(terminals)[0].journal_id is None
    till.sync()
    (row,) = shop.rows(terminals)
    assert row.journal_id == till.journal_id
    till.journal_id = uuid4()
    with pytest.raises(Forked):
        till.exchange()


def forked_tills(shop: PaperShop) -> tuple[PaperTill, PaperTill, int]:
    """A till, a copy of it from after three entries, and the number of entries the server has."""
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    till.sync()
    copy = PaperTill(shop.exchanges, lambda: shop.now, till.signing, till.paired)
    copy.journal_id, copy.journal = till.journal_id, till.journal[:-1]
    copy.acked_seq = len(copy.journal)
    return till, copy, len(till.journal)


def test_a_restored_journal_that_says_less_than_the_server_has_is_a_fork(shop: PaperShop) -> None:
    _, copy, acked = forked_tills(shop)
    with pytest.raises(Forked):
        copy.exchange()
    (row,) = shop.rows(terminals)
    assert (row.acked_seq, row.forked_at) == (acked, None), "it could also be an old request that was late"
    with pytest.raises(Forked):
        copy.exchange(salvage=True)  # sent only after the refusal
    (row,) = shop.rows(terminals)
    assert (row.acked_seq, row.forked_at) == (acked, shop.now)


def test_a_shorter_journal_with_another_head_is_a_fork(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    till.sync()
    with pytest.raises(Forked):
        till.exchange(last_seq=len(till.journal) - 1, head=bytes(32))
    (row,) = shop.rows(terminals)
    assert row.forked_at is not None


@pytest.mark.slow
def test_a_late_copy_of_an_old_request_marks_no_fork(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    late = till.request(till.page())
    till.sync()
    till.stamp(card)
    till.sync()
    with pytest.raises(Forked):
        till.send(late)
    (row,) = shop.rows(terminals)
    assert row.forked_at is None
    till.stamp(card)
    till.sync()
    assert shop.card(card).stamp_count == 3


def test_a_differing_entry_is_a_fork_that_merges_nothing_and_loses_nothing(shop: PaperShop) -> None:
    till, copy, acked = forked_tills(shop)
    copy.stamp(ByCard(uuid4()))
    copy.stamp(ByCard(uuid4()))
    before = shop.rows(entries)
    with pytest.raises(Forked):
        copy.exchange()
    assert shop.rows(entries) == before
    assert till.exchange().acked_seq == acked  # the known journal continues


def test_another_head_at_the_same_length_is_a_fork(shop: PaperShop) -> None:
    _, copy, acked = forked_tills(shop)
    copy.stamp(ByCard(uuid4()))
    forked_at = shop.now
    for _again in range(2):
        with pytest.raises(Forked):
            copy.send(copy.request(last_seq=acked))
        shop.passes(minutes=5)
    assert [row.forked_at for row in shop.rows(terminals)] == [forked_at]


def test_entries_that_do_not_continue_the_chain_are_a_fork(shop: PaperShop) -> None:
    _, copy, acked = forked_tills(shop)
    for _ in range(3):
        copy.stamp(ByCard(uuid4()))
    with pytest.raises(Forked):
        copy.exchange(copy.page(first=acked + 1))


def test_a_head_nobody_signed_changes_nothing(shop: PaperShop) -> None:
    till = shop.till()
    till.stamp(ByCard(uuid4()))
    with pytest.raises(NotSigned):
        till.exchange(signature=bytes(64))
    with pytest.raises(NotSigned):
        till.exchange(terminal=uuid4())
    assert shop.rows(entries) == []


def test_a_page_beyond_its_signed_head_changes_nothing(shop: PaperShop) -> None:
    till = shop.till()
    till.stamp(ByCard(uuid4()))
    page = till.page()
    with pytest.raises(NotSigned):
        till.exchange(page, last_seq=0, head=till.link_before(1))
    assert shop.rows(entries) == []


def test_a_page_with_a_hole_is_garbled(shop: PaperShop) -> None:
    till = shop.till()
    rows = [till.stamp(ByCard(uuid4())).sent() for _ in range(3)]
    with pytest.raises(Garbled):
        till.exchange(Page(prev_hash=till.link_before(1), entries=(rows[0], rows[2])))


def test_a_page_above_its_limits_is_to_be_halved(shop: PaperShop) -> None:
    till = shop.till()
    for _ in range(PAGE_ENTRIES_MAX + 1):
        till.append(b"{}")
    with pytest.raises(TooLarge):
        till.exchange(till.page(count=PAGE_ENTRIES_MAX + 1))
    with pytest.raises(TooLarge):
        heavy = shop.till("Till 2")
        for _ in range(3):
            heavy.append(b" " * 200_000)
        heavy.exchange()


def test_a_revoked_terminal_is_turned_away(shop: PaperShop) -> None:
    till = shop.till()
    till.sync()
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(terminals).values(revoked_at=shop.now))
    with pytest.raises(Revoked):
        till.exchange()


def test_a_protocol_from_the_future_is_not_spoken(shop: PaperShop) -> None:
    with pytest.raises(Unsupported):
        shop.till().exchange(protocol=2)


def test_an_exchange_without_entries_writes_nothing_within_a_minute(shop: PaperShop, engine: Engine) -> None:
    till = shop.till()
    till.sync()
    said = statements(engine)
    shop.passes(seconds=59)
    till.exchange()
    assert of_kind(said, "SELECT")
    assert not of_kind(said, "INSERT", "UPDATE", "DELETE")
    shop.passes(seconds=2)
    till.exchange()
    assert of_kind(said, "UPDATE")
    (row,) = shop.rows(terminals)
    assert row.last_seen_at == shop.now


def test_what_was_just_written_costs_nobody_a_query(shop: PaperShop, engine: Engine) -> None:
    till, elsewhere = shop.till(), shop.till("Till 2", "Kirchberg")
    card = shop.enrolled(till)
    for one in (till, elsewhere):
        one.sync()
    said = statements(engine)
    elsewhere.exchange()
    assert len(of_kind(said, "SELECT")) == 1  # sender and company's clock
    till.stamp(card)
    till.sync()
    said.clear()
    assert [change.table for change in elsewhere.exchange().changes] == ["card"]
    assert len(of_kind(said, "SELECT")) == 1  # the same, with the rows from memory


def test_the_answer_carries_a_signed_seal(shop: PaperShop) -> None:
    till = shop.till()
    shop.enrolled(till)
    answer = till.exchange()
    seal = answer.seal
    assert (seal.epoch, seal.acked_seq) == (1, 1)
    assert chain.seal_is_signed(
        till.paired.signing_public,
        till.company_id,
        till.id,
        till.journal_id,
        epoch=seal.epoch,
        version=seal.version,
        acked_seq=seal.acked_seq,
        signature=seal.signature,
    )


# Entries that cannot be read


def test_a_torn_entry_in_the_middle_of_a_page_blocks_none(shop: PaperShop) -> None:
    """The bytes are shorter than those hashed."""
    till = shop.till()
    card = shop.enrolled(till)
    before, torn, after = till.stamp(card), till.stamp(card), till.stamp(card)
    page = till.page()
    assert page is not None
    rows = [
        row if row.seq != torn.seq else PageEntry(seq=row.seq, hash=row.hash, entry=b"\x00") for row in page.entries
    ]
    till.exchange(Page(prev_hash=page.prev_hash, entries=tuple(rows)))
    words = [(till.verdict(one).word, till.verdict(one).notes) for one in (before, torn, after)]
    assert words == [("accepted", ()), ("rejected", ("unreadable",)), ("accepted", ())]
    assert shop.card(card).stamp_count == 2
    assert shop.cases() == ["unreadable"]
    (kept,) = shop.rows(entries, seq=torn.seq)
    assert (kept.entry, kept.entry_id) == (b"\x00", None)


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b'{"v": 1}', b"[" * 10_000, b" " * 20_000])
def test_bytes_that_are_no_entry_are_kept_and_rejected(shop: PaperShop, data: bytes) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    odd, stamp = till.append(data), till.stamp(card)
    till.sync()
    assert (till.verdict(odd).word, till.verdict(stamp).word) == ("rejected", "accepted")
    assert shop.rows(entries, seq=odd.seq)[0].entry == data[:ENTRY_BYTES_MAX]


def test_a_body_that_does_not_fit_its_kind_is_rejected(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    odd = till.write(StampEarned(), card, kind="points_earned")
    till.sync()
    assert (till.verdict(odd).word, till.verdict(odd).notes) == ("rejected", ("unreadable",))


def test_a_text_longer_than_a_counter_writes_is_rejected_before_it_harms_a_page(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    odd, stamp = till.earn(card, 1000, "R" * 501), till.stamp(card)
    till.sync()
    assert (till.verdict(odd).word, till.verdict(stamp).word) == ("rejected", "accepted")


@pytest.mark.parametrize(("receipt", "kept"), [("R\0-17", "R -17"), ("\x1bR-17", "R-17"), ("R\u202e-17", "R-17")])
def test_signs_that_no_counter_writes_are_taken_out_of_a_receipt(shop: PaperShop, receipt: str, kept: str) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    odd = till.earn(card, 1000, receipt)
    till.sync()
    assert till.verdict(odd).word == "accepted"
    assert [row.receipt for row in shop.ledger(card) if row.kind == "points_earned"] == [kept]


def test_a_transaction_without_a_card_is_rejected(shop: PaperShop) -> None:
    till = shop.till()
    odd = till.write(StampEarned())
    till.sync()
    assert (till.verdict(odd).word, till.verdict(odd).reason) == ("rejected", "no_card")


def test_what_only_the_server_books_is_rejected(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    claimed = till.write(WelcomeBonus(), card)
    till.sync()
    assert (till.verdict(claimed).word, till.verdict(claimed).reason) == ("rejected", "server_only")


def test_an_entrys_id_counts_once_whichever_row_or_till_repeats_it(shop: PaperShop) -> None:
    """The entry's id identifies it, whether it comes from its till, salvage or a relay."""
    till, other = shop.till(), shop.till("Till 2")
    card = shop.enrolled(till)
    first = till.stamp(card)
    again = till.stamp(card, id=first.id)
    till.sync()
    elsewhere = other.stamp(card, id=first.id)
    other.sync()
    assert (till.verdict(first).word, till.verdict(again).word) == ("accepted", "rejected")
    assert other.verdict(elsewhere).word == "rejected"
    assert shop.card(card).stamp_count == 1
    assert len({verdicts.id_of(row) for row in shop.rows(entries)}) == 4


def test_a_parked_entry_is_kept_unread(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    stamp, later = till.stamp(card), till.stamp(card)
    till.exchange(Page(prev_hash=till.link_before(stamp.seq), entries=(stamp.sent(parked=True), later.sent())))
    assert (till.verdict(stamp).word, till.verdict(stamp).notes) == ("held", ("parked",))
    assert till.verdict(stamp).id == stamp.id
    assert till.verdict(later).word == "accepted"
    assert shop.cases() == ["unreadable"]
    (kept,) = shop.rows(entries, seq=stamp.seq)
    assert kept.entry == stamp.data
