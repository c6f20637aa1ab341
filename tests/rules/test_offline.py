"""Redemptions with outdated balances."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from loyalty.offline import redemption_refusal
from loyalty.refusals import Reason, Refusal, Why
from loyalty.settings import Settings
from tests.support.builders import ELSEWHERE, HERE, a_card, days, minutes

DAY = timedelta(hours=24)


def asked(
    staleness: timedelta = timedelta(0),
    *,
    settings: Settings | None = None,
    by_code: bool = True,
    manager: bool = False,
    store: UUID = HERE,
) -> Refusal | None:
    return redemption_refusal(
        a_card(enrolled_at_store=HERE),
        settings or Settings(),
        staleness=staleness,
        by_code=by_code,
        manager_agrees=manager,
        store_id=store,
    )


def test_a_fresh_balance_and_the_cards_code_are_enough() -> None:
    assert asked() is None
    assert asked(DAY - minutes(1)) is None


def test_an_old_balance_asks_for_a_manager_and_says_how_old() -> None:
    assert asked(DAY) == Refusal(Reason.MANAGER_NEEDED, why=Why.DATA_STALE, hours=24)
    assert asked(DAY + minutes(119)) == Refusal(Reason.MANAGER_NEEDED, why=Why.DATA_STALE, hours=25)
    assert asked(DAY, manager=True) is None


def test_a_reward_without_the_cards_code_asks_for_a_manager() -> None:
    assert asked(by_code=False) == Refusal(Reason.MANAGER_NEEDED, why=Why.WITHOUT_CODE)
    assert asked(by_code=False, manager=True) is None


@pytest.mark.parametrize("manager", [False, True])
def test_out_of_contact_too_long_no_manager_can_answer_for_a_reward(manager: bool) -> None:
    assert asked(days(7), manager=manager) == Refusal(Reason.OFFLINE_TOO_LONG, days=7)
    assert asked(days(7) - minutes(1), manager=True) is None


def test_rewards_can_be_kept_to_the_store_that_gave_the_card() -> None:
    own_only = replace(Settings(), cross_store_redemption=False)
    assert asked(settings=own_only) is None
    assert asked(settings=own_only, store=ELSEWHERE, manager=True) == Refusal(Reason.OTHER_STORE)
    assert asked(store=ELSEWHERE) is None
