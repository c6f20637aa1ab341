"""People with accounts in a shop."""

import pytest

from tests.support.paper_shop import PaperShop
from tests.support.people import People


@pytest.fixture
def people(shop: PaperShop) -> People:
    return People(shop)
