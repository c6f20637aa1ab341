"""Pairing on a real loopback connection: a code for an identity, refusals, and servers that are not ours."""

import socket
from datetime import timedelta
from uuid import UUID

import pytest

from sync.exchange.failures import Altered, CodeRefused, NotOurServer, Unreachable
from sync.exchange.transport import pair
from sync.protocol import messages
from sync.protocol.authenticity import MAC_HEADER, pairing_mac
from sync.protocol.messages import PairRequest, PairResponse
from tests.support.exchanges import NOON
from tests.support.loopback import LoopbackServer, Received, an_answer
from tests.support.proved import TOKEN, digest_of, proved, proving
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
PAIRING = PairRequest(id=bytes(16), signing_public=bytes(32), sealing_public=bytes(32))
CODE_KEY = bytes(range(32, 64))


def knows_the_code(connection: socket.socket, received: Received) -> None:
    connection.sendall(proved(received, messages.encode(PAIRED), key=CODE_KEY))


def test_a_code_is_traded_for_an_identity() -> None:
    with LoopbackServer(knows_the_code) as server:
        assert pair(server.url, PAIRING, CODE_KEY, deadline_s=20) == PAIRED
    (received,) = server.received
    assert received.line == "POST /sync/v1/pair HTTP/1.1"
    assert "authorization" not in received.headers
    assert messages.decode(PairRequest, received.body) == PAIRING
    assert received.headers[MAC_HEADER.lower()] == pairing_mac(CODE_KEY, digest_of(received))


@pytest.mark.slow
def test_whoever_does_not_know_the_code_is_not_believed_and_cannot_answer_with_an_old_answer() -> None:
    replies: list[bytes] = []

    def first_again(connection: socket.socket, received: Received) -> None:
        replies.append(proved(received, messages.encode(PAIRED), key=CODE_KEY))
        connection.sendall(replies[0])

    for other in (proving(messages.encode(PAIRED)), an_answer(messages.encode(PAIRED))):
        with LoopbackServer(other) as server, pytest.raises(Altered):
            pair(server.url, PAIRING, CODE_KEY, deadline_s=20)
    with LoopbackServer(first_again) as server:
        assert pair(server.url, PAIRING, CODE_KEY, deadline_s=20) == PAIRED
        with pytest.raises(Altered):
            pair(server.url, PAIRING, CODE_KEY, deadline_s=20)


@pytest.mark.slow
def test_a_refused_code_is_told_from_a_server_that_is_not_ours() -> None:
    with (
        LoopbackServer(an_answer(refusal(messages.CODE_REFUSED), "403 Forbidden")) as server,
        pytest.raises(CodeRefused),
    ):
        pair(server.url, PAIRING, CODE_KEY, deadline_s=20)
    with LoopbackServer(an_answer(HTML, "403 Forbidden")) as server, pytest.raises(NotOurServer):
        pair(server.url, PAIRING, CODE_KEY, deadline_s=20)


def test_pairing_has_a_deadline_too() -> None:
    with LoopbackServer(lambda connection, _: drops(server, connection)) as server, pytest.raises(Unreachable):
        pair(server.url, PAIRING, CODE_KEY, deadline_s=0.3)
