"""The databases and shop of the company's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loyalty.staff import Role
from server.db.units import Units
from terminal.interface.asks import Pin
from tests.company.conftest import (
    bare_office,
    cluster,
    database_url,
    engine,
    engine_in_place,
    migrated_file,
    migrated_template,
    office,
    partitioned_template,
    plain_logs,
    same_place,
    tmp_path,
    units,
)
from tests.support.builders import a_program
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop, a_coffee_program

__all__ = [
    "bare_office",
    "cluster",
    "database_url",
    "engine",
    "engine_in_place",
    "migrated_file",
    "migrated_template",
    "office",
    "partitioned_template",
    "plain_logs",
    "same_place",
    "tmp_path",
    "units",
]


@pytest.fixture
def shop(units: Units, tmp_path: Path) -> PaperShop:
    """A company that gives stamps and points, with no limits, and asks for PINs."""
    return PaperShop(units, tmp_path, a_coffee_program(), pin_required="per_shift")


@pytest.fixture
def joined(shop: PaperShop, tmp_path: Path) -> Iterator[JoinedTill]:
    """A till of the shop, at which Lena has signed in."""
    shop.set_program(a_program())
    shop.person("Lena")
    till = JoinedTill(tmp_path / "till", shop)
    till.sync()
    assert till.asks(Pin("Lena", "4711")).ok
    yield till
    till.stop()


@pytest.fixture
def tills(shop: PaperShop, tmp_path: Path) -> Iterator[tuple[JoinedTill, JoinedTill]]:
    """Two tills, at both of which Lena has signed in; Anna manages."""
    shop.set_program(a_program())
    shop.person("Lena")
    shop.person("Anna", Role.MANAGER)
    pair = JoinedTill(tmp_path / "here", shop), JoinedTill(tmp_path / "there", shop, "Till 2")
    for till in pair:
        till.sync()
        assert till.asks(Pin("Lena", "4711")).ok
    yield pair
    for till in pair:
        till.stop()
