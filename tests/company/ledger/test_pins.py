"""PINs that tills send: which of them the company takes, and what is proof of who chose them."""

from uuid import UUID

import pytest

from loyalty.staff import Role
from server.companies import staff
from server.db.tables import staff as people
from sync.protocol import sealing
from sync.protocol.rows import StaffRow, Table, decode_row
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop
from tests.support.pin_entries import chosen_by, proof, set_by

pytestmark = ON_SQLITE


@pytest.fixture
def shop(shop: PaperShop, monkeypatch: pytest.MonkeyPatch) -> PaperShop:
    monkeypatch.setattr(sealing, "PIN_MEMORY_KIB", 8)  # a real one takes long
    monkeypatch.setattr(sealing, "PIN_TIME_COST", 1)
    shop.person("Lena")
    shop.person("Anna", Role.MANAGER)
    shop.person("Eva", Role.OWNER)
    return shop


def staff_id(shop: PaperShop, name: str) -> UUID:
    (row,) = shop.rows(people, name=name)
    found: UUID = row.staff_id
    return found


def answered(shop: PaperShop, name: str, terminal: str) -> None:
    """Head office tells this person something over the telephone."""
    with shop.units.write(shop.company_id) as conn:
        staff.phone_answer(
            conn, shop.company_id, shop.keys, terminal=terminal, name=name, challenge="12345678", now=shop.now
        )


@pytest.mark.slow
def test_the_company_takes_a_pin_only_from_whom_it_may_come(shop: PaperShop) -> None:
    till = shop.till()
    lena, anna, eva = (staff_id(shop, name) for name in ("Lena", "Anna", "Eva"))
    olga = shop.person("Olga", Role.CASHIER, "Centre")
    before = sorted(map(repr, shop.rows(people)))
    assert set_by(till, shop, anna, staff=lena) == ("rejected", "not_a_manager")
    assert set_by(till, shop, anna) == ("rejected", "not_a_manager")
    assert set_by(till, shop, anna, staff=anna, override=lena, passed=lena) == ("rejected", "not_a_manager")
    assert set_by(till, shop, eva, staff=eva, override=anna, passed=anna) == ("rejected", "owner_needed")
    assert set_by(till, shop, till.id, staff=till.id) == ("rejected", "staff_unknown")
    assert set_by(till, shop, lena, staff=lena, override=till.id) == ("rejected", "staff_unknown")
    assert set_by(till, shop, olga, staff=olga) == ("rejected", "staff_unknown"), "of another store"
    shop.passes(minutes=5)
    assert set_by(till, shop, lena, staff=lena, override=anna) == ("rejected", "manager_needed"), "not just before"
    assert set_by(till, shop, eva, staff=eva, override=eva, passed=eva) == ("rejected", "pin_unproved")
    assert set_by(till, shop, anna, staff=anna, proof=proof(shop, anna, "1111")) == ("rejected", "pin_unproved")
    assert set_by(till, shop, anna, staff=anna, proof=proof(shop, lena)) == ("rejected", "pin_unproved")
    assert sorted(map(repr, shop.rows(people))) == before
    assert set_by(till, shop, eva, staff=eva, override=eva, passed=eva, proof=proof(shop, eva)) == ("accepted", None)
    by_eva = proof(shop, eva, "9053")
    assert set_by(till, shop, anna, staff=anna, override=eva, passed=eva, proof=by_eva) == ("accepted", None)
    assert set_by(till, shop, lena, staff=lena) == ("accepted", None)


@pytest.mark.slow
def test_a_managers_pin_cannot_be_found_by_trying(shop: PaperShop) -> None:
    till, anna = shop.till(), staff_id(shop, "Anna")
    for number in range(5):
        assert set_by(till, shop, anna, staff=anna, proof=proof(shop, anna, f"11{number}2"))[0] == "rejected"
    assert set_by(till, shop, anna, staff=anna, proof=proof(shop, anna)) == ("rejected", "pin_unproved")
    shop.passes(hours=25)
    assert set_by(till, shop, anna, staff=anna, proof=proof(shop, anna)) == ("accepted", None)
    assert set(shop.cases()) == {"pin_changes"}


def test_a_till_has_the_pins_of_its_own_store_and_no_other(shop: PaperShop) -> None:
    olga = shop.person("Olga", Role.MANAGER, "Centre")
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    for till, knows in ((here, False), (there, True)):
        rows = {key[1]: decode_row(StaffRow, row) for key, row in till.rows.items() if key[0] == Table.STAFF}
        assert (rows.pop(olga).verifier.ciphertext != b"") is knows
        assert all(row.verifier.ciphertext != b"" for row in rows.values())


@pytest.mark.slow
def test_a_new_pin_comes_to_tills_of_its_stores_alone(shop: PaperShop) -> None:
    olga = shop.person("Olga", Role.MANAGER, "Centre")
    here, there = shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre")
    set_by(there, shop, olga, staff=olga, proof=proof(shop, olga))
    here.sync()
    fresh = shop.till("Till 3", "Gare")
    assert fresh.rows[Table.STAFF, olga] == here.rows[Table.STAFF, olga] != there.rows[Table.STAFF, olga]


@pytest.mark.slow
def test_an_answer_over_the_telephone_is_good_for_one_pin_at_its_till_within_a_month(shop: PaperShop) -> None:
    here, there, eva = shop.till("Till 1"), shop.till("Till 2"), staff_id(shop, "Eva")
    answered(shop, "Eva", "Till 1")
    assert set_by(there, shop, eva, staff=eva) == ("rejected", "pin_unproved")
    assert set_by(here, shop, eva, staff=eva) == ("accepted", None)
    assert set_by(here, shop, eva, staff=eva) == ("rejected", "pin_unproved")
    answered(shop, "Anna", "Till 1")
    assert set_by(here, shop, eva, staff=eva) == ("rejected", "pin_unproved"), "it was somebody else's"
    answered(shop, "Eva", "Till 1")
    shop.passes(days=30)
    assert set_by(here, shop, eva, staff=eva) == ("rejected", "pin_unproved")


def test_of_two_pins_the_one_chosen_last_holds_whichever_arrives_first(shop: PaperShop) -> None:
    one, other, lena = shop.till("Till 1"), shop.till("Till 2"), staff_id(shop, "Lena")
    earlier = chosen_by(one, shop, lena, staff=lena)
    shop.passes(minutes=5)
    assert set_by(other, shop, lena, staff=lena) == ("accepted", None)
    holds = shop.rows(people, staff_id=lena)[0].verifier
    one.sync()
    assert (one.verdict(earlier).word, one.verdict(earlier).notes) == ("adjusted", ("pin_superseded",))
    assert shop.rows(people, staff_id=lena)[0].verifier == holds
