"""Whoever is erased is found nowhere any more: every table is searched, and whatever the company's keys open."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import insert, select, update

from loyalty.staff import Role
from loyalty.transactions import (
    CardDeactivated,
    CardReactivated,
    CaseDecided,
    CustomerEdited,
    PointsAdjusted,
    StampsAdjusted,
)
from server.cards.booking_asks import Adjust
from server.customers import erasure
from server.db import answers
from server.db.job_queue import DueJob
from server.db.tables import cards, customers, entries, metadata, salvage, transactions
from server.db.work_tables import card_list, cases, mails
from server.jobs.runner import Runner, Services
from server.jobs.schedule import JOBS
from server.keys import Keys
from server.ledger.feed.check import check
from server.ledger.rows import erasures
from server.mail import letters, outbox
from server.settings import Smtp
from sync.protocol import sealing
from sync.protocol.entries import decode_side, raw_body
from sync.protocol.rows import ErasedRow, Table, decode_row
from tests.company.jobs.workers import Hands, PaperClock
from tests.company.mail.test_letters import English
from tests.support.browser_desk import BrowserDesk
from tests.support.erasures import erase
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill, Written

pytestmark = pytest.mark.slow

ANA = {"name": "Ana Weber", "email": "ana@example.org", "phone": "+352621123456"}
TYPED = ("the baby", "the move", "the wedding", "the quarrel", "the old till", "the theft", "the chocolate")
NEEDLES = ("Ana Weber", "ana@example.org", "+352621123456", "weber@example.org", "oat milk", *TYPED)


def runs(shop: PaperShop, *names: str, smtp: Smtp | None = None, at: Any = None) -> None:
    worker = Runner(Services(shop.units, shop.keys, smtp), JOBS, clock=PaperClock(shop.now), pace=Hands())
    for name in names:
        assert worker.run(DueJob(shop.company_id, name), at)


def found(shop: PaperShop, *needles: str) -> set[str]:
    """The tables that have one of these texts or its hash, in clear or under a key of the server's."""
    keys = shop.keys.company(shop.company_id)
    hashes = [sealing.email_hmac(keys.lookup, one) for one in needles if "@" in one]
    hashes += [sealing.phone_hmac(keys.lookup, one, "LU") for one in needles if one.startswith("+")]
    wanted = [one.encode() for one in needles] + [one for one in hashes if one is not None]
    places = set()
    with shop.units.read() as conn:
        for table in metadata.sorted_tables:
            for row in conn.execute(select(table)):
                told = b"\n".join(_readable(shop.keys, keys, row))
                places |= {table.name} if any(one in told for one in wanted) else set()
    return places


def _readable(server: Keys, keys: Any, row: Any) -> Iterator[bytes]:
    """Whatever can be read in a row."""
    ids = [one for one in row if isinstance(one, UUID)]
    for value in row:
        if not isinstance(value, bytes):
            yield str(value).encode()
            continue
        yield value
        yield from _opened(keys, ids, value)
        with suppress(Exception):
            side = decode_side(value)
            yield from _opened(keys, ids, side.name or b"")
            yield sealing.unseal(server.sealing, side.contact or b"", sealing.Purpose.CONTACT)


def _opened(keys: Any, ids: list[UUID], value: bytes) -> Iterator[bytes]:
    for key in keys.all_data:
        for one in ids:
            with suppress(sealing.Unopenable, UnicodeDecodeError):
                yield sealing.decrypt(key, one, value).encode()


@pytest.fixture
def till(shop: PaperShop) -> PaperTill:
    shop.set_program(a_coffee_program())
    return shop.till()


def edit(till: PaperTill, card_id: UUID, **person: str) -> Written:
    name = person.pop("name")
    return till.write(CustomerEdited(), card_id, side=till.side(name, card_id, **person))


@pytest.fixture
def ana(shop: PaperShop, till: PaperTill) -> UUID:
    """Ana's card, with traces of her wherever somebody leaves one."""
    other = shop.till("Till 2")
    (blank,) = shop.blanks()
    enrolled = till.enrol(blank.id, **ANA)
    till.stamp(blank.id, 3)
    till.sync()
    other.enrol(blank.id, name="Ana W", email="weber@example.org")  # a case, which keeps its side row
    other.sync()
    edit(till, blank.id, name="Ana Weber\noat milk", email="ana@example.org", phone="+352621123456")
    till.sync()
    _typed(shop, till, blank.id)
    with shop.units.write_unlocked() as conn:
        one = {"company_id": shop.company_id, "terminal_id": till.id, "journal_id": uuid4(), "seq": 1}
        times = {"created_at": shop.now, "updated_at": shop.now}
        kept = {"hash": enrolled.hash, "entry": enrolled.data, "side": enrolled.side}
        conn.execute(insert(salvage), one | kept | times)
    _mailed(shop, blank.id)
    _answered(shop, '{"email": "ana@example.org"}')
    runs(shop, "lists")
    return blank.id


