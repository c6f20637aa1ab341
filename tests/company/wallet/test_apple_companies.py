"""Phones of several companies on one server: the same addresses, and nothing of each other's."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from server.companies import companies
from server.db.transfer_tables import wallet_directory
from server.wallet import state
from server.wallet.makers import MakerName
from server.wallet.state import Pass
from tests.support.wallets.apple_shop import AppleShop
from tests.support.wallets.certificates import PASS_TYPE
from tests.support.wallets.iphone import IPhone, opened
from tests.support.wallets.pass_shop import URL

pytestmark = pytest.mark.slow


@dataclass
class Two:
    """A pass of each of two companies."""

    apple: AppleShop
    ours: Pass
    theirs: Pass

    def add(self, phone: IPhone, *passes: Pass) -> None:
        for one in passes:
            answer = self.apple.fetched(one)
            assert phone.add(answer.content, answer.headers["last-modified"]) == 201


@pytest.fixture
def two(apple: AppleShop) -> Two:
    shop = apple.passes.shop
    ours = apple.offered(apple.passes.customer())
    other = uuid4()
    with shop.units.platform_write() as conn:
        companies.create(conn, other, name="Other Beans", slug=None, choices={}, now=shop.now)
        shop.keys.add_company(other)
    return Two(apple, ours, a_pass_of(apple, other))


def a_pass_of(apple: AppleShop, company_id: UUID) -> Pass:
    """A pass of another company, whose card is gone: it is void, and a phone may have it still."""
    shop = apple.passes.shop
    with shop.units.write_unlocked() as conn:
        maker = MakerName.APPLE
        return state.offer(conn, company_id, uuid4(), maker, code=b"c" * 32, language="en", now=shop.now)


def test_a_phone_of_one_company_hears_nothing_of_the_other(two: Two) -> None:
    mine, yours = two.apple.phone("1"), two.apple.phone("2")
    two.add(mine, two.ours)
    two.add(yours, two.theirs)
    assert mine.changed(PASS_TYPE).json()["serialNumbers"] == [two.ours.id.hex]
    assert yours.changed(PASS_TYPE).json()["serialNumbers"] == [two.theirs.id.hex]
    token = two.apple.apple.auth_token(two.ours.company_id, two.ours.id)
    assert two.apple.fetched(two.theirs, token).status_code == 401
    crossed = two.apple.apple.auth_token(two.theirs.company_id, two.ours.id)
    assert two.apple.fetched(two.ours, crossed).status_code == 401


def test_a_phone_with_passes_of_both_is_told_of_each_by_one_tag(two: Two) -> None:
    phone = two.apple.phone()
    two.add(phone, two.ours, two.theirs)
    answer = phone.changed(PASS_TYPE).json()
    assert set(answer["serialNumbers"]) == {two.ours.id.hex, two.theirs.id.hex}
    two.apple.passes.stamp(two.ours.card_id)
    two.apple.passes.passes(seconds=2)
    assert phone.changed(PASS_TYPE, answer["lastUpdated"]).json()["serialNumbers"] == [two.ours.id.hex]


def test_removing_one_companys_pass_leaves_the_others(two: Two) -> None:
    phone = two.apple.phone()
    two.add(phone, two.ours, two.theirs)
    assert phone.remove(phone.passes[two.ours.id.hex]) == 200
    assert phone.changed(PASS_TYPE).json()["serialNumbers"] == [two.theirs.id.hex]
    assert phone.remove(phone.passes[two.theirs.id.hex]) == 200
    assert phone.changed(PASS_TYPE).status_code == 404


def test_what_leads_to_a_company_are_hashes(two: Two) -> None:
    phone = two.apple.phone()
    two.add(phone, two.ours, two.theirs)
    with two.apple.passes.shop.units.read() as conn:
        hashes = [bytes(row.hash) for row in conn.execute(wallet_directory.select())]
    assert len(hashes) == 4 and {len(one) for one in hashes} == {32}
    known = (phone.device.encode(), two.ours.id.bytes, two.theirs.id.bytes)
    assert not any(one in hashed for one in known for hashed in hashes)


def test_the_other_companys_pass_names_that_company(two: Two) -> None:
    one = opened(two.apple.fetched(two.theirs).content)
    assert (one.json["organizationName"], one.json["voided"]) == ("Other Beans", True)
    assert URL + "/other-beans" in str(one.json["storeCard"]["backFields"])
    assert one.json["webServiceURL"] == URL + "/wallet/apple"
