"""A store that is closed: nothing is booked there, no till can be added, and what it has stays."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from loyalty.staff import Role
from loyalty.transactions import Kind
from server.accounts import audit
from server.cards import booking
from server.cards.booking_asks import Booker, Newcomer, Stamp
from server.cards.paper import sheets
from server.cards.paper.sheets import Order, Paper
from server.companies import stores
from server.companies.stores import Store
from server.db.tables import pairing_codes
from server.ledger.judging.savepoint_booking import Ledger
from server.refusals import No, Refused
from server.terminals import pairing, terminals
from tests.support.companies import a_pairing_code
from tests.support.office_web import reason
from tests.support.paper_shop import PaperShop
from tests.support.staffed_office import SLUG, Staffed

pytestmark = pytest.mark.slow

API, PAGE = f"/api/store/v1/{SLUG}", f"/office/{SLUG}"
Act = Callable[[PaperShop, Connection, Store, UUID], object]


def _ledger(shop: PaperShop, conn: Connection) -> Ledger:
    return Ledger(conn, shop.company_id, shop.keys, shop.now)


def _booker(shop: PaperShop, store: Store) -> Booker:
    return Booker(staff_id=shop.manager, role=Role.MANAGER, store_id=store.id)


def _pair(shop: PaperShop, conn: Connection, store: Store, _card_id: UUID) -> datetime:
    code, platform = a_pairing_code(7), shop.keys.platform
    return pairing.open_code(conn, shop.company_id, store, "Till 7", code, platform=platform, now=shop.now)


# What is refused in a closed store.
ACTS: dict[str, Act] = {
    "a stamp": lambda shop, conn, store, card_id: booking.book(
        _ledger(shop, conn), uuid4(), card_id, Stamp(), _booker(shop, store)
    ),
    "a new card": lambda shop, conn, store, _card: booking.enrol(
        _ledger(shop, conn), uuid4(), Newcomer(), _booker(shop, store)
    ),
    "blank cards": lambda shop, conn, store, _card: sheets.make(
        conn, shop.company_id, shop.keys, uuid4(), Order(store.id, 1, Paper.A4, ("fr", "de")), shop.now
    ),
    "a till": _pair,
    "closing": lambda shop, conn, store, _card: stores.close(conn, shop.company_id, store.id, shop.now),
}


def test_a_closed_store_takes_nothing_until_it_is_open_again(shop: PaperShop) -> None:
    card_id = shop.enrolled(shop.till("Till 1", "Belval"))
    with shop.units.write(shop.company_id) as conn:
        gare = stores.close(conn, shop.company_id, shop.store(conn, "Gare").id, shop.now)
    for act in ACTS.values():
        with pytest.raises(Refused) as refused, shop.units.write(shop.company_id) as conn:
            act(shop, conn, gare, card_id)
        assert (refused.value.reason, refused.value.about) == (No.STORE_CLOSED, "Gare")
    with shop.units.write(shop.company_id) as conn:
        gare = stores.reopen(conn, shop.company_id, gare.id, shop.now)
        for act in ACTS.values():
            act(shop, conn, gare, card_id)
    assert shop.kinds(card_id) == [Kind.CARD_CREATED, Kind.STAMP_EARNED]


def test_a_store_is_closed_when_its_last_till_is_signed_off(shop: PaperShop) -> None:
    tills = [shop.till(name, "Gare") for name in ("Till 2", "Till 1")]
    shop.till("Till 3", "Belval")
    shop.pairing_code("Till 4", "Gare")
    with shop.units.read() as conn:
        gare = stores.by_name(conn, shop.company_id, "Gare")
    for left in (["Till 1", "Till 2"], ["Till 1"], []):
        if left:
            with pytest.raises(Refused) as refused, shop.units.write(shop.company_id) as conn:
                stores.close(conn, shop.company_id, gare.id, shop.now)
            assert (refused.value.reason, refused.value.about) == (No.STORE_HAS_TILLS, ", ".join(left))
            with shop.units.write(shop.company_id) as conn:
                terminals.sign_off(conn, shop.company_id, tills.pop(0).id, shop.now)
    with shop.units.write(shop.company_id) as conn:
        closed = stores.close(conn, shop.company_id, gare.id, shop.now)
        assert (closed.name, closed.closed_at) == ("Gare", shop.now)
        assert closed.version > gare.version, "who edits it meanwhile is told"
        assert stores.counts(conn, [shop.company_id]) == {shop.company_id: 1}
        assert [one.name for one in stores.listed(conn, shop.company_id)] == ["Belval", "Gare"]
    assert all(row.used_at for row in shop.rows(pairing_codes, store_id=gare.id)), "no code leads there"


def test_an_owner_closes_a_store_on_its_page_and_opens_it_again(staffed: Staffed) -> None:
    owner = staffed.owner.browser()
    made = staffed.owner.post(f"{API}/stores", {"name": "Nord"}).json()
    one = f"{PAGE}/stores/{made['id']}"
    staffed.shop.till("Till N", "Gare")
    assert reason(staffed.owner.post(f"{API}/stores/{staffed.store_id}/close")) == (409, "store_has_tills")
    assert "<li>Till N</li>" in owner.get(f"{PAGE}/stores/{staffed.store_id}/close").text
    assert "Close Nord?" in owner.get(f"{one}/close").text
    closed = owner.form(f"{one}/close")
    assert "Nord is closed." in owner.get(closed.headers["location"]).text
    enrolled = staffed.owner.post(f"{API}/counter/enrol", {"store": made["id"]}, idempotency_key=str(uuid4()))
    assert reason(enrolled) == (409, "store_closed")
    assert "In which store do you serve?" not in owner.get(f"{PAGE}/counter").text, "one is open"
    assert "In which store do you serve?" in owner.get(f"{PAGE}/counter?store={made['id']}").text
    assert f'<option value="{made["id"]}"' not in owner.get(f"{PAGE}/terminals?pair=true").text
    assert "Nord (closed)" in owner.get(f"{PAGE}/cards").text, "what was booked there is still found"
    assert [one["closed_at"] is None for one in staffed.owner.get(f"{API}/stores").json()] == [True, False]
    assert "Nord is open again." in owner.get(owner.form(f"{one}/reopen").headers["location"]).text
    with staffed.server.units.read() as conn:
        lines = audit.listed(conn, staffed.shop.company_id, limit=50)
    assert {"store_closed", "store_reopened"} <= {line.action for line in lines}
