"""Two companies whose rows have the same ids: no look-up of one finds the other's, and no write touches them.

The second company is a copy of the first, row by row, with everything in it that would spoil the first one's work.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import Connection, insert, select

from loyalty.staff import Role
from loyalty.transactions import CardDeactivated, CardReactivated, PointsAdjusted
from server.companies import staff as staff_rows
from server.db.tables import cards, customers, entries, metadata, pools, staff
from server.db.tables import transactions as ledger
from server.ledger.feed.check import check
from server.ledger.rows import cards as card_rows
from server.snapshots.building import build
from server.snapshots.files import SnapshotFolder
from server.terminals import revocation
from sync.protocol.card_packing import packed
from sync.protocol.entries import PinPassed, PinSet
from sync.protocol.messages import POOL_LOW
from sync.protocol.rows import VerifierRow
from sync.protocol.sealing import email_hmac
from tests.support import cheap_secrets
from tests.support.databases import ON_ALL
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.paper_till import PaperTill
from tests.support.partitions import COMPANY_TABLES

pytestmark = ON_ALL

COPIED_TABLES = [table for table in COMPANY_TABLES if table.name != "companies"]
Row = dict[str, Any]
ENTRY_THERE, BOOKED_THERE = uuid4(), uuid4()


def spoiled(shop: PaperShop, other_card: UUID) -> dict[str, Callable[[Row], Row]]:
    """What the other company's rows say instead, by table."""
    contact = email_hmac(shop.keys.company(shop.company_id).lookup, "new@example.org")

    def card(row: Row) -> Row:
        said = card_rows.row_in(type("Found", (), row))  # type: ignore[arg-type]
        off = msgspec.structs.replace(said, is_active=False, stamp_count=500_000, points_balance=7, email=contact)
        sums = {"stamp_count": 500_000, "points_balance": 7, "email_hmac": contact, "deactivated_version": 1}
        return row | sums | {"packed": packed(off)}

    def used(row: Row) -> Row:
        return {"receipt_key": "R-18"} if row["receipt"] else {}

    return {
        "cards": card,
        "customers": lambda row: row | {"email_hmac": contact},
        "staff": lambda row: row | {"is_active": False, "role": "cashier", "changed_version": 1},
        "transactions": lambda row: row | {"card_id": other_card, "points": 10**9} | used(row),
        "programs": lambda row: row | {"body": row["body"] | {"points_per_unit": "9", "stamps_target": 99}},
        "staff_days": lambda row: row | {"points": 10**9, "stamps": 10**9, "rewards": 10**6},
        "pin_passes": lambda row: row | {"journal_id": uuid4(), "seq": 10**6},
        "entries": lambda row: row | {"word": "rejected"},
    }


def beside(shop: PaperShop, elsewhere: UUID) -> UUID:
    """The other company, with a copy of every row."""
    other, change = uuid4(), spoiled(shop, shop.rows(cards, is_blank=True)[0].card_id)
    shop.keys.add_company(other)
    with shop.units.platform_write() as conn:
        whole = select(metadata.tables["companies"]).where(metadata.tables["companies"].c.company_id == shop.company_id)
        own = dict(conn.execute(whole).one()._mapping)
        settings = {"pin_required": "never", "void_allowed": False, "counter_enrolment": False, "currency": "JPY"}
        conn.execute(insert(metadata.tables["companies"]), own | {"company_id": other, "settings": settings})
        for table in COPIED_TABLES:
            found = conn.execute(select(table).where(table.c.company_id == shop.company_id))
            rows = [dict(row._mapping) | {"company_id": other} for row in found]
            if rows:
                conn.execute(insert(table), [change.get(table.name, dict)(row) for row in rows])
        _more(conn, other)
        phone = {"company_id": other, "terminal_id": elsewhere, "staff_id": elsewhere, "answered_at": shop.now}
        conn.execute(insert(metadata.tables["phone_answers"]), phone | {"created_at": shop.now, "updated_at": shop.now})
    return other


def _more(conn: Connection, other: UUID) -> None:
    """Ids that only the other company has, which the first one's next entries come with."""
    for table, name, taken in ((entries, "entry_id", ENTRY_THERE), (ledger, "transaction_id", BOOKED_THERE)):
        row = dict(conn.execute(select(table).where(table.c.company_id == other)).first()._mapping)  # type: ignore[union-attr]
        again = {"seq": 10**6} if table is entries else {"receipt_key": None}
        conn.execute(insert(table), row | {name: taken} | again)


def everything(shop: PaperShop, company_id: UUID) -> dict[str, list[str]]:
    """All that the database has of a company."""
    with shop.units.read() as conn:
        return {
            table.name: sorted(
                repr(dict(row._mapping)) for row in conn.execute(select(table).where(table.c.company_id == company_id))
            )
            for table in metadata.sorted_tables
            if "company_id" in table.c and table.name != "directory"
        }