def _typed(shop: PaperShop, till: PaperTill, card_id: UUID) -> None:
    """Reasons and notes: counted, not allowed, kept by a till of before, salvaged, and typed in an office."""
    till.write(PointsAdjusted(points=30, reason="for the baby"), card_id)
    till.write(CardDeactivated(reason="gone since the move"), card_id)
    till.write(CardReactivated(reason="back for the wedding"), card_id)
    in_entry = raw_body(PointsAdjusted(points=2, reason="noted by the old till"))
    till.write(PointsAdjusted(points=2, reason=""), card_id, body=in_entry)
    till.write(StampsAdjusted(stamps=1, reason="for the quarrel"), card_id, override=None)
    till.sync()
    case = next(row for row in shop.rows(cases) if row.kind == "not_allowed")
    till.write(CaseDecided(case=case.case_id, choice="keep", note="it was the theft"), card_id)
    till.sync()
    BrowserDesk(shop, Role.MANAGER, "Sofie").ask(card_id, Adjust(points=1, reason="for the chocolate"))


def _mailed(shop: PaperShop, card_id: UUID) -> None:
    letter = letters.expiry_notice(English(), company="Bean Scene", points=4, day="1 May", unsubscribe="https://x")
    with shop.units.write_unlocked() as conn:
        person = shop.card(card_id).customer_id
        outbox.queue(
            conn,
            shop.keys,
            letter,
            "ana@example.org",
            company_id=shop.company_id,
            now=shop.now,
            customer_id=person,
        )


def _answered(shop: PaperShop, body: str) -> UUID:
    """A request whose answer is stored for a day."""
    request_id, until = uuid4(), shop.now + timedelta(days=1)
    stored = {"status": 200, "body": body, "media_type": None, "location": None}
    key = shop.keys.company(shop.company_id).data
    sealed = sealing.encrypt(key, request_id, msgspec.json.encode(stored).decode())
    with shop.units.platform_write() as conn:
        answers.reserve(conn, request_id, shop.company_id, mark=b"-", now=shop.now, expires_at=until)
        answers.keep(conn, request_id, sealed, shop.now, until)
    return request_id


def test_the_search_finds_what_is_there(shop: PaperShop, ana: UUID) -> None:
    assert found(shop, *NEEDLES) >= {"cards", "customers", "entries", "salvage", "mails", "idempotency"}
    assert found(shop, *TYPED) == {"transactions", "entries", "cases"}
    assert [found(shop, one) != set() for one in TYPED] == [True] * len(TYPED)


