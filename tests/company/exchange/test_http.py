"""The server over HTTP: the status of each refusal, and no leaks in answers."""

from itertools import pairwise

import httpx
import pytest
from sqlalchemy import update

from server import bootstrap
from server.api.sync.pairing_rate_limit import NETWORKS_MAX, PairingRateLimit
from server.db.tables import terminals
from server.exchange.exchange import Exchanges
from sync.protocol.messages import (
    EXCHANGE_PATH,
    PAIR_PATH,
    REQUEST_BYTES_MAX,
    ExchangeResponse,
    PairResponse,
    decode,
    encode,
)
from sync.protocol.rows import Table
from tests.support.companies import NewTill, Office, a_new_till
from tests.support.paper_shop import OPENING, PaperShop
from tests.support.paper_till import PaperTill
from tests.support.web import Web


@pytest.fixture
def web(shop: PaperShop) -> Web:
    return Web(bootstrap.build_app(shop.server))


@pytest.fixture
def empty(office: Office) -> Web:
    office.done("migrate")
    return Web(bootstrap.build_app(office.server()))


def paired_over(web: Web, new: NewTill, code: str) -> httpx.Response:
    body, headers = new.call(code)
    return web.post(PAIR_PATH, body, **headers)


@pytest.mark.slow
def test_health_says_that_the_program_runs(web: Web) -> None:
    answer = web.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


@pytest.mark.slow
def test_a_till_is_paired_and_exchanges_over_http(shop: PaperShop, web: Web) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    answer = web.post(EXCHANGE_PATH, encode(till.request(till.page())), till.paired.token)
    assert answer.status_code == 200
    till.take(decode(ExchangeResponse, answer.content))
    assert till.acked_seq == len(till.journal)
    assert till.card(card).stamp_count == 1


def test_an_exchange_without_its_token_is_401(shop: PaperShop, web: Web) -> None:
    till = shop.till()
    body = encode(till.request())
    for token in (None, "", "nobody's", b"\xfc", till.paired.token[:-1]):
        assert web.refused(EXCHANGE_PATH, body, token) == (401, "token_unknown")


def test_one_terminals_token_does_not_open_anothers_exchange(shop: PaperShop, web: Web) -> None:
    mine, theirs = shop.till("Till 1"), shop.till("Till 2")
    assert web.refused(EXCHANGE_PATH, encode(theirs.request()), mine.paired.token)[0] in (400, 403)


@pytest.mark.slow
def test_a_terminal_learns_nothing_of_another_company(office: Office) -> None:
    mine, theirs = office.a_company("Mine"), office.a_company("Theirs", "Their Store")
    office.run("card", "issue", "--company", theirs, "--count", "3")
    server = office.server()
    web, new = Web(bootstrap.build_app(server)), a_new_till()
    paired = decode(PairResponse, paired_over(web, new, office.a_code(mine)).content)
    till = PaperTill(Exchanges(server.units, server.keys, server.now), server.now, new.signing, paired)
    answer = decode(ExchangeResponse, web.post(EXCHANGE_PATH, encode(till.request()), paired.token).content)
    shown = b"".join(bytes(change.row) for change in answer.changes)
    assert b"Main Street" in shown
    assert b"Their" not in shown
    assert Table.CARD not in {change.table for change in answer.changes}


def test_a_revoked_terminal_is_403(shop: PaperShop, web: Web) -> None:
    till = shop.till()
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(terminals).values(revoked_at=shop.now))
    assert web.refused(EXCHANGE_PATH, encode(till.request()), till.paired.token) == (403, "revoked")


def test_a_copied_journal_is_409(shop: PaperShop, web: Web) -> None:
    till = shop.till()
    card = shop.enrolled(till)
    till.stamp(card)
    till.sync()
    till.journal.pop()
    till.stamp(card)
    request = till.request(till.page(first=len(till.journal)))
    assert web.refused(EXCHANGE_PATH, encode(request), till.paired.token) == (409, "journal_forked")


@pytest.mark.slow
def test_a_wrong_code_is_403(empty: Web) -> None:
    assert empty.refused(PAIR_PATH, encode(a_new_till().request("ABCD-EFGH-JKMN"))) == (403, "code_refused")