@pytest.fixture
def lived_in(shop: PaperShop) -> tuple[PaperShop, PaperTill, PaperTill, UUID]:
    """A shop with a little of everything: customers, people, receipts, voids, what is held, and PINs passed."""
    shop.set_program(a_coffee_program(welcome_bonus=20))
    shop.set(pin_required="per_shift")
    one, two = shop.till("Till 1"), shop.till("Till 2")
    lena = shop.person("Lena")
    for till in (one, two):
        till.staff = lena
    card = shop.enrolled(one, name="Ana", email="ana@example.org")
    one.stamp(card, 3)
    one.earn(card, 1000, "R-17")
    (blank, _) = shop.blanks(2)
    two.stamp(blank.id)  # waits until the card is handed out
    one.sync()
    two.sync()
    return shop, one, two, card


def test_no_look_up_finds_the_other_companys_rows_and_no_write_touches_them(
    lived_in: tuple[PaperShop, PaperTill, PaperTill, UUID],
) -> None:
    shop, one, two, card = lived_in
    (_, waiting) = one.acked_seq, shop.rows(cards, is_blank=True)
    other = beside(shop, one.id)
    before = everything(shop, other)

    written = [one.stamp(card, 2), bought := one.earn(card, 2000, "R-18"), one.earn(card, 500, "R-3")]
    written += [two.void_points(card, bought.id, 500), one.write(PointsAdjusted(points=60, reason="gift"), card)]
    for blank in waiting:
        written.append(two.enrol(blank.card_id, name="New", email="new@example.org"))
        break
    written += [one.write(CardDeactivated(), card), one.write(CardReactivated(), card)]
    written += [one.earn(card, 100, id=ENTRY_THERE), one.earn(card, 100, id=BOOKED_THERE)]
    one.sync()
    two.sync()
    one.exchange(one.page(1))  # all of it once more
    two.sync()
    words = {(till.verdict(entry).word, till.verdict(entry).notes) for entry, till in _told(written, one, two)}
    assert words == {("accepted", ())}
    assert (shop.card(card).stamp_count, shop.card(card).points_balance) == (5, 20 + 10 + 20 + 5 - 5 + 60 + 2)
    assert shop.cases() == []
    with shop.units.read() as conn:
        assert check(conn, shop.company_id).wrong == ()
    assert everything(shop, other) == before


@pytest.mark.slow
def test_what_the_office_asks_and_what_tills_are_given_is_of_their_company(
    lived_in: tuple[PaperShop, PaperTill, PaperTill, UUID],
) -> None:
    shop, one, *_ = lived_in
    lina = shop.person("Lina")
    one.exchange(pool=0)
    for pooled in shop.rows(pools)[POOL_LOW:]:
        one.enrol(pooled.card_id)
    one.sync()
    other = beside(shop, one.id)
    before = everything(shop, other)

    one.exchange(pool=0)
    with shop.units.write(shop.company_id) as conn:
        staff_rows.phone_answer(
            conn, shop.company_id, shop.keys, terminal="Till 1", name="Lina", challenge="12345678", now=shop.now
        )
    one.write(PinPassed(lina), staff=lina)
    chosen = one.write(PinSet(lina, _verifier(shop, lina)), staff=lina)
    one.sync()
    assert one.verdict(chosen).word == "accepted"
    with shop.units.read() as conn:
        (line,) = staff_rows.pins(conn, shop.company_id)
    assert (line.name, line.terminal) == ("Lina", "Till 1")
    assert everything(shop, other) == before


def test_a_snapshot_has_nothing_of_the_other_company(
    lived_in: tuple[PaperShop, PaperTill, PaperTill, UUID], tmp_path: Path
) -> None:
    shop, one, *_ = lived_in

    def said() -> tuple[object, ...]:
        place = SnapshotFolder(tmp_path / "made", shop.company_id)
        with place.turn():
            stored = build(shop.units, shop.company_id, place, shop.now)
        return stored.rows, stored.version, sorted(stored.marks, key=repr)

    before = said()
    beside(shop, one.id)
    assert said() == before


def _verifier(shop: PaperShop, person: UUID) -> VerifierRow:
    made = cheap_secrets.verifier("9053", person, shop.keys.company(shop.company_id).pepper)
    return msgspec.convert(made, VerifierRow, from_attributes=True)


def _told(written: list[Any], one: PaperTill, two: PaperTill) -> list[tuple[Any, PaperTill]]:
    return [(entry, one if entry in one.journal else two) for entry in written]


@pytest.mark.slow
def test_pins_dismissals_and_revocations_stay_in_their_company(
    lived_in: tuple[PaperShop, PaperTill, PaperTill, UUID],
) -> None:
    shop, one, two, card = lived_in
    eva = shop.person("Eva", Role.OWNER)
    one.sync()
    other = beside(shop, one.id)
    before = everything(shop, other)
    one.write(PinPassed(eva), staff=eva)
    unproved = one.write(PinSet(eva, _verifier(shop, eva)), staff=eva)
    one.sync()
    assert one.verdict(unproved).reason == "pin_unproved"
    shop.dismiss("Lena")
    one.sync()
    late = one.stamp(card)
    one.sync()
    assert one.verdict(late).word == "rejected"
    revocation.revoke(shop.units, shop.keys, shop.company_id, "Till 2", lambda: shop.now)
    shop.passes(days=31)
    one.sync()
    assert everything(shop, other) == before
    assert two.id != one.id and {row.name for row in shop.rows(staff)} >= {"Lena", "Eva"}
    assert shop.rows(customers) and shop.rows(ledger)
    assert shop.now > one.paired.server_time + timedelta(days=30)