def test_nothing_is_left_of_who_is_erased(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    kept = _answered(shop, '{"email": "ben@example.org"}')
    erase(shop, ana)
    assert found(shop, *NEEDLES) == set()
    card = shop.card(ana)
    assert (card.customer_id, card.email_hmac, card.phone_hmac, card.codes) == (None, None, None, b"")
    assert (shop.said(ana).name, shop.said(ana).is_active) == (None, False)
    assert shop.rows(card_list, card_id=ana) == []
    assert [row.state for row in shop.rows(mails)] == ["dropped"]
    with shop.units.read() as conn:
        assert answers.find(conn, kept) is not None, "of others nothing is forgotten"


def test_reasons_are_erased_and_balances_stay(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    before, said = shop.ledger(ana), shop.said(ana)
    erase(shop, ana)
    assert shop.said(ana).points_balance == said.points_balance == 33
    after = {row.transaction_id: row.reason for row in shop.ledger(ana)}
    assert [after[row.transaction_id] for row in before if row.reason] == ["erased"] * 5
    with shop.units.read() as conn:
        checked = check(conn, shop.company_id)
    assert not checked.wrong and not checked.wrong_sums


def test_the_ledger_stays_and_says_who_had_it_done(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    before = shop.kinds(ana)
    erase(shop, ana, by=shop.manager)
    assert shop.kinds(ana) == [*before, "card_deactivated"]
    last = shop.ledger(ana)[-1]
    assert (last.reason, last.staff_id) == ("erased", shop.manager)
    erase(shop, ana)
    assert shop.kinds(ana) == [*before, "card_deactivated"], "erasing again changes nothing"


def test_tills_are_told_which_side_rows_to_erase_until_they_have(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    erase(shop, ana)
    till.sync()
    row = decode_row(ErasedRow, till.rows[Table.ERASED, ana])
    mine = {written.id for written in till.journal if written.side is not None}
    assert mine <= set(row.entries)
    assert till.card(ana).name is None

    def standing() -> tuple[int, int]:
        with shop.units.read() as conn:
            found = erasure.standing(conn, shop.company_id, ana)
        assert found is not None
        return found.tills, found.done

    assert standing() == (2, 0)
    till.follow_erasure(ana)
    till.sync()
    assert standing() == (2, 1)
    shop.passes(days=61)
    runs(shop, "clean", at=shop.now)
    till.sync()
    assert (Table.ERASED, ana) in till.rows, "one till has not followed"


def test_what_was_on_its_way_counts_and_brings_nobody_back(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    till.stamp(ana)
    edited = edit(till, ana, name="Ana Weber", email="ana@example.org")
    given = till.write(PointsAdjusted(points=1, reason="for the baby"), ana)
    back = till.write(CardReactivated(reason="back for the wedding"), ana)
    erase(shop, ana)
    till.sync()
    assert shop.card(ana).stamp_count == 4
    assert [till.verdict(one).word for one in (edited, given, back)] == ["accepted", "accepted", "rejected"]
    assert found(shop, *NEEDLES) == set() and shop.rows(customers) == []


def test_nobody_takes_the_card_into_use_again(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    (blank,) = shop.blanks()
    till.sync()
    erase(shop, ana)  # which the till has not heard
    claims = till.write(CardReactivated(reason="found"), ana), till.replace(ana, blank.id)
    till.sync()
    assert [(till.verdict(one).word, till.verdict(one).reason) for one in claims] == [("rejected", "card_erased")] * 2
    card = till.card(ana)
    assert (card.erased, card.is_active) == (True, False)
    assert (shop.card(blank.id).is_blank, shop.card(blank.id).is_retired) == (True, False)


def test_salvage_that_comes_later_brings_nobody_back(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    enrolled = next(one for one in till.journal if one.side is not None)
    erase(shop, ana)
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(salvage).where(salvage.c.company_id == shop.company_id).values(side=enrolled.side))
        erasures.forget_salvaged(conn, shop.company_id, shop.now)
    assert found(shop, *NEEDLES) == set()


def test_who_has_another_card_loses_both(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    other = shop.enrolled(till, name="Ben", email="ben@example.org")
    with shop.units.write_unlocked() as conn:
        person = shop.card(ana).customer_id
        mine = (cards.c.company_id == shop.company_id, cards.c.card_id == other)
        conn.execute(update(cards).where(*mine).values(customer_id=person))
    erase(shop, ana)
    assert shop.card(other).customer_id is None and not shop.said(other).is_active


def test_the_last_mail_says_so_and_leaves_no_address(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    erase(shop, ana, can_mail=True)
    with shop.units.read() as conn:
        (mail,) = [one for one in outbox.listed(conn, shop.keys, shop.company_id) if one.kind == "erased"]
    assert (mail.address, mail.state) == ("ana@example.org", "queued")
    with shop.units.write_unlocked() as conn:
        outbox.note_sent(conn, mail, shop.now)
    assert found(shop, *NEEDLES) == set()


def test_a_restored_backup_can_be_gone_over_again(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    erase(shop, ana)
    runs(shop, "clean")
    runs(shop, "clean")
    assert erasure.filed(shop.keys.path) == {shop.company_id: {ana}}
    assert erasure.path_beside(shop.keys.path).read_text().count("\n") == 1
    assert erasure.path_beside(shop.keys.path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("torn", [b"", b"019a-half-a-line", b"\xff\x00", b"whole\n"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_file_of_erasures_keeps_every_line_that_follows_a_torn_one(
    shop: PaperShop, till: PaperTill, ana: UUID, torn: bytes
) -> None:
    erasure.path_beside(shop.keys.path).write_bytes(torn)
    erase(shop, ana)
    runs(shop, "clean")
    assert erasure.filed(shop.keys.path) == {shop.company_id: {ana}}


def test_a_blank_and_another_companys_card_are_nobodys_to_erase(shop: PaperShop, till: PaperTill) -> None:
    (blank,) = shop.blanks()
    erase(shop, blank.id, uuid4())
    assert shop.card(blank.id).codes and shop.rows(transactions) == []


def test_side_rows_of_others_stay(shop: PaperShop, till: PaperTill, ana: UUID) -> None:
    other = shop.till("Till 3")
    (blank,) = shop.blanks()
    till.enrol(blank.id, name="Ben", email="ben@example.org")
    till.sync()
    second = other.enrol(blank.id, name="Benn", email="benn@example.org")
    other.sync()
    erase(shop, ana)
    assert shop.rows(entries, entry_id=second.id)[0].side is not None