@pytest.mark.slow
def test_codes_cannot_be_guessed_as_fast_as_the_server_answers(shop: PaperShop, web: Web) -> None:
    guess = encode(a_new_till().request("ABCD-EFGH-JKMN"))
    for _ in range(20):
        assert web.refused(PAIR_PATH, guess) == (403, "code_refused")
    new, right = a_new_till(), shop.pairing_code("Till 1")
    assert web.refused(PAIR_PATH, guess) == web.refused(PAIR_PATH, encode(new.request(right))) == (429, "try_later")
    shop.passes(seconds=3)
    assert paired_over(web, new, right).status_code == 200
    assert paired_over(web, new, right).status_code == 200, "a right code costs nothing"
    assert web.refused(PAIR_PATH, guess) == (403, "code_refused")
    assert web.refused(PAIR_PATH, guess) == (429, "try_later")


@pytest.mark.slow
@pytest.mark.parametrize("elsewhere", ["203.0.113.7", "2001:db8:2::1", "::ffff:203.0.113.7", "testclient"])
def test_a_right_code_is_taken_while_others_are_over_their_limit(shop: PaperShop, web: Web, elsewhere: str) -> None:
    guess = encode(a_new_till().request("ABCD-EFGH-JKMN"))
    strangers = ["127.0.0.1", "2001:db8:1::5", *(f"198.51.100.{number}" for number in range(20))]
    for address in strangers:
        stranger = Web(web.app, address)
        while stranger.refused(PAIR_PATH, guess) == (403, "code_refused"):
            pass
    same_house = Web(web.app, "2001:db8:1:7::6")
    assert same_house.refused(PAIR_PATH, guess) == (429, "try_later")
    shop_elsewhere = Web(web.app, elsewhere)
    right = shop.pairing_code("Till 1")
    assert shop_elsewhere.refused(PAIR_PATH, guess) == (403, "code_refused")
    assert paired_over(shop_elsewhere, a_new_till(), right).status_code == 200
    wrong = [shop_elsewhere.refused(PAIR_PATH, guess)[0] for _ in range(3)]
    assert wrong == [403, 403, 429], "while all are over the limit, a network has few tries"


@pytest.mark.slow
def test_networks_without_end_are_not_remembered_without_end() -> None:
    rate_limit = PairingRateLimit()
    kept = []
    for number in range(NETWORKS_MAX + 500):
        rate_limit.was_wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", OPENING)
        kept.append(len(vars(rate_limit)["_networks"]))
    assert max(kept) == NETWORKS_MAX
    assert sum(now < before for before, now in pairwise(kept)) == 1, "room is made for many at once"


@pytest.mark.slow
def test_a_till_of_another_protocol_is_told_so(empty: Web, office: Office) -> None:
    code = office.a_code(office.a_company())
    request = encode(a_new_till().request(code)).replace(b'"protocols":[1]', b'"protocols":[99]')
    assert empty.refused(PAIR_PATH, request) == (400, "protocol_unsupported")


@pytest.mark.slow
def test_an_older_till_that_sends_the_code_itself_is_told_that_it_is_too_old(empty: Web) -> None:
    new = a_new_till().request("ABCD-EFGH-JKMN")
    older = encode(new).replace(b'"id":', b'"code":')
    assert empty.refused(PAIR_PATH, older) == (400, "protocol_unsupported")


def test_what_is_no_request_is_400(shop: PaperShop, web: Web) -> None:
    assert web.refused(PAIR_PATH, b"<html>") == (400, "garbled")
    assert web.refused(EXCHANGE_PATH, b"\xff\x00", shop.till().paired.token) == (400, "garbled")


def test_too_large_a_body_is_413(web: Web) -> None:
    assert web.refused(PAIR_PATH, b" " * (REQUEST_BYTES_MAX + 1)) == (413, "too_large")


@pytest.mark.slow
def test_the_servers_own_fault_is_500_with_a_log_id_and_no_traceback(
    capsys: pytest.CaptureFixture[str], office: Office
) -> None:
    office.done("migrate")
    web = Web(bootstrap.build_app(office.server()))
    code = office.a_code(office.a_company())
    office.keys.write_bytes(b"torn")  # the next request reads the key file again
    answer = paired_over(web, a_new_till(), code)
    assert (answer.status_code, answer.json()["kind"]) == (500, "failed")
    assert "Keys" not in answer.text
    log_id = answer.text.split("under ")[1].split(".")[0]
    logged = "".join(capsys.readouterr())
    assert log_id in logged
    assert code not in logged
    assert code.replace("-", "") not in logged
