"""Every benchmark without a peer runs with a few cards and prints its lines."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from benchmarks import growth, lookup, paint, start
from benchmarks.figures.outcome import Outcome

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _own_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benchmarks set their tills' key stores in the environment."""
    for name in ("ORION_KEYRING", "ORION_PASSPHRASE", "QT_QPA_PLATFORM"):
        monkeypatch.setenv(name, "offscreen" if name == "QT_QPA_PLATFORM" else "")


def names(outcomes: list[Outcome]) -> list[str]:
    assert all(outcome.line().startswith(f"{outcome.name} ratio=") for outcome in outcomes)
    return [outcome.name for outcome in outcomes]


def test_lookup_finds_every_card_while_the_till_drains(tmp_path: Path) -> None:
    assert names(lookup.run(tmp_path, cards=100, entries=60, lookups=50)) == ["lookup", "lookup-idle"]


def test_growth_has_a_point_for_every_size(tmp_path: Path) -> None:
    outcomes = growth.run(tmp_path, sizes=(20, 60), rounds=2)
    assert names(outcomes) == ["growth", "growth-exchange", "growth-status"]
    assert [[cards for cards, _ in outcome.curve] for outcome in outcomes] == [[20, 60]] * 3


def test_paint_sees_the_card_of_every_frame(tmp_path: Path, qapp: QApplication) -> None:
    (outcome,) = paint.run(tmp_path, cards=40, scans=5)
    assert dict(outcome.more)["scans"] == "5"


def test_start_waits_until_the_till_is_ready_to_scan(tmp_path: Path) -> None:
    assert names(start.run(tmp_path, cards=20, starts=1)) == ["start"]
