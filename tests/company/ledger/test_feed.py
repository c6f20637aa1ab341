"""The feed: each till reads all its rows once, in pages, despite interruptions."""

import threading
from collections.abc import Iterator
from datetime import timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from server.db.tables import cards, entries, platform, stores, tombstones, transactions
from server.db.units import next_version
from sync.protocol.messages import FEED_BYTES_MAX, Change, Cursors, encode
from sync.protocol.rows import ESSENTIALS, ProgramRow, StaffRow, Table, TerminalRow, decode_row
from tests.support.databases import ON_ALL
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill

pytestmark = ON_ALL


def from_nothing(till: PaperTill, rows_max: int) -> Iterator[tuple[list[Change], int]]:
    """The portions of the feed with their `rows_left`, read by a new till."""
    till.cursors = Cursors()
    more = True
    while more:
        answer = till.exchange(rows_max=rows_max)
        yield list(answer.changes), answer.rows_left or 0
        more = answer.more


@pytest.mark.slow
def test_a_new_till_gets_what_the_company_is(shop: PaperShop) -> None:
    shop.person("Ana")
    shop.blanks(3)
    till = shop.till()
    known = {table: till.knows(table) for table in Table}
    assert known == {
        Table.COMPANY: 1,
        Table.PROGRAM: 1,
        Table.STORE: 1,
        Table.STAFF: 2,
        Table.TERMINAL: 1,
        Table.VERDICT: 0,
        Table.CARD: 3,
        Table.TRANSACTION: 0,
        Table.ERASED: 0,
        Table.CASE: 0,
    }
    rows = {key[0]: row for key, row in till.rows.items() if key[1] != shop.manager}
    assert decode_row(ProgramRow, rows["program"]).program.version == 1
    assert decode_row(StaffRow, rows["staff"]).name == "Ana"
    assert decode_row(TerminalRow, rows["terminal"]).store == till.store_id


@pytest.mark.slow
def test_essentials_come_before_cards(shop: PaperShop) -> None:
    shop.blanks(5)
    shop.person("Ana")
    till = shop.till(synced=False)
    kinds = [Table(change.table) for changes, _ in from_nothing(till, 2) for change in changes]
    bulk_began = kinds.index(Table.CARD)
    assert set(kinds[:bulk_began]) <= set(ESSENTIALS)
    assert set(kinds[bulk_began:]) == {Table.CARD}
    assert len(kinds) == 6 + 5


