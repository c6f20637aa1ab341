"""What a till had been told when it wrote an entry, by its requests, and since when it can have written it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from server.exchange import marks
from server.exchange.marks import MARKS_MAX, Marks
from sync.protocol.messages import PROTOCOL, Clock, Cursors, ExchangeRequest

NOON, PAIRED = datetime(2026, 3, 2, 12, tzinfo=UTC), 5
NOTHING_SAID = marks.read(None, 0, PAIRED)


def heard(before: Marks, last_seq: int, read: int, *, hour: int, acked: int = 0, clock: int = 1000) -> Marks:
    """The marks after a request for a journal so long, by a till that has read so far."""
    request = ExchangeRequest(
        protocol=PROTOCOL,
        terminal=uuid4(),
        journal=uuid4(),
        last_seq=last_seq,
        head=bytes(32),
        signature=bytes(64),
        cursors=Cursors(read, read),
        clock=Clock(wall=NOON, boot=uuid4(), monotonic_ms=0),
    )
    after = before.with_request(request, acked_seq=acked, clock=clock, heard_at=NOON + timedelta(hours=hour))
    return marks.read(after.kept, after.said_seq, PAIRED)


def told(known: Marks, *seqs: int) -> list[int]:
    found = [known.before(seq).told for seq in seqs]
    assert [one.bulk for one in found] == [one.essentials for one in found], "both streams were read as far"
    return [one.essentials for one in found]


def test_what_lies_behind_the_journal_of_the_request_before_was_written_after_it() -> None:
    known = heard(heard(NOTHING_SAID, 3, 10, hour=1), 6, 20, hour=2)
    assert told(known, 1, 3, 4, 6, 9) == [10, 10, 20, 20, 20]
    assert [known.before(seq).since for seq in (3, 4)] == [NOON + timedelta(hours=hour) for hour in (1, 2)]


def test_a_till_that_said_its_journal_was_longer_than_it_is_gains_nothing_by_it() -> None:
    known = heard(heard(NOTHING_SAID, 1_000_000, 10, hour=1), 3, 20, hour=2)
    assert told(known, 1, 3, 4) == [20, 20, 20]


def test_what_a_till_has_read_neither_falls_back_nor_passes_the_companys_clock() -> None:
    known = heard(heard(NOTHING_SAID, 3, 30, hour=1), 6, 10, hour=2)
    assert told(known, 3, 4) == [30, 30]
    assert told(heard(known, 9, 5_000, hour=3, clock=40), 7) == [40]


def test_of_many_requests_for_one_long_journal_the_first_and_the_last_are_kept() -> None:
    known = NOTHING_SAID
    for number in range(1, 30):
        known = heard(known, 100 * number, 10 * number, hour=number)
        assert len(known.marks) <= MARKS_MAX
    assert told(known, 1, 2_801) == [10, 290]
    assert all(seq * 0.1 >= known.before(seq).told.essentials - 10 for seq in range(1, 2_900, 50)), "nobody knew more"
