"""Trouble of one entry stays its own: ids that are taken, and rows that a database refuses."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, text

from loyalty.transactions import CardCreated, Kind, following_id
from server.cards import blanks
from server.db.tables import transactions
from server.db.work_tables import cases
from server.exchange.exchange import Exchanges
from sync.protocol.entries import ByToken
from tests.company.ledger.test_holding import reorder
from tests.support.paper_shop import PaperShop, a_coffee_program, token_of
from tests.support.paper_till import PaperTill


@pytest.fixture
def shop(shop: PaperShop) -> PaperShop:
    shop.set_program(a_coffee_program(welcome_bonus=20))
    return shop


def refuse(shop: PaperShop, card: UUID) -> None:
    """Makes the database reject transactions of this card."""
    with shop.units.write(shop.company_id) as conn:
        if conn.dialect.name == "sqlite":
            conn.execute(
                text(
                    "CREATE TRIGGER refusing BEFORE INSERT ON transactions WHEN NEW.card_id = x'"
                    + card.hex
                    + "' BEGIN SELECT RAISE(ABORT, 'refused'); END"
                )
            )
        else:
            _refuse_on_postgresql(conn, card)


def _refuse_on_postgresql(conn: Connection, card: UUID) -> None:
    conn.execute(
        text(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.card_id = '"
            + str(card)
            + "' THEN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
        )
    )
    conn.execute(text("CREATE TRIGGER refusing BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION refuse()"))


@pytest.mark.parametrize("first", ["waiting", "enrolment"])
def test_a_waiting_entry_with_an_id_of_the_ledgers_is_set_aside_and_the_enrolment_that_released_it_stands(
    shop: PaperShop, first: str
) -> None:
    rogue, honest = shop.till("Till 1"), shop.till("Till 2")
    one, other = shop.blanks(2)
    entry = uuid4()
    taken = following_id(entry, Kind.WELCOME_BONUS)
    if first == "enrolment":
        rogue.write(CardCreated(), one.id, id=entry)
        rogue.sync()
    waiting = rogue.stamp(other.id, id=taken)
    rogue.sync()
    assert rogue.verdict(waiting).word == ("rejected" if first == "enrolment" else "held")
    if first == "waiting":
        rogue.write(CardCreated(), one.id, id=entry)
        rogue.sync()
    enrolled, stamped = honest.enrol(other.id, name="Zoe", email="zoe@example.org"), honest.stamp(other.id)
    honest.sync()
    rogue.sync()
    assert [honest.verdict(one).word for one in (enrolled, stamped)] == ["accepted"] * 2
    assert shop.kinds(other.id) == ["card_created", "welcome_bonus", "stamp_earned"]
    assert rogue.verdict(waiting).word == "rejected"
    assert shop.cases() == ["unreadable"]


def test_an_entry_whose_consequence_has_an_id_that_is_taken_is_set_aside(shop: PaperShop) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    (blank,) = shop.blanks()
    entry = uuid4()
    till.stamp(card, id=following_id(entry, Kind.WELCOME_BONUS))
    till.sync()
    enrolled = till.write(CardCreated(), blank.id, id=entry)
    after = till.stamp(card)
    till.sync()
    assert (till.verdict(enrolled).word, till.verdict(after).word) == ("rejected", "accepted")
    assert shop.cases() == ["unreadable"]


def served_at_once(shop: PaperShop, till: PaperTill, card: UUID, sick: UUID) -> None:
    till.stamp(card)
    bad = till.stamp(sick)
    good = till.earn(card, 1000)
    till.sync()
    assert (till.verdict(bad).word, till.verdict(bad).notes) == ("held", ("parked",))
    assert till.verdict(good).word == "accepted"
    assert (shop.card(card).stamp_count, shop.card(card).points_balance) == (1, 30)
    (case,) = shop.rows(cases)
    assert (case.kind, case.entry_id) == ("unreadable", bad.id)


def served_by_another_program(shop: PaperShop, till: PaperTill, card: UUID, sick: UUID) -> None:
    till.serve_by(Exchanges(shop.units, shop.keys, lambda: shop.now))
    served_at_once(shop, till, card, sick)


@pytest.mark.slow
@pytest.mark.parametrize("serve", [served_at_once, served_by_another_program])
def test_a_card_that_the_database_refuses_costs_no_other_card_anything(
    shop: PaperShop, serve: Callable[[PaperShop, PaperTill, UUID, UUID], None]
) -> None:
    till = shop.till()
    card, sick = shop.enrolled(till), shop.enrolled(till)
    refuse(shop, sick)
    serve(shop, till, card, sick)
    other = shop.till("Till 2")
    assert other.card(card) == till.card(card)
    stamped = other.stamp(card)
    other.sync()
    till.sync()
    assert other.card(card) == till.card(card)
    assert other.verdict(stamped).word == "accepted"


@pytest.mark.slow
@pytest.mark.parametrize("one_by_one", [False, True])
def test_what_is_released_goes_behind_the_page_in_the_order_of_its_journal(
    shop: PaperShop, *, one_by_one: bool
) -> None:
    other = shop.till("Till 2")
    voiding, one = sorted((shop.till("Till 1"), shop.till("Till 3")), key=lambda till: till.id)
    sick = shop.enrolled(other)
    first, second = shop.blanks(2)
    waiting = [one.earn(second.id, 1000), one.earn(first.id, 1000), one.stamp(second.id)]
    waiting.append(voiding.void_stamp(second.id, waiting[-1].id))  # is looked at before that stamp, and waits for it
    one.sync()
    voiding.sync()
    reorder(shop)
    page = [other.enrol(first.id), other.enrol(second.id), other.stamp(first.id), other.stamp(second.id)]
    if one_by_one:  # the page cannot be booked together
        refuse(shop, sick)
        other.stamp(sick)
    other.sync()
    ids = [written.id for written in (*page, *waiting)]
    booked = sorted(shop.rows(transactions), key=lambda row: row.version)
    assert [row.transaction_id for row in booked if row.transaction_id in set(ids)] == ids


@pytest.mark.slow
def test_a_waiting_entry_that_cannot_be_booked_is_set_aside_and_the_enrolment_that_released_it_stands(
    shop: PaperShop,
) -> None:
    one, other, third = shop.till("Till 1"), shop.till("Till 2"), shop.till("Till 3")
    sick = shop.enrolled(one)
    (blank,) = shop.blanks()
    stamped = one.stamp(blank.id)
    void = other.void_stamp(blank.id, stamped.id)  # waits for the stamp, on the same card
    odd = other.stamp(sick)
    one.sync()
    refuse(shop, sick)
    other.sync()
    enrolled = third.enrol(blank.id)
    third.sync()
    one.sync()
    other.sync()
    assert third.verdict(enrolled).word == "accepted"
    assert (one.verdict(stamped).word, other.verdict(void).word) == ("accepted", "accepted")
    assert other.verdict(odd).notes == ("parked",)


def test_what_waits_for_issued_cards_does_not_keep_them_from_being_issued(shop: PaperShop) -> None:
    till = shop.till()
    new = next(blanks.random_blanks())
    held = till.stamp(ByToken(token_of(new)))
    till.sync()
    assert till.verdict(held).word == "held"
    (blank,) = shop.issue(new)
    till.enrol(blank.id)
    till.sync()
    assert till.verdict(held).word == "accepted"