@pytest.mark.slow
def test_pages_of_every_size_carry_each_row_once(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.blanks(7)
    for _ in range(4):
        till.stamp(card)
    till.sync()
    whole = [change for changes, _ in from_nothing(till, 5000) for change in changes]
    for rows_max in (1, 2, 3, 7):
        portions = list(from_nothing(till, rows_max))
        assert all(1 <= len(changes) <= rows_max for changes, _ in portions)
        assert [change for changes, _ in portions for change in changes] == whole


def test_rows_left_counts_down_to_nothing(shop: PaperShop) -> None:
    shop.blanks(10)
    till = shop.till(synced=False)
    portions = list(from_nothing(till, 4))
    sent = [len(changes) for changes, _ in portions]
    assert [left for _, left in portions] == [sum(sent[number + 1 :]) for number in range(len(sent))]


def test_reading_goes_on_where_it_was_broken_off(shop: PaperShop) -> None:
    shop.blanks(9)
    till = shop.till(synced=False)
    till.exchange(rows_max=6)
    lost = till.send(till.request(rows_max=3))
    assert lost.more  # the reply is lost, so the cursor stays
    till.sync()
    assert till.knows(Table.CARD) == 9


@pytest.mark.slow
def test_a_portion_stays_below_its_bytes(shop: PaperShop) -> None:
    till = shop.till()
    shop.blanks(4000)
    answer = till.send(till.request())
    assert answer.more
    assert FEED_BYTES_MAX * 0.9 < len(encode(answer)) <= FEED_BYTES_MAX
    till.sync()
    assert till.knows(Table.CARD) == 4000


def test_who_has_read_everything_reads_only_what_changed(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.blanks(5)
    till.sync()
    assert till.exchange().changes == ()
    till.stamp(card)
    answer = till.exchange()
    assert sorted(change.table for change in answer.changes) == ["card", "transaction", "verdict"]


@pytest.mark.slow
def test_what_a_till_hears_with_its_page_is_what_anybody_reads_later(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    till, elsewhere = shop.till(), shop.till("Till 2", "Kirchberg")
    blank, other = shop.blanks(2)
    till.sync()
    waiting = till.stamp(uuid4())
    card = blank.id
    till.enrol(card, name="Ana", email="ana@example.org")
    summer = timezone(timedelta(hours=2))
    till.stamp(card, 11, occurred_at=shop.now.astimezone(summer))
    earned = till.earn(card, 1234, "R-1")
    till.redeem(card)
    till.void_points(card, earned.id, 400)
    till.replace(card, other.id)
    for one in (till, elsewhere):
        one.sync()
        heard = dict(one.rows), dict(one.versions)
        one.rows, one.versions, one.cursors = {}, {}, Cursors()
        one.sync()
        assert (one.rows, one.versions) == heard
    assert till.verdict(waiting).word == "held"


def test_a_till_gets_its_own_verdicts_and_its_own_stores_transactions(shop: PaperShop) -> None:
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    card = shop.enrolled(here)
    here.stamp(card)
    here.sync()
    there.sync()
    assert (here.knows(Table.VERDICT), here.knows(Table.TRANSACTION)) == (2, 2)
    assert (there.knows(Table.VERDICT), there.knows(Table.TRANSACTION)) == (0, 0)
    assert there.card(card).stamp_count == 1


def test_transactions_older_than_sixty_days_are_not_sent_to_a_new_till(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    shop.passes(days=61)
    till.stamp(card)
    till.sync()
    assert shop.till("Till 2").knows(Table.TRANSACTION) == 1


def test_settings_are_sent_as_they_are_in_force(shop: PaperShop) -> None:
    shop.set(redemption_max_staleness_hours="100")
    with shop.units.platform_write() as conn:
        conn.execute(update(platform).values(limits={"redemption_max_staleness_hours": 48}))
    till = shop.till()
    assert till.settings.redemption_max_staleness_hours == 48


def test_a_tombstone_is_a_row_of_nothing(shop: PaperShop) -> None:
    till = shop.till()
    (blank,) = shop.blanks()
    till.sync()
    with shop.units.write(shop.company_id) as conn:
        version = next_version(conn, shop.company_id)
        row = {"company_id": shop.company_id, "table": "card", "row_id": blank.id, "version": version}
        conn.execute(insert(tombstones), {**row, "created_at": shop.now, "updated_at": shop.now})
    (change,) = till.exchange().changes
    assert (change.table, change.id, bytes(change.row)) == ("card", blank.id, b"null")


def test_every_row_of_the_feed_has_a_version_of_its_own(shop: PaperShop) -> None:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    till = shop.till()
    card = shop.enrolled(till, email="ana@example.org")
    other, blank = shop.blanks(2)
    till.stamp(other.id)
    till.stamp(card)
    till.enrol(other.id)
    till.replace(card, blank.id)
    till.sync()
    for tables in ((cards, transactions), (entries, stores)):
        versions = [row.version for table in tables for row in shop.rows(table)]
        assert len(set(versions)) == len(versions)


def test_versions_come_in_the_order_of_the_ledger(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    written = [till.stamp(card) for _ in range(3)]
    till.sync()
    assert [row.transaction_id for row in shop.ledger(card)][1:] == [one.id for one in written]
    assert [till.verdict(one).card_version for one in written] == sorted(
        till.verdict(one).card_version for one in written
    )
    assert till.versions["card", card] == till.verdict(written[-1]).card_version


@pytest.mark.slow
def test_a_till_that_reads_while_another_writes_misses_nothing(shop: PaperShop) -> None:
    """A version that commits after a later one was read must not be missed."""
    writer, reader = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(writer)
    done = threading.Event()

    def write() -> None:
        for _ in range(30):
            writer.stamp(card)
            writer.exchange()
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        reader.exchange(rows_max=2)
    thread.join()
    reader.sync()
    assert reader.card(card).stamp_count == 30
    assert reader.knows(Table.TRANSACTION) == 31


@pytest.mark.slow
def test_acked_seq_and_rows_of_an_answer_belong_together(shop: PaperShop) -> None:
    """Whenever an answer contains the card, its stamps include exactly the entries up to `acked_seq`."""
    till = shop.till()
    card = shop.enrolled(till)
    for _ in range(20):
        till.stamp(card)
    asked = threading.Event()
    seen: list[tuple[int, int]] = []
    sender = PaperTill(shop.exchanges, lambda: shop.now, till.signing, till.paired)
    sender.journal_id, sender.journal, sender.acked_seq = till.journal_id, till.journal, till.acked_seq

    def send() -> None:
        for _ in range(20):
            sender.exchange(sender.page(count=1))
        asked.set()

    thread = threading.Thread(target=send)
    thread.start()
    while True:
        last = asked.is_set()
        till.take(till.send(till.request()))
        seen.append((till.acked_seq, till.card(card).stamp_count))
        if last:
            break
    thread.join()
    assert [(acked, acked - 1) for acked, _ in seen] == seen
    assert seen[-1] == (21, 20)


def test_the_feed_is_as_old_as_the_moment_it_names(shop: PaperShop) -> None:
    till = shop.till()
    shop.now += timedelta(minutes=5)
    assert till.exchange().server_time == shop.now
