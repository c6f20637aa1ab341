"""The databases and shop of the company's tests."""

from pathlib import Path

import pytest

from server.db.units import Units
from tests.company.conftest import (
    bare_office,
    cluster,
    database_url,
    engine,
    migrated_file,
    migrated_template,
    office,
    partitioned_template,
    units,
)
from tests.support.paper_shop import PaperShop, a_coffee_program

__all__ = [
    "bare_office",
    "cluster",
    "database_url",
    "engine",
    "migrated_file",
    "migrated_template",
    "office",
    "partitioned_template",
    "units",
]


@pytest.fixture
def shop(units: Units, tmp_path: Path) -> PaperShop:
    """A company that gives stamps and points, with no limits, and asks for PINs."""
    return PaperShop(units, tmp_path, a_coffee_program(), pin_required="per_shift")
