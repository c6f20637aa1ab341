"""Who may do what is judged by the server, with what it has sent and seen acknowledged, not by the till's word."""

import pytest

from loyalty.transactions import SERVER_ONLY, Kind
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop
from tests.support.rogue import Rogue

pytestmark = ON_SQLITE


@pytest.fixture
def rogue(shop: PaperShop) -> Rogue:
    shop.set(pin_required="per_shift")
    return Rogue(shop, shop.till)


@pytest.mark.slow
@pytest.mark.parametrize("kind", Kind)
def test_what_a_till_could_know_not_to_be_allowed_gives_nothing(rogue: Rogue, kind: Kind) -> None:
    rogue.try_all((kind,), lying=(True,))
    assert rogue.tally.wrong == []
    assert (rogue.tally.gained_points, rogue.tally.gained_stamps, rogue.tally.honest_failures) == (0, 0, 0)
    assert rogue.is_one_group_a_day() or kind in SERVER_ONLY


def test_what_no_counter_gives_gives_nothing_and_honest_work_counts(rogue: Rogue) -> None:
    rogue.try_limits()
    rogue.honest_day()
    assert rogue.tally.wrong == []
    assert rogue.is_one_group_a_day()


@pytest.mark.slow
def test_what_is_taken_back_twice_in_a_circle_or_at_another_time_gives_nothing(rogue: Rogue) -> None:
    rogue.try_tricks()
    assert rogue.tally.wrong == []
    assert (rogue.tally.gained_points, rogue.tally.gained_stamps) == (0, 0)


@pytest.mark.slow
def test_a_rogue_till_takes_no_pin_that_it_has_no_proof_for(rogue: Rogue) -> None:
    rogue.try_pins()
    assert rogue.tally.pins_taken == 0
    assert set(rogue.shop.cases()) == {"pin_changes"}


@pytest.mark.parametrize("waits", [False, True])
def test_what_a_till_was_told_counts_whatever_it_says_itself_and_however_long_its_entry_waits(
    shop: PaperShop, *, waits: bool
) -> None:
    one, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(other)
    stamp = other.stamp(card)
    if not waits:
        other.sync()
    shop.set(void_allowed="false")
    one.sync()
    one.exchange()  # acknowledges it
    void = one.void_stamp(card, stamp.id, essentials=0)
    one.sync()
    assert one.verdict(void).word == ("held" if waits else "rejected")
    other.sync()
    one.sync()
    assert one.verdict(void).word == "rejected"
