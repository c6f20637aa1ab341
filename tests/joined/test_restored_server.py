"""A server restored from a backup that is older than what its tills know."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.db.units import Units, open_engine
from server.exchange.exchange import Exchanges
from server.operations.backup import back_up
from server.operations.restore import restore
from server.settings import Settings, read
from terminal.interface.asks import Enrol, Pin, Scan, Stamp, Status
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.postgres import Cluster
from tests.support.replies import stamps, status, written

pytestmark = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def place(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Where the backup is restored to."""
    keys = {"ORION_KEYS": str(tmp_path / "restored.keys")}
    if database_url.startswith("sqlite"):
        yield read(keys, f"sqlite:///{tmp_path / 'restored.db'}")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        with cluster.database() as url:
            yield read(keys, url)


def restored(shop: PaperShop, backup: Path, place: Settings) -> None:
    """The shop goes on with a server that has only what was in the backup."""
    restore(backup, place, shop.now)
    shop.units = Units(open_engine(place.address))
    shop.exchanges = Exchanges(shop.units, shop.keys, lambda: shop.now)


def given(till: JoinedTill, token: str) -> None:
    till.asks(Scan(token))
    written(till.asks(Stamp()))
    till.sync()


@pytest.mark.slow
def test_a_till_that_was_ahead_sends_again_what_the_server_forgot_and_says_so(
    joined: JoinedTill, place: Settings, tmp_path: Path
) -> None:
    shop = joined.shop
    kept, lost = shop.blanks(2)
    joined.sync()
    written(joined.asks(Enrol(code=kept.token)))
    joined.sync()
    given(joined, kept.token)
    back_up(shop.units, shop.keys, tmp_path / "backup", with_keys=True, now=shop.now)

    given(joined, kept.token)
    written(joined.asks(Enrol(code=lost.token)))
    joined.sync()
    given(joined, lost.token)
    (forgotten,) = shop.blanks()  # the server alone made it: it is lost
    joined.sync()
    assert joined.asks(Scan(forgotten.token)).ok
    joined.wire.is_up = False
    joined.asks(Scan(kept.token))
    written(joined.asks(Stamp()))  # waits
    shop.passes(minutes=5)
    restored(shop, tmp_path / "backup", place)
    joined.wire.is_up = True

    joined.sync()
    seen = status(joined.asks(Status()))
    assert seen.restored_at is not None and seen.online and not seen.pair_again
    assert (seen.waiting, seen.acked_seq) == (0, seen.last_seq)
    assert [shop.card(card.id).stamp_count for card in (kept, lost)] == [3, 1]
    assert [stamps(joined.asks(Scan(card.token))).confirmed for card in (kept, lost)] == [3, 1]
    joined.asks(Pin("Lena", "4711"))
    given(joined, kept.token)
    assert stamps(joined.asks(Scan(kept.token))).confirmed == 4, "the feed goes on from where the server is"
    unknown = joined.asks(Scan(forgotten.token))
    assert unknown.card is not None and not getattr(unknown.card, "known", True)


@pytest.mark.slow
def test_a_till_that_only_listened_gets_what_the_restored_server_writes_next(
    joined: JoinedTill, place: Settings, tmp_path: Path
) -> None:
    shop = joined.shop
    back_up(shop.units, shop.keys, tmp_path / "backup", with_keys=True, now=shop.now)
    shop.blanks(5)  # moves the company's version beyond the backup's
    joined.sync()
    restored(shop, tmp_path / "backup", place)
    (new,) = shop.blanks()  # its version is one that the till has read already
    shop.passes(minutes=2)
    joined.sync()
    assert joined.asks(Scan(new.token)).ok
    found = joined.asks(Scan(new.token)).card
    assert found is not None and getattr(found, "known", False)
