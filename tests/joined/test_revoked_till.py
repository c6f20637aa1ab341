"""Revocation of this or another till, as seen at the counter."""

from pathlib import Path
from uuid import UUID

import pytest

from server.db.tables import salvage
from server.terminals import revocation
from sync.exchange import failures
from sync.protocol.messages import ExchangeRequest, ExchangeResponse
from terminal.interface.asks import Earn, Enrol, Pin, Scan, Stamp, Status
from terminal.problems import KeyringLocked
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, status, trouble, written

pytestmark = pytest.mark.slow


def ana(till: JoinedTill) -> tuple[str, UUID]:
    """A customer's confirmed card."""
    (blank,) = till.shop.blanks()
    till.sync()
    written(till.asks(Enrol(code=blank.token, name="Ana Müller")))
    till.sync()
    return blank.token, blank.id


def _power_goes() -> None:
    raise KeyError("the replica was not written")


def signs_off(shop: PaperShop, name: str) -> None:
    revocation.revoke(shop.units, shop.keys, shop.company_id, name, lambda: shop.now)


def test_a_till_goes_on_with_names_and_pins_when_another_one_is_revoked(joined: JoinedTill) -> None:
    token, _ = ana(joined)
    joined.shop.till("Till 2")
    before = joined.keys.ids()
    signs_off(joined.shop, "Till 2")
    assert card(joined.asks(Scan(token))).name == "Ana Müller", "nothing has come yet"
    joined.sync()
    assert set(joined.keys.ids()).isdisjoint(before)
    assert card(joined.asks(Scan(token))).name == "Ana Müller"
    assert joined.asks(Pin("Lena", "4711")).ok
    joined.stop()
    joined.start()
    assert set(joined.keys.ids()).isdisjoint(before), "they are kept"
    assert joined.asks(Pin("Lena", "4711")).ok
    assert card(joined.asks(Scan(token))).name == "Ana Müller"


def test_rows_wait_until_the_keyring_takes_the_keys_they_need(joined: JoinedTill) -> None:
    token, _ = ana(joined)
    joined.shop.till("Till 2")
    signs_off(joined.shop, "Till 2")
    read = joined.replica.marks().cursors
    joined.secrets.problem = KeyringLocked()
    for _ in range(4):
        joined.driver.turn()
        joined.passes(minutes=2)
    assert joined.replica.marks().cursors == read
    assert status(joined.asks(Status())).problem is not None
    joined.secrets.problem = None
    joined.sync()
    assert joined.replica.marks().cursors != read
    assert card(joined.asks(Scan(token))).name == "Ana Müller"


def test_a_crash_between_keyring_and_replica_costs_nothing(joined: JoinedTill, monkeypatch: pytest.MonkeyPatch) -> None:
    token, _ = ana(joined)
    joined.shop.till("Till 2")
    before = joined.keys.ids()
    signs_off(joined.shop, "Till 2")
    monkeypatch.setattr(joined.replica, "apply", lambda _response: _power_goes())
    joined.driver.wake()
    for _ in range(3):
        joined.driver.turn()
    joined.stop()
    joined.start()
    assert set(joined.keys.ids()).isdisjoint(before)
    assert joined.asks(Pin("Lena", "4711")).ok, "its rows still name the old pepper"
    assert card(joined.asks(Scan(token))).name == "Ana Müller"
    joined.sync()
    assert joined.asks(Pin("Lena", "4711")).ok
    assert card(joined.asks(Scan(token))).name == "Ana Müller"


def test_a_revoked_till_hands_over_what_it_had_erases_what_it_knew_and_says_so(
    joined: JoinedTill, tmp_path: Path
) -> None:
    token, card_id = ana(joined)
    joined.wire.is_up = False
    joined.asks(Scan(token))
    for _ in range(5):
        written(joined.asks(Earn(1000)))
    signs_off(joined.shop, "Till 1")
    joined.wire.is_up, joined.wire.entries_max = True, 2
    joined.sync()
    shown = trouble(joined.asks(Status()))
    assert shown.kind == "revoked" and "signed this till off" in shown.text and "pair it again" in shown.text
    assert trouble(joined.asks(Stamp())) == shown
    assert joined.shop.cases() == ["salvaged"]
    assert len(joined.shop.rows(salvage)) >= 5
    assert joined.shop.card(card_id).points_balance == 0
    assert joined.secrets.kept == {}
    assert sorted(path.name for path in (tmp_path / "till").iterdir() if "journal" not in path.name) == ["signed-off"]
    assert joined.journal.check() is None, "the journal is the till's own"


def test_a_revocation_nobody_signed_is_a_failure_like_any_other(joined: JoinedTill) -> None:
    token, _ = ana(joined)

    def says_revoked(request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        raise failures.Revoked(signature=bytes(64))

    joined.wire.exchange = says_revoked  # type: ignore[method-assign]  # an attacker in the connection
    joined.driver.wake()
    for _ in range(3):
        joined.driver.turn()
    shown = status(joined.asks(Status()))
    assert shown.problem is not None and shown.problem.kind == "not_our_server"
    assert not shown.pair_again
    assert card(joined.asks(Scan(token))).name == "Ana Müller"
    assert joined.secrets.kept != {}


def test_what_could_not_be_handed_over_yet_is_not_erased(joined: JoinedTill) -> None:
    token, _ = ana(joined)
    joined.asks(Scan(token))
    written(joined.asks(Earn(1000)))
    signs_off(joined.shop, "Till 1")
    real = joined.wire.exchange

    def breaks_off(request: ExchangeRequest, deadline_s: float) -> ExchangeResponse:
        if request.salvage:
            raise failures.Unreachable
        return real(request, deadline_s)

    joined.wire.exchange = breaks_off  # type: ignore[method-assign]  # the network fails at the worst moment
    joined.driver.wake()
    for _ in range(3):
        joined.driver.turn()
    assert joined.secrets.kept != {}
    assert card(joined.asks(Scan(token))).known
    joined.wire.exchange = real  # type: ignore[method-assign]
    joined.sync()
    assert joined.secrets.kept == {}
    assert joined.shop.cases() == ["salvaged"]
