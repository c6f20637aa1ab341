"""The rewards of the fake counter: what each costs, and why it cannot be taken now."""

from typing import TYPE_CHECKING

from loyalty.refusals import Reason, Why
from terminal.interface.views import RefusalView, RewardView
from tests.support.fake_cards import FakeCard
from tests.support.fake_facts import INACTIVE

if TYPE_CHECKING:
    from tests.support.fake_counter import FakeCounter


def rewards(counter: "FakeCounter", card: FakeCard) -> tuple[RewardView, ...]:
    """All of the program."""
    found = []
    if counter.program in ("points", "hybrid"):
        for id_, name, cost in (("croissant", "Croissant", 150), ("bag", "Tote bag", 500)):
            short = cost - card.points
            no = (
                RefusalView(Reason.POINTS_MISSING, f"{short} points are missing.", missing=short) if short > 0 else None
            )
            found.append(RewardView(id_, name, cost, _gated(counter, card, no)))
    if counter.program in ("stamps", "hybrid"):
        short = 10 - card.stamps
        no = RefusalView(Reason.STAMPS_MISSING, f"{short} stamps are missing.", missing=short) if short > 0 else None
        found.insert(1, RewardView("stamps", "Free coffee", None, _gated(counter, card, no)))
    return tuple(found)


def _gated(counter: "FakeCounter", card: FakeCard, missing: RefusalView | None) -> RefusalView | None:
    if not card.active:
        return INACTIVE
    if counter.status_changes.get("rewards_stopped"):
        return RefusalView(Reason.OFFLINE_TOO_LONG, "No rewards until this till is online again.", days=8)
    if missing is not None:
        return missing
    if not counter.by_code:
        return RefusalView(Reason.MANAGER_NEEDED, "No code was shown: a manager's PIN is needed.", why=Why.WITHOUT_CODE)
    if counter.stale_hours > 24:
        text = f"The balance was last confirmed {counter.stale_hours} hours ago."
        return RefusalView(Reason.MANAGER_NEEDED, text, hours=counter.stale_hours, why=Why.DATA_STALE)
    return None
