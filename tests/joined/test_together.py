"""Forks, held entries, clocks, pages and torn entries, as seen at the counter."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from loyalty.refusals import Reason
from server.cards.blanks import Blank, random_blanks
from server.db.tables import salvage
from server.db.work_tables import cases
from sync.protocol.entries import decode_entry
from terminal.interface.asks import Earn, Enrol, History, Pin, Scan, Stamp, Status
from tests.support.builders import a_program
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, points, refused, rows, stamps, status, written

pytestmark = pytest.mark.slow


@pytest.fixture
def joined(shop: PaperShop, tmp_path: Path) -> Iterator[JoinedTill]:
    shop.set_program(a_program(cooldown_minutes=30))
    shop.person("Lena")
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    assert till.asks(Pin("Lena", "4711")).ok
    yield till
    till.stop()


def handed_out(till: JoinedTill) -> Blank:
    """A customer's confirmed card."""
    (blank,) = till.shop.blanks()
    till.sync()
    written(till.asks(Enrol(code=blank.token)))
    till.sync()
    return blank


def test_a_forked_till_serves_on_journals_on_and_says_that_it_must_be_paired_again(
    joined: JoinedTill, tmp_path: Path
) -> None:
    blank = handed_out(joined)
    joined.stop()
    shutil.copytree(tmp_path / "till", tmp_path / "backup")
    joined.start()
    joined.asks(Pin("Lena", "4711"))
    joined.asks(Scan(blank.token))
    written(joined.asks(Stamp()))
    joined.sync()
    joined.stop()

    shutil.rmtree(tmp_path / "till")
    shutil.move(tmp_path / "backup", tmp_path / "till")  # a backup is restored
    joined.start()
    joined.asks(Pin("Lena", "4711"))
    joined.asks(Scan(blank.token))
    written(joined.asks(Earn(900)))
    joined.sync()
    seen = status(joined.asks(Status()))
    assert seen.pair_again and seen.problem is not None
    assert seen.problem.kind == "journal_forked" and "pair it again" in seen.problem.text
    before = seen.last_seq
    joined.passes(hours=1)
    joined.asks(Pin("Lena", "4711"))
    assert written(joined.asks(Stamp())).seq > before
    kept = joined.shop.card(blank.id)
    assert (kept.stamp_count, kept.points_balance) == (1, 0), "nothing of the fork got into the books"
    assert joined.shop.cases() == ["salvaged"], "and a manager sees what it was"
    joined.passes(hours=1)
    joined.sync()
    assert joined.shop.cases() == ["salvaged"], "one case for the journal"
    kept_back = [row.seq for row in joined.shop.rows(salvage)]
    assert max(kept_back) == joined.journal.head().seq and len(kept_back) == len(set(kept_back))


def test_a_journal_restored_without_its_replica_hands_over_from_where_it_differs(
    joined: JoinedTill, tmp_path: Path
) -> None:
    blank = handed_out(joined)
    joined.stop()
    shutil.copy(tmp_path / "till" / "journal.db", tmp_path / "journal.db")
    joined.start()
    joined.asks(Pin("Lena", "4711"))
    joined.asks(Scan(blank.token))
    for _ in range(9):
        written(joined.asks(Earn(1000)))
    joined.sync()
    joined.stop()
    shutil.copy(tmp_path / "journal.db", tmp_path / "till" / "journal.db")
    joined.start()
    joined.asks(Pin("Lena", "4711"))
    joined.asks(Scan(blank.token))
    lost = written(joined.asks(Earn(500)))
    joined.sync()
    assert joined.shop.cases() == ["salvaged"]
    (case,) = joined.shop.rows(cases)
    assert (case.kind, case.terminal_id) == ("salvaged", joined.journal.identity.terminal_id)
    assert lost.id in {decode_entry(row.entry).id for row in joined.shop.rows(salvage)}
    assert joined.shop.card(blank.id).points_balance == 90


