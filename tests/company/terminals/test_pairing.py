"""Pairing: one code pairs one terminal, and a lost reply can be requested again."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from sqlalchemy import select

from server.bootstrap import Server
from server.db.tables import pairing_codes
from server.refusals import No, Refused
from server.terminals import pairing, terminals
from server.terminals.terminals import TokenOwner
from sync.protocol.messages import Garbled, PairResponse, TerminalKeys, decode
from sync.protocol.sealing import Purpose, unseal
from tests.support.companies import NewTill, Office, a_new_till, secret_of
from tests.support.paper_shop import PaperShop

HOUR = timedelta(hours=1)


def paired(server: Server, code: str, till: NewTill, *, later: timedelta = timedelta(0)) -> PairResponse:
    with server.units.read() as conn:
        company_id = pairing.company_of(conn, secret_of(code).id, server.keys.platform)
    with server.units.write(company_id) as conn:
        return till.paired(conn, company_id, code, server.keys, datetime.now(UTC) + later)


def refused(server: Server, code: str, till: NewTill, *, later: timedelta = timedelta(0)) -> bool:
    with pytest.raises(Refused) as refusal:
        paired(server, code, till, later=later)
    return refusal.value.reason is No.CODE_REFUSED


@pytest.mark.slow
def test_a_till_learns_who_it_is_and_gets_the_companys_keys(office: Office) -> None:
    slug, till = office.a_company(), a_new_till()
    server = office.server()
    answer = paired(server, office.a_code(slug), till)
    assert (answer.company, answer.store, answer.terminal) == ("Bean Scene", "Main Street", "Till 1")
    assert (answer.signing_public, answer.sealing_public) == (server.keys.signing.public, server.keys.sealing.public)
    sent = decode(TerminalKeys, unseal(till.sealing, answer.keys, Purpose.PAIRING))
    assert sent.data.secret == server.keys.company(answer.company_id).data.secret
    with server.units.read() as conn:
        owner = terminals.by_token(conn, answer.token)
    assert owner == TokenOwner(answer.company_id, answer.terminal_id, False, till.sealing.public)


@pytest.mark.slow
def test_a_lost_reply_is_repeated_word_for_word_for_an_hour(office: Office) -> None:
    slug, till, server = office.a_company(), a_new_till(), office.server()
    code = office.a_code(slug)
    first = paired(server, code, till)
    assert paired(server, code, till, later=HOUR - timedelta(minutes=1)) == first
    assert refused(server, code, till, later=HOUR + timedelta(minutes=1))
    assert [one.name for one in _listed(server, slug)] == ["Till 1"]


def test_a_used_code_is_of_no_use_to_other_keys(shop: PaperShop) -> None:
    code, till = shop.pairing_code("Till 1"), a_new_till()

    def pairs(one: NewTill) -> PairResponse:
        with shop.units.write(shop.company_id) as conn:
            return one.paired(conn, shop.company_id, code, shop.keys, shop.now)

    answer = pairs(till)
    with pytest.raises(Refused) as refusal:
        pairs(a_new_till())
    assert refusal.value.reason is No.CODE_REFUSED
    assert pairs(till) == answer


@pytest.mark.slow
def test_a_code_lives_for_a_day(office: Office) -> None:
    slug, server, till = office.a_company(), office.server(), a_new_till()
    code = office.a_code(slug)
    assert refused(server, code, till, later=timedelta(hours=25))
    paired(server, code, till, later=timedelta(hours=23))


@pytest.mark.slow
def test_whoever_has_heard_the_id_of_a_code_pairs_nothing_and_spoils_nothing(office: Office) -> None:
    slug, server, till = office.a_company(), office.server(), a_new_till()
    code, company_id = office.a_code(slug), server.company(slug).id
    with pytest.raises(Refused), server.units.write(company_id) as conn:
        request = a_new_till().request(code)
        pairing.pair(conn, company_id, request, server.keys, datetime.now(UTC), is_proved=lambda key: key == bytes(32))
    paired(server, code, till)


@pytest.mark.slow
def test_a_wrong_code_is_refused(office: Office) -> None:
    office.a_company()
    assert refused(office.server(), "ABCD-EFGH", a_new_till())


@pytest.mark.slow
def test_a_code_may_be_typed_as_people_type(office: Office) -> None:
    slug, server = office.a_company(), office.server()
    code = office.a_code(slug)
    paired(server, code.lower().replace("-", " ").replace("0", "o").replace("1", "l"), a_new_till())


@pytest.mark.slow
def test_keys_that_are_none_burn_no_code(office: Office) -> None:
    slug, server, till = office.a_company(), office.server(), a_new_till()
    code = office.a_code(slug)
    company_id = server.company(slug).id
    for public in (b"", bytes(32)):
        request = structs.replace(till.request(code), sealing_public=public)
        with pytest.raises(Garbled), server.units.write(company_id) as conn:
            pairing.pair(conn, company_id, request, server.keys, datetime.now(UTC), is_proved=lambda _key: True)
    paired(server, code, till)


@pytest.mark.slow
def test_a_second_code_for_the_same_till_withdraws_the_first(office: Office) -> None:
    slug, server = office.a_company(), office.server()
    first, second = office.a_code(slug), office.a_code(slug)
    assert refused(server, first, a_new_till())
    paired(server, second, a_new_till())


@pytest.mark.slow
def test_a_till_in_use_keeps_its_name_to_itself(office: Office) -> None:
    slug = office.a_company()
    paired(office.server(), office.a_code(slug), a_new_till())
    asked = ("terminal", "code", "--company", slug, "--store", "Main Street", "--name", "Till 1")
    assert office.refused(*asked) == "name_taken"


@pytest.mark.slow
def test_neither_code_nor_token_is_stored_in_the_open(office: Office) -> None:
    slug, server = office.a_company(), office.server()
    code = office.a_code(slug)
    answer = paired(server, code, a_new_till())
    stored = office.stored()
    assert answer.terminal_id.bytes in stored
    assert answer.token.encode() not in stored
    assert code.replace("-", "").encode() not in stored
    assert secret_of(code).id not in stored and secret_of(code).key not in stored


@pytest.mark.slow
def test_an_answer_is_forgotten_after_its_hour(office: Office) -> None:
    slug, server = office.a_company(), office.server()
    paired(server, office.a_code(slug, "Till 1"), a_new_till())
    paired(server, office.a_code(slug, "Till 2"), a_new_till(), later=2 * HOUR)
    with server.units.read() as conn:
        codes = conn.execute(select(pairing_codes)).all()
    assert {code.terminal_name for code in codes if code.answer is not None or code.key is not None} == {"Till 2"}


def _listed(server: Server, slug: str) -> list[terminals.Terminal]:
    with server.units.read() as conn:
        return list(terminals.listed(conn, server.company(slug).id))
