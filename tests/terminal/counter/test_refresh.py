"""One ask brings a screen up to date; a reply to a write carries the rows that it wrote."""

from pathlib import Path
from uuid import UUID

import pytest

from loyalty.settings import PinRequired, Settings
from sync.protocol.rows import Table, TransactionRow
from terminal.interface.ask import Override
from terminal.interface.asks import (
    Adjust,
    AnyAsk,
    Deactivate,
    Earn,
    Enrol,
    Find,
    Pin,
    PutAway,
    Recent,
    Redeem,
    Refresh,
    Replace,
    Scan,
    Stamp,
    Status,
    Void,
)
from terminal.interface.views import HistoryRow, Reply
from tests.support.paper_company import NOON, PaperCompany, PaperTill, a_company, with_rules
from tests.support.replies import card, refused, rows, stamps, status, written

ANNA = Override("Anna", "2580")


@pytest.fixture
def company() -> PaperCompany:
    return a_company(with_rules(cooldown_minutes=0))


def served(till: PaperTill) -> UUID:
    card_id = till.company.issues_card("Zoé", stamp_count=12, points_balance=100)
    till.hears()
    till.serves(card_id)
    return card_id


def test_it_is_status_the_card_in_front_and_the_last_transactions(till: PaperTill) -> None:
    code = till.company.tokens[served(till)]
    for amount in range(1000, 1010):
        written(till.asks(Earn(amount)))
    reply, recent = till.asks(Refresh(limit=3)), till.asks(Recent(3))
    assert status(reply) == status(till.asks(Status()))
    assert (rows(reply), reply.today) == (rows(recent), recent.today)
    assert card(reply) == card(till.asks(Scan(code)))


@pytest.mark.parametrize("find", [Scan("the card's"), Find(email="max@example.lu")])
def test_the_counter_keeps_the_card_in_front_whichever_way_it_came(till: PaperTill, find: Scan | Find) -> None:
    served(till)
    blank = till.company.issues_card(blank=True)
    till.hears()
    written(till.asks(Enrol(till.company.tokens[blank], name="Max", email="max@example.lu")))
    assert card(till.asks(Refresh())).id == blank
    assert till.asks(PutAway()).ok
    assert till.asks(Refresh()).card is None
    shown = card(till.asks(Scan(till.company.tokens[blank]) if isinstance(find, Scan) else find))
    assert card(till.asks(Refresh())) == shown
    till.serves(till.company.issues_card("Ina"))
    assert card(till.asks(Refresh())) != shown


def test_what_the_company_has_said_since_is_in_all_of_it(till: PaperTill) -> None:
    card_id = served(till)
    done = written(till.asks(Stamp(2)))
    assert (stamps(till.asks(Refresh())).confirmed, stamps(till.asks(Refresh())).waiting) == (12, 2)
    till.company.issues_card("Zoé", card_id=card_id, stamp_count=14, points_balance=100)
    till.company.judges(done.id, done.seq, "accepted", card=card_id, stamps=2, card_version=till.company.version)
    till.company.acked_seq = done.seq
    till.hears()
    reply = till.asks(Refresh())
    assert (stamps(reply).confirmed, stamps(reply).waiting) == (14, 0)
    assert (status(reply).waiting, rows(reply)[0].state) == (0, "accepted")


def test_a_code_that_was_not_known_becomes_the_card_that_came_since(till: PaperTill) -> None:
    card_id = till.company.issues_card("Zoé", stamp_count=5)
    till.serves(card_id)
    assert not card(till.asks(Refresh())).known
    till.hears()
    known = card(till.asks(Refresh()))
    assert (known.id, known.name, known.by_code) == (card_id, "Zoé", True)


def test_nobody_has_touched_the_till_for_it(till: PaperTill) -> None:
    served(till)
    for _ in range(9):
        till.machine.passes(seconds=10)
        reply = till.asks(Refresh())
    assert status(reply).staff is None
    assert refused(till.asks(Stamp())).reason == "nobody_on_shift"


def test_without_rules_and_people_it_still_says_how_the_till_stands(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company())
    till.stop()
    (tmp_path / "replica.db").unlink()
    till.start(online=False)
    reply = till.asks(Refresh())
    assert (status(reply).program, reply.card, rows(reply), reply.today) == (None, None, (), 0)
    till.stop()


