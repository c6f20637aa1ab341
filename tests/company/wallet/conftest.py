"""A shop whose customers have passes."""

from pathlib import Path

import pytest

from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.wallets.apple_shop import AppleShop
from tests.support.wallets.pass_shop import PassShop


@pytest.fixture
def passes(shop: PaperShop) -> PassShop:
    shop.set_program(a_coffee_program(welcome_bonus=0, points_expire_after_days=365))
    return PassShop(shop)


@pytest.fixture
def apple(passes: PassShop, tmp_path: Path) -> AppleShop:
    return AppleShop.of(passes, tmp_path)
