"""Somebody between till and server changes, swaps, repeats or invents answers: the till believes none of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from server import bootstrap
from server.db.tables import terminals
from sync.exchange.access import AccessCall
from sync.exchange.failures import Altered, NotOurServer, Revoked, TokenUnknown
from sync.exchange.transport import LASTING, Answer, believed
from sync.protocol import messages
from sync.protocol.authenticity import MAC_HEADER
from sync.protocol.messages import (
    EXCHANGE_PATH,
    SNAPSHOT_PATH,
    Cursors,
    ExchangeRequest,
    ExchangeResponse,
    Refused,
    decode,
    encode,
)
from terminal.interface.asks import Earn, Enrol, Pin, Scan, Status
from tests.company.exchange.test_limits import places, put
from tests.support.joined_till import JoinedTill
from tests.support.replies import points, status, written
from tests.support.web import Web

Change = Callable[[Answer], Answer]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database takes no part in it
fuzzing = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Way:
    """A till's way to its server, and somebody on it."""

    till: JoinedTill
    card: str  # a customer's code
    change: Change = lambda answer: answer
    said: list[Answer] = field(default_factory=list)  # what the server really answered

    def __post_init__(self) -> None:
        self._web = Web(bootstrap.build_app(self.till.shop.server))
        self.till.wire.app = self.carry

    def carry(self, body: bytes, headers: dict[str, str]) -> Answer:
        answer = self._web.post(EXCHANGE_PATH, body, **headers)
        self.said.append(Answer(answer.status_code, answer.content, answer.headers.get(MAC_HEADER, "")))
        return self.change(self.said[-1])

    def asked(self, **changes: object) -> tuple[AccessCall, Answer]:
        """An exchange as the till makes it, and what the server answers."""
        body = encode(self.till.request(**changes))
        asked = self.till.access.call(f"POST {EXCHANGE_PATH}", body)
        return asked, self.carry(body, asked.headers)


@pytest.fixture
def way(joined: JoinedTill) -> Way:
    """The till's shop has a customer with 100 points."""
    (blank,) = joined.shop.blanks()
    joined.sync()
    written(joined.asks(Enrol(code=blank.token)))
    written(joined.asks(Earn(10_000)))
    joined.sync()
    return Way(joined, blank.token)


def refusal(kind: str, **more: Any) -> bytes:
    return encode(Refused(kind=kind, text="no", **more))


def not_believed(asked: AccessCall, answer: Answer) -> bool:
    with pytest.raises((Altered, NotOurServer)):
        believed(ExchangeResponse, answer, asked)
    return True


# One answer.


@pytest.mark.slow
@fuzzing
@given(data=st.data())
def test_an_answer_with_any_byte_or_value_changed_is_not_believed(way: Way, data: st.DataObject) -> None:
    kept = vars(way)
    if "answered" not in kept:
        kept["answered"] = way.asked(cursors=Cursors(), pool=3, digest=True, data_key=1)
    asked, answer = kept["answered"]
    assert believed(ExchangeResponse, answer, asked).changes
    if data.draw(st.booleans()):
        at, bit = data.draw(st.integers(0, len(answer.body) - 1)), 1 << data.draw(st.integers(0, 7))
        body = answer.body[:at] + bytes([answer.body[at] ^ bit]) + answer.body[at + 1 :]
    else:
        message = json.loads(answer.body)
        at = data.draw(st.sampled_from(places(message)))
        body = json.dumps(put(message, at, data.draw(st.integers() | st.text(max_size=3) | st.none()))).encode()
    assert not_believed(asked, replace(answer, body=body))


def test_an_answer_to_another_request_or_to_the_same_one_before_is_not_believed(way: Way) -> None:
    first, said = way.asked(cursors=Cursors())
    again, said_again = way.asked(cursors=Cursors())
    assert believed(ExchangeResponse, said, first) and believed(ExchangeResponse, said_again, again)
    assert not_believed(again, said) and not_believed(first, said_again)


@pytest.mark.slow
def test_an_answer_to_a_request_that_was_changed_is_not_believed(way: Way) -> None:
    body = encode(way.till.request(cursors=Cursors()))
    asked = way.till.access.call(f"POST {EXCHANGE_PATH}", body)
    told = decode(ExchangeRequest, body)
    ahead = encode(replace_cursors(told, Cursors(10**6, 10**6)))
    assert not_believed(asked, way.carry(ahead, asked.headers))


def replace_cursors(request: ExchangeRequest, cursors: Cursors) -> ExchangeRequest:
    message = json.loads(encode(request)) | {"cursors": json.loads(encode(cursors))}
    return decode(ExchangeRequest, json.dumps(message).encode())