def test_a_stamp_on_a_card_nobody_knows_is_held_and_released_when_the_card_is_known(joined: JoinedTill) -> None:
    printed = next(random_blanks())
    joined.asks(Scan(printed.token))
    written(joined.asks(Stamp()))
    joined.sync()
    seen = status(joined.asks(Status()))
    assert (seen.waiting, seen.held) == (0, 1)
    assert card(joined.asks(Scan(printed.token))).held == 1

    joined.shop.issue(printed)
    other = joined.shop.till("Till 2")
    other.enrol(printed.id)
    other.sync()
    joined.sync()
    seen = status(joined.asks(Status()))
    assert (seen.waiting, seen.held) == (0, 0)
    shown = card(joined.asks(Scan(printed.token)))
    assert shown.known and shown.stamps is not None
    assert (shown.stamps.confirmed, shown.stamps.waiting, shown.held) == (1, 0, 0)
    assert joined.shop.kinds(printed.id) == ["card_created", "stamp_earned"]


def test_a_clock_set_back_an_hour_inside_a_cooldown_opens_no_way_around_it(joined: JoinedTill) -> None:
    blank = handed_out(joined)
    joined.asks(Scan(blank.token))
    written(joined.asks(Stamp()))
    joined.machine.wall -= timedelta(hours=1)
    for minutes_left in (25, 20):
        joined.passes(minutes=5)
        joined.asks(Pin("Lena", "4711"))
        no = refused(joined.asks(Stamp()))
        assert (no.reason, no.minutes) == (Reason.COOLDOWN, minutes_left)
    joined.passes(minutes=20)
    joined.asks(Pin("Lena", "4711"))
    written(joined.asks(Stamp()))
    joined.sync()
    first, second = [one for one in joined.shop.ledger(blank.id) if one.kind == "stamp_earned"]
    assert second.occurred_at - first.occurred_at == timedelta(minutes=30)
    words = [row.state for row in rows(joined.asks(History())) if row.kind == "stamp_earned"]
    assert words == ["accepted", "accepted"]


def test_a_balance_watched_after_every_step_of_a_paged_exchange_never_steps_back(joined: JoinedTill) -> None:
    blank = handed_out(joined)
    other = joined.shop.till("Till 2")
    joined.asks(Scan(blank.token))
    joined.wire.is_up = False
    for _purchase in range(20):
        written(joined.asks(Earn(1000)))
        other.earn(blank.id, 500)
    other.sync()
    joined.wire.is_up, joined.wire.entries_max, joined.wire.rows_max = True, 3, 2
    watched = [points(joined.asks(Scan(blank.token))).balance]
    for _step in range(500):
        joined.driver.turn()
        joined.passes(seconds=2)
        shown = points(joined.asks(Scan(blank.token)))
        assert shown.balance == shown.confirmed + shown.waiting
        watched.append(shown.balance)
        if (shown.waiting, shown.confirmed) == (0, watched[0] + 100):
            break
    assert watched[-1] == watched[0] + 100, "the other till's purchases arrived"
    assert watched == sorted(watched)
    assert len(watched) > 10, "it took many steps"


def test_an_entry_torn_in_the_middle_of_a_page_is_told_and_blocks_none(joined: JoinedTill, tmp_path: Path) -> None:
    blank = handed_out(joined)
    joined.asks(Scan(blank.token))
    given = [written(joined.asks(Earn(1000))) for _ in range(9)]
    joined.stop()  # a running till has its last entry in memory
    with sqlite3.connect(tmp_path / "till" / "journal.db") as file:
        file.execute("UPDATE journal SET entry = substr(entry, 1, 40) WHERE seq = ?", (given[4].seq,))
    file.close()
    joined.start()
    joined.sync()
    seen = status(joined.asks(Status()))
    assert (seen.acked_seq, seen.waiting) == (seen.last_seq, 0)
    assert joined.shop.card(blank.id).points_balance == 80
    assert "unreadable" in joined.shop.cases()


def test_stamps_of_both_tills_meet_on_one_card(joined: JoinedTill) -> None:
    blank = handed_out(joined)
    other = joined.shop.till("Till 2")
    joined.asks(Scan(blank.token))
    written(joined.asks(Stamp()))
    joined.passes(minutes=31)
    other.stamp(blank.id)
    other.sync()
    joined.sync()
    joined.asks(Pin("Lena", "4711"))
    shown = stamps(joined.asks(Scan(blank.token)))
    assert (shown.confirmed, shown.waiting) == (2, 0)
