"""What a till believes of an answer: news that goes on from where it stands, and a revocation by its own server."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from msgspec import structs

from sync.exchange import requests
from sync.exchange.failures import NotOurServer, Revoked
from sync.exchange.ports import Marks, Signer
from sync.protocol import chain
from sync.protocol.chain import new_signing_key
from sync.protocol.messages import Cursors, ExchangeResponse, Hint, Seal

SERVER = new_signing_key()
ME = Signer(uuid4(), uuid4(), uuid4(), new_signing_key(), SERVER.public)
READ = Cursors(30, 50)
ANSWER = ExchangeResponse(
    protocol=1,
    seal=Seal(epoch=1, version=60, acked_seq=0, signature=b""),
    acked_seq=0,
    cursors=Cursors(40, 60),
    more=False,
    server_time=datetime(2026, 3, 2, 12, tzinfo=UTC),
)
NEWS = Hint(version=60, after=READ, answer=ANSWER)


def brought(**changes: object) -> Hint:
    return structs.replace(NEWS, answer=structs.replace(ANSWER, **changes))


@pytest.mark.parametrize(
    ("hint", "is_news"),
    [
        (NEWS, True),
        (structs.replace(NEWS, after=Cursors(0, 0)), True),
        (brought(cursors=Cursors(30, 51)), True),
        (brought(cursors=Cursors(31, 50)), True),
        (brought(cursors=READ), False),
        (structs.replace(NEWS, after=Cursors(31, 50)), False),
        (structs.replace(NEWS, after=Cursors(30, 51)), False),
        (brought(cursors=Cursors(29, 60)), False),
        (brought(cursors=Cursors(40, 49)), False),
        (structs.replace(NEWS, after=Cursors(30, 50, 10)), False),
        (structs.replace(NEWS, after=None), False),
        (structs.replace(NEWS, answer=None), False),
        (brought(more=True), False),
        (brought(update=True), False),
        (brought(keys=b"sealed"), False),
    ],
)
def test_news_is_taken_that_leaves_no_gap_and_goes_back_in_neither_stream(hint: Hint, is_news: bool) -> None:
    assert requests.continues(Marks(0, READ, None), hint) is is_news
    assert not requests.continues(Marks(0, structs.replace(READ, recent=10), None), hint)


@pytest.mark.parametrize("wrong", ["key", "company", "terminal", "journal"])
def test_a_revocation_is_believed_only_as_our_server_signed_it_for_this_journal(wrong: str) -> None:
    key = new_signing_key() if wrong == "key" else SERVER
    whose = {"company": ME.company_id, "terminal": ME.terminal_id, "journal": ME.journal_id}
    requests.check_revocation(ME, Revoked(signature=chain.sign_revoked(SERVER, *whose.values())))
    elsewhere = whose | ({} if wrong == "key" else {wrong: uuid4()})
    for signature in (chain.sign_revoked(key, *elsewhere.values()), None, b"", bytes(64)):
        with pytest.raises(NotOurServer):
            requests.check_revocation(ME, Revoked(signature=signature))
