"""Pairing on a real loopback connection: a code for an identity, refusals, and servers that are not ours."""

from datetime import timedelta
from uuid import UUID

import pytest

from sync.exchange.failures import CodeRefused, NotOurServer, Unreachable
from sync.exchange.transport import pair
from sync.protocol import messages
from sync.protocol.messages import PairRequest, PairResponse
from tests.support.exchanges import NOON
from tests.support.loopback import LoopbackServer, an_answer
from tests.support.proved import TOKEN
from tests.sync.exchange.test_transport import HTML, drops, refusal

PAIRED = PairResponse(
    company_id=UUID(int=1),
    company="Orion Coffee",
    store_id=UUID(int=5),
    store="Gare",
    terminal_id=UUID(int=2),
    terminal="Till 1",
    token=TOKEN,
    signing_public=bytes(32),
    sealing_public=bytes(32),
    keys=b"sealed",
    server_time=NOON + timedelta(hours=1),
)
PAIRING = PairRequest(code="ABCD-EFGH", signing_public=bytes(32), sealing_public=bytes(32))


def test_a_code_is_traded_for_an_identity() -> None:
    with LoopbackServer(an_answer(messages.encode(PAIRED))) as server:
        assert pair(server.url, PAIRING, deadline_s=20) == PAIRED
    (received,) = server.received
    assert received.line == "POST /sync/v1/pair HTTP/1.1"
    assert "authorization" not in received.headers
    assert messages.decode(PairRequest, received.body) == PAIRING


def test_a_refused_code_is_told_from_a_server_that_is_not_ours() -> None:
    with (
        LoopbackServer(an_answer(refusal(messages.CODE_REFUSED), "403 Forbidden")) as server,
        pytest.raises(CodeRefused),
    ):
        pair(server.url, PAIRING, deadline_s=20)
    with LoopbackServer(an_answer(HTML, "403 Forbidden")) as server, pytest.raises(NotOurServer):
        pair(server.url, PAIRING, deadline_s=20)


def test_pairing_has_a_deadline_too() -> None:
    with LoopbackServer(lambda connection, _: drops(server, connection)) as server, pytest.raises(Unreachable):
        pair(server.url, PAIRING, deadline_s=0.3)