@pytest.mark.slow
def test_a_refusal_with_lasting_consequences_is_not_believed_from_just_anybody(way: Way) -> None:
    asked, answer = way.asked()
    for failure in LASTING:
        for mac in ("", answer.mac):
            forged = refusal(str(failure.kind), seq=1, signature=bytes(64))
            assert not_believed(asked, Answer(400, forged, mac))


@pytest.mark.slow
def test_the_server_proves_its_refusals_also_to_a_till_it_does_not_know(way: Way) -> None:
    shop = way.till.shop
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(terminals).values(revoked_at=shop.now))
    asked, answer = way.asked()
    with pytest.raises(Revoked):
        believed(ExchangeResponse, answer, asked)
    stranger = replace(way.till.access, token="nobody's")
    body = encode(way.till.request())
    asked = stranger.call(f"POST {EXCHANGE_PATH}", body)
    answer = way.carry(body, asked.headers)
    with pytest.raises(TokenUnknown):
        believed(ExchangeResponse, answer, asked)
    mine = way.till.access.call(f"POST {EXCHANGE_PATH}", body)
    without_token = way.carry(body, mine.headers | {"Authorization": "Bearer x"})
    assert not_believed(mine, without_token), "who takes the token off on the way makes no unknown till of it"


@pytest.mark.slow
def test_a_till_that_asks_for_no_proof_is_answered_as_before(way: Way) -> None:
    body = encode(way.till.request())
    answer = way.carry(body, {"Authorization": f"Bearer {way.till.access.token}"})
    assert (answer.status, answer.mac) == (200, "") and decode(ExchangeResponse, answer.body)


@pytest.mark.slow
def test_a_snapshots_offer_is_proved_whatever_it_says(way: Way) -> None:
    asked = way.till.access.call(f"GET {SNAPSHOT_PATH}")
    said = Web(bootstrap.build_app(way.till.shop.server)).get(SNAPSHOT_PATH, **asked.headers)
    assert asked.is_answer(204, b"", said.headers[MAC_HEADER]) and said.status_code == 204
    assert not asked.is_answer(202, b"", said.headers[MAC_HEADER])


# A till at work.

FORGED: dict[str, Change] = {
    "a row": lambda answer: replace(answer, body=answer.body.replace(b"cashier", b"owner")),
    "without its code": lambda answer: replace(answer, mac=""),
    "forked": lambda _: Answer(409, refusal(messages.FORKED)),
    "an entry to blame": lambda _: Answer(422, refusal(messages.ENTRY_FAILED, seq=5)),
    "unknown": lambda _: Answer(401, refusal(messages.TOKEN_UNKNOWN)),
    "another protocol": lambda _: Answer(400, refusal(messages.UNSUPPORTED)),
    "revoked": lambda _: Answer(403, refusal(messages.REVOKED, signature=bytes(64))),
}


@pytest.mark.slow
def test_a_till_uses_nothing_that_was_changed_and_goes_on_by_itself(way: Way) -> None:
    till = way.till
    for number, (forged, change) in enumerate(FORGED.items(), start=1):
        before = till.replica.marks()
        if forged == "a row":
            till.shop.person("Otto")
        till.asks(Pin("Lena", "4711"))
        till.asks(Scan(way.card))
        written(till.asks(Earn(1000)))
        way.change = change
        till.driver.wake()
        end = till.clock.monotonic_s() + 60
        while (now := till.clock.monotonic_s()) < end:
            till.passes(seconds=max(0.001, min(till.driver.turn(), end) - now + 0.001))
        told = till.driver.status
        assert (told.online, told.problem_kind) == (False, "altered"), forged
        assert not (told.pair_again or told.too_old) and till.replica.marks() == before, forged
        seen = status(till.asks(Status()))
        assert seen.problem is not None and "changed on the way" in seen.problem.text and seen.waiting == 1
        way.change = lambda answer: answer
        till.sync()
        seen = status(till.asks(Status()))
        assert (seen.online, seen.waiting, seen.held, seen.problem) == (True, 0, 0, None), forged
        till.asks(Pin("Lena", "4711"))
        assert points(till.asks(Scan(way.card))).confirmed == 100 + 10 * number
    assert not any(entry.parked for asked in till.wire.asked if asked.page for entry in asked.page.entries)


@pytest.mark.slow
def test_each_answer_held_back_for_the_next_request_is_of_no_use(way: Way) -> None:
    before = way.till.replica.marks()
    way.change = lambda answer: way.said[-2] if len(way.said) > 1 else replace(answer, mac="")
    way.till.shop.blanks(3)
    way.till.driver.wake()
    for _ in range(20):
        way.till.passes(seconds=max(0.001, way.till.driver.turn() - way.till.clock.monotonic_s() + 0.001))
    assert way.till.replica.marks() == before and way.till.driver.status.problem_kind == "altered"
    way.change = lambda answer: answer
    way.till.sync()
    assert way.till.driver.status.online and way.till.replica.marks() != before
