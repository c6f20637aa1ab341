"""Managers who agree in a browser to what a colleague asks."""

import pytest

from loyalty.staff import Role
from server.accounts import overrides
from tests.support.people import People

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_who_manages_in_a_store_and_has_not_left_can_agree_there(people: People) -> None:
    shop = people.shop  # whose manager Mia works everywhere
    people.hired("Ina", Role.MANAGER, "Gare", "Ville")
    people.hired("Ben", Role.MANAGER, "Ville")
    people.hired("Lena", Role.CASHIER, "Gare")
    people.hired("Eva", Role.OWNER)

    def agree(store: str) -> list[str]:
        with shop.units.write(shop.company_id) as conn:
            return [one.name for one in overrides.managers(conn, shop.company_id, shop.store(conn, store).id)]

    assert agree("Gare") == ["Eva", "Ina", "Mia"]
    assert agree("Ville") == ["Ben", "Eva", "Ina", "Mia"]
    shop.dismiss("Ina")
    assert agree("Gare") == ["Eva", "Mia"]