def wrote(reply: Reply) -> tuple[HistoryRow, ...]:
    assert reply.ok and isinstance(reply.rows, tuple), reply
    assert [row.entry for row in reply.rows] == [one.id for one in (reply.entry, reply.also) if one is not None]
    return reply.rows


FIRST = {(PinRequired.PER_TRANSACTION, "Lena"), (PinRequired.NEVER, None)}
WRITES: tuple[AnyAsk, ...] = (
    Stamp(2),
    Earn(1000, receipt="R-1"),
    Earn(1200, stamps=1),
    Redeem("stamps"),
    Redeem("croissant"),
    Adjust(points=5, reason="x", override=ANNA),
    Deactivate(reason="lost", override=ANNA),
)


SERVERS = [
    pytest.param(pin, staff, marks=() if (pin, staff) in FIRST else pytest.mark.slow)
    for pin in PinRequired
    for staff in ("Lena", "Anna", None)
    if staff is not None or pin is PinRequired.NEVER
]


@pytest.mark.slow
@pytest.mark.parametrize(("pin_required", "staff"), SERVERS)
@pytest.mark.parametrize("ask", WRITES, ids=lambda ask: type(ask).__name__)
def test_a_write_replies_with_the_rows_that_the_history_will_show(
    tmp_path: Path, ask: AnyAsk, pin_required: PinRequired, staff: str | None
) -> None:
    company = a_company(with_rules(cooldown_minutes=0), Settings(pin_required=pin_required))
    till = PaperTill(tmp_path, company)
    card_id = company.issues_card("Zoé", stamp_count=12, points_balance=100)
    till.hears()

    def serves() -> None:
        if staff is not None:
            assert till.asks(Pin(staff, "2580" if staff == "Anna" else "4711")).ok
        assert till.asks(Scan(company.tokens[card_id])).ok

    serves()
    shown = wrote(till.asks(ask))
    assert tuple(reversed(shown)) == rows(till.asks(Refresh(limit=len(shown))))
    serves()
    if shown[0].kind.endswith(("earned", "redeemed")):
        both = Void(shown[0].entry, also=shown[1].entry if shown[1:] else None, override=ANNA)
        taken = wrote(till.asks(both))
        assert tuple(reversed(taken)) == rows(till.asks(Refresh(limit=len(taken))))
    till.stop()


def test_so_does_a_new_card_and_one_with_new_codes(till: PaperTill) -> None:
    served(till)
    first, second = (till.company.issues_card(blank=True) for _ in range(2))
    till.hears()
    for ask in (
        Enrol(till.company.tokens[first], name="Max"),
        Replace(till.company.tokens[second], reason="lost", override=ANNA),
    ):
        assert wrote(till.asks(ask)) == rows(till.asks(Refresh(limit=1)))


def test_so_does_what_a_card_gets_that_is_not_known_yet(till: PaperTill) -> None:
    till.serves(till.company.issues_card("Zoé"))
    assert wrote(till.asks(Stamp())) == rows(till.asks(Refresh(limit=1)))


def test_so_does_what_is_taken_back_from_a_card_that_is_not_in_front(till: PaperTill) -> None:
    card_id = served(till)
    bought = TransactionRow(
        id=UUID(int=7),
        card=card_id,
        kind="points_earned",
        occurred_at=NOON,
        recorded_at=NOON,
        store=till.company.identity.store_id,
        program_version=1,
        points=10,
        amount_minor=1000,
    )
    till.company.says(Table.TRANSACTION, bought)
    other = till.company.issues_card("Ina")
    till.hears()
    till.serves(other)
    [row] = wrote(till.asks(Void(bought.id, override=ANNA)))
    assert (row.kind, row.card_id, row.card) == ("points_voided", card_id, "Zoé")
    assert row == rows(till.asks(Refresh(limit=1)))[0]


def test_what_is_refused_wrote_no_rows(till: PaperTill) -> None:
    served(till)
    assert not isinstance(till.asks(Stamp(4)).rows, tuple)
