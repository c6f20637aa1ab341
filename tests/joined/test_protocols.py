"""A till and a server with protocol versions one apart."""

import pytest

from server.db.tables import cards
from server.exchange.exchange import Exchanges
from sync.protocol.messages import PROTOCOL
from terminal.interface.asks import Earn, Enrol, History, Pin, Scan, Status
from tests.support.joined_till import JoinedTill
from tests.support.paper_shop import PaperShop
from tests.support.replies import points, rows, status, written

pytestmark = pytest.mark.slow


def handed_out(till: JoinedTill) -> str:
    (blank,) = till.shop.blanks()
    till.sync()
    written(till.asks(Enrol(code=blank.token)))
    till.sync()
    return blank.token


def updates(shop: PaperShop, by: int = 1) -> None:
    """Updates the server to a newer protocol version."""
    shop.exchanges = Exchanges(shop.units, shop.keys, lambda: shop.now, protocol=PROTOCOL + by)


def test_a_till_one_protocol_behind_goes_on_sending_and_says_that_it_must_be_updated(joined: JoinedTill) -> None:
    token, read = handed_out(joined), joined.replica.marks().cursors
    confirmed_at = status(joined.asks(Status())).confirmed_at
    updates(joined.shop)
    joined.passes(hours=1)
    joined.asks(Pin("Lena", "4711"))
    joined.asks(Scan(token))
    written(joined.asks(Earn(1000)))
    joined.sync()
    seen = status(joined.asks(Status()))
    assert seen.online and seen.too_old and not seen.pair_again
    assert seen.problem is not None and seen.problem.kind == "too_old" and "please update it" in seen.problem.text
    assert (seen.acked_seq, seen.waiting) == (seen.last_seq, 1), "it was sent, and no verdict has come"
    assert seen.confirmed_at == confirmed_at, "what it knows is as old as before"
    assert joined.replica.marks().cursors == read
    assert points(joined.asks(Scan(token))).balance == 10
    booked = [row.points_balance for row in joined.shop.rows(cards) if row.points_balance]
    assert booked == [10], "it is in the books"


def test_once_it_is_updated_the_verdicts_come(joined: JoinedTill) -> None:
    token = handed_out(joined)
    updates(joined.shop)
    joined.asks(Scan(token))
    written(joined.asks(Earn(1000)))
    joined.sync()
    joined.protocol = PROTOCOL + 1
    joined.stop()
    joined.start()
    joined.sync()
    seen = status(joined.asks(Status()))
    assert not seen.too_old and (seen.problem, seen.waiting) == (None, 0)
    joined.asks(Pin("Lena", "4711"))
    shown = points(joined.asks(Scan(token)))
    assert (shown.balance, shown.waiting) == (10, 0)
    assert [row.state for row in rows(joined.asks(History())) if row.kind == "points_earned"] == ["accepted"]


def test_a_newer_till_speaks_the_previous_protocol_until_the_server_is_updated(joined: JoinedTill) -> None:
    token = handed_out(joined)
    joined.protocol = PROTOCOL + 1
    joined.stop()
    joined.start()
    joined.asks(Pin("Lena", "4711"))
    joined.asks(Scan(token))
    written(joined.asks(Earn(1000)))
    joined.sync()
    seen = status(joined.asks(Status()))
    assert seen.online and not seen.too_old and (seen.waiting, seen.problem) == (0, None)
    updates(joined.shop)
    joined.sync()
    assert not status(joined.asks(Status())).too_old, "the till says once more that it can do better"
    written(joined.asks(Earn(500)))
    joined.sync()
    assert status(joined.asks(Status())).waiting == 0


def test_two_protocols_apart_neither_pretends_to_understand(joined: JoinedTill) -> None:
    handed_out(joined)
    updates(joined.shop, by=2)
    joined.driver.wake()
    for _ in range(3):
        joined.driver.turn()
    seen = status(joined.asks(Status()))
    assert seen.problem is not None and seen.problem.kind == "protocol_unsupported"
    assert "please update it" in seen.problem.text
