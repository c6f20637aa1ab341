"""Revocation of a stolen till: signed by the server, and useless for data encrypted afterwards."""

from uuid import UUID, uuid4

import pytest

from loyalty.transactions import CardCreated
from server.cards import card_record as card_pages
from server.db.tables import cards, customers, salvage, staff, terminals
from server.db.work_tables import cases
from server.exchange.turned_away import Forked, Revoked
from server.jobs.runner import Runner
from server.jobs.schedule import JOBS
from server.keys import CompanyKeys
from server.refusals import No, Refused
from server.terminals import revocation
from sync.protocol import chain, sealing
from sync.protocol.entries import Side, encode_side
from sync.protocol.messages import ExchangeResponse, SentKeys, TerminalKeys, decode
from sync.protocol.rows import StaffRow, Table, TerminalRow, decode_row
from sync.protocol.sealing import PinVerifier, Purpose, Unopenable, pin_matches
from tests.company.exchange.test_exchange import forked_tills
from tests.company.jobs.workers import Hands, PaperClock, a_worker
from tests.company.terminals.test_pairing import paired
from tests.support.companies import Office, a_new_till
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill

pytestmark = pytest.mark.slow


def keys_of(shop: PaperShop) -> CompanyKeys:
    return shop.keys.company(shop.company_id)


def revoked(shop: PaperShop, name: str = "Till 2") -> revocation.Revocation:
    return revocation.revoke(shop.units, shop.keys, shop.company_id, name, lambda: shop.now)


def named(shop: PaperShop, till: PaperTill, name: str) -> UUID:
    """A customer's card with a name encrypted as by a real till."""
    (blank,) = shop.blanks()
    enrol_named(shop, till, blank.id, name)
    till.sync()
    return blank.id


def enrol_named(shop: PaperShop, till: PaperTill, card: UUID, name: str, keys: CompanyKeys | None = None) -> None:
    data = (keys or keys_of(shop)).data
    contact = sealing.seal(till.paired.sealing_public, b'{"email":"ana@example.org"}', Purpose.CONTACT)
    side = Side(salt=b"0" * 16, name=sealing.encrypt(data, card, name), name_key=data.id, contact=contact)
    till.write(CardCreated(), card, side=encode_side(side))


def told_off(till: PaperTill) -> Revoked:
    with pytest.raises(Revoked) as refusal:
        till.exchange()
    return refusal.value


def with_old_keys(till: PaperTill, old: CompanyKeys) -> ExchangeResponse:
    return till.exchange(data_key=old.data.id, pepper=old.pepper.id)


def opened(till: PaperTill, answer: ExchangeResponse) -> TerminalKeys:
    assert answer.keys is not None and till.sealing is not None
    sent = decode(SentKeys, sealing.unseal(till.sealing, answer.keys, Purpose.KEYS))
    server = till.paired.signing_public
    assert chain.keys_are_signed(server, till.company_id, till.id, sent.keys, signature=sent.signature)
    return decode(TerminalKeys, sent.keys)


def test_a_revoked_till_is_told_so_in_the_servers_own_hand(shop: PaperShop) -> None:
    till, other = shop.till("Till 1"), shop.till("Till 2")
    revoked(shop)
    signature = told_off(other).signature
    assert signature is not None
    server, ids = other.paired.signing_public, (other.company_id, other.id, other.journal_id)
    assert chain.revocation_is_signed(server, *ids, signature=signature)
    assert not chain.revocation_is_signed(server, other.company_id, till.id, other.journal_id, signature=signature)
    till.sync()
    assert decode_row(TerminalRow, till.rows[Table.TERMINAL, other.id]).revoked, "the others know"


def test_the_other_tills_get_new_keys_ahead_of_what_needs_them(shop: PaperShop) -> None:
    lena = shop.person("Lena")
    till, other = shop.till("Till 1"), shop.till("Till 2")
    card, old = named(shop, till, "Ana"), keys_of(shop)
    other.sync()
    done = revoked(shop)
    assert (done.people, done.cards) == (1, 1)
    answer = with_old_keys(till, old)
    new = opened(till, answer)
    assert new.lookup.secret == old.lookup.secret, "numbers and contacts are found as before"
    assert {new.data.secret, new.pepper.secret}.isdisjoint({old.data.secret, old.pepper.secret})
    row = till.card(card)
    assert row.name is not None and row.name_key == new.data.id
    assert sealing.decrypt(keys_of(shop).data, card, row.name) == "Ana"
    person = decode_row(StaffRow, till.rows[Table.STAFF, lena])
    verifier = PinVerifier(**{name: getattr(person.verifier, name) for name in person.verifier.__struct_fields__})
    assert pin_matches("4711", lena, verifier, keys_of(shop).pepper), "nobody needs a new PIN"
    with pytest.raises(Unopenable):
        pin_matches("4711", lena, verifier, old.pepper)
    assert till.exchange(data_key=new.data.id, pepper=new.pepper.id).keys is None, "once is enough"


def test_a_till_that_lost_the_answer_is_given_the_keys_again(shop: PaperShop) -> None:
    till, old = shop.till("Till 1"), keys_of(shop)
    shop.till("Till 2")
    revoked(shop)
    assert till.send(till.request(data_key=old.data.id, pepper=old.pepper.id)).keys is not None
    assert opened(till, with_old_keys(till, old)).data.id == keys_of(shop).data.id


def test_nothing_the_server_keeps_is_left_under_the_old_key(shop: PaperShop) -> None:
    till = shop.till("Till 1")
    shop.till("Till 2")
    card, old = named(shop, till, "Ana"), keys_of(shop)
    shop.blanks(3)
    revoked(shop)
    (customer,) = shop.rows(customers)
    closed = [(customer.customer_id, customer.email), (card, customer.name)]
    closed += [(row.card_id, row.codes) for row in shop.rows(cards)]
    for row_id, data in closed:
        with pytest.raises(Unopenable):
            sealing.decrypt(old.data, row_id, data)
        sealing.decrypt(keys_of(shop).data, row_id, data)
    assert {row.codes_key for row in shop.rows(cards)} == {keys_of(shop).data.id}


def test_a_revocation_cut_short_is_taken_up_by_the_same_command(
    shop: PaperShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "CARDS_AT_ONCE", 2)
    shop.till("Till 2")
    shop.blanks(7)
    begun: list[int] = []

    def cut_short() -> object:
        begun.append(1)
        if len(begun) == 5:
            raise KeyboardInterrupt
        return shop.now

    with pytest.raises(KeyboardInterrupt):
        revocation.revoke(shop.units, shop.keys, shop.company_id, "Till 2", cut_short)  # type: ignore[arg-type]
    renewed = keys_of(shop).data.id
    left = [row for row in shop.rows(cards) if row.codes_key != renewed]
    assert 0 < len(left) < 7
    assert revoked(shop).cards == len(left)
    assert keys_of(shop).data.id == renewed, "the keys were made already"
    assert {row.codes_key for row in shop.rows(cards)} == {renewed}
    assert revoked(shop).cards == 0


def test_a_name_closed_out_of_contact_is_closed_anew_when_it_comes(shop: PaperShop) -> None:
    till = shop.till("Till 1")
    shop.till("Till 2")
    (blank,) = shop.blanks()
    till.sync()
    enrol_named(shop, till, blank.id, "Ana")
    revoked(shop)
    till.sync()
    row = till.card(blank.id)
    assert row.name is not None and row.name_key == keys_of(shop).data.id
    assert sealing.decrypt(keys_of(shop).data, blank.id, row.name) == "Ana"
    with shop.units.read() as conn:
        assert card_pages.history(conn, shop.company_id, blank.id, keys_of(shop)).card["name"] == "Ana"


def test_a_card_is_replaced_by_a_blank_that_an_older_key_closed(shop: PaperShop) -> None:
    till = shop.till("Till 1")
    card = shop.enrolled(till)
    (blank,) = shop.blanks()
    till.sync()
    shop.keys.renew(shop.company_id, till.id)  # an interrupted revocation, before the cards
    till.replace(card, blank.id)
    till.sync()
    assert shop.card(card).token_hash == sealing.token_hash(blank.token)


def test_what_a_revoked_till_still_had_becomes_cases_and_moves_nothing(shop: PaperShop) -> None:
    till, other = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(till)
    other.sync()
    other.stamp(card)
    other.sync()
    other.stamp(card)
    other.earn(card, 900)
    revoked(shop)
    before = shop.card(card)
    with pytest.raises(Revoked) as refusal:
        other.exchange(salvage=True)
    assert refusal.value.salvaged_seq == len(other.journal)
    with pytest.raises(Revoked):
        other.exchange(salvage=True)  # sent twice, kept once
    assert shop.card(card) == before
    found = [(row.kind, row.terminal_id, row.group_id, row.unit, row.amount) for row in shop.rows(cases)]
    of_journal = ("salvaged", other.id, other.journal_id)
    assert sorted(found) == [(*of_journal, "points", 9), (*of_journal, "stamps", 1)]


def test_a_revoked_till_cannot_invent_salvage(shop: PaperShop) -> None:
    """Only the journal that the server knew is kept, and no more of it than a till can have written."""
    till = shop.till("Till 2")
    card = shop.enrolled(till)
    till.sync()
    revoked(shop)
    known, written = till.journal_id, till.journal
    till.journal_id, till.journal = uuid4(), []
    for _ in range(3):
        till.stamp(card)
    with pytest.raises(Revoked) as refusal:
        till.exchange(till.page(1), salvage=True)
    assert (refusal.value.salvaged_seq, shop.cases()) == (3, []), "it is not asked for more"
    till.journal_id, till.journal = known, written
    till.stamp(card)
    with pytest.raises(Revoked):
        till.exchange(till.page(1), salvage=True)
    assert shop.cases() == ["salvaged"]
    assert {row.journal_id for row in shop.rows(salvage)} == {known}


def test_a_till_is_revoked_by_its_name_and_its_name_is_free_again(office: Office) -> None:
    slug = office.a_company()
    server = office.server()
    assert office.refused("terminal", "revoke", "--company", slug, "Till 1") == "terminal_unknown"
    code = office.a_code(slug)
    paired(server, code, a_new_till())
    assert office.refused("terminal", "code", "--company", slug, "--store", "Main Street", "--name", "Till 1") == (
        "name_taken"
    )
    done = office.done("terminal", "revoke", "--company", slug, "Till 1")
    assert (done["name"], done["revoked"]) == ("Till 1", True)
    assert office.run("terminal", "list", "--company", slug).only["revoked"] is True
    assert office.a_code(slug)


def test_a_till_that_is_retired_is_signed_off_and_nobody_gets_new_keys(shop: PaperShop) -> None:
    till, broken = shop.till("Till 1"), shop.till("Till 2")
    old = keys_of(shop)
    assert revocation.retire(shop.units, shop.company_id, "Till 2", shop.now) == broken.id
    assert told_off(broken).signature is not None
    assert keys_of(shop) == old and with_old_keys(till, old).keys is None
    till.sync()
    assert decode_row(TerminalRow, till.rows[Table.TERMINAL, broken.id]).revoked
    assert revocation.retire(shop.units, shop.company_id, "Till 2", shop.now) == broken.id, "once more changes nothing"


def test_a_retired_till_that_turns_out_to_be_stolen_is_revoked_after_all(shop: PaperShop) -> None:
    till, stolen = shop.till("Till 1"), shop.till("Till 2")
    old = keys_of(shop)
    revocation.retire(shop.units, shop.company_id, "Till 2", shop.now)
    assert revoked(shop).terminal_id == stolen.id
    assert opened(till, with_old_keys(till, old)).data.id == keys_of(shop).data.id != old.data.id


def test_the_name_of_a_forked_till_is_free_once_it_is_paired_again_and_retired(shop: PaperShop) -> None:
    _, copy, _ = forked_tills(shop)
    with pytest.raises(Forked):
        copy.exchange(salvage=True)
    again = shop.till("Till 1b")
    with pytest.raises(Refused) as refusal:
        shop.pairing_code("Till 1")
    assert refusal.value.reason is No.NAME_TAKEN
    revocation.retire(shop.units, shop.company_id, "Till 1", shop.now)
    assert shop.till("Till 1").id not in (copy.id, again.id)


def test_the_command_retires_by_name_and_knows_no_others(office: Office) -> None:
    slug = office.a_company()
    paired(office.server(), office.a_code(slug), a_new_till())
    retired = office.done("terminal", "retire", "--company", slug, "Till 1")
    assert (retired["name"], retired["retired"]) == ("Till 1", True)
    assert office.refused("terminal", "retire", "--company", slug, "Till 9") == "terminal_unknown"
    assert office.run("terminal", "list", "--company", slug).only["revoked"] is True
    assert office.a_code(slug)


@pytest.fixture
def clock(shop: PaperShop) -> PaperClock:
    return PaperClock(shop.now)


def in_the_office(shop: PaperShop, terminal_id: UUID) -> None:
    """Revokes a till as a request does."""
    with shop.units.write(shop.company_id) as conn:
        revocation.begin(conn, shop.company_id, terminal_id, shop.now)


def the_job(shop: PaperShop, clock: PaperClock, hands: Hands | None = None) -> Runner:
    (job,) = (one for one in JOBS if one.name == revocation.JOB)
    return a_worker(shop, clock, job, hands=hands)


def test_the_office_revokes_at_once_and_a_job_renews_the_keys(shop: PaperShop, clock: PaperClock) -> None:
    till, stolen = shop.till("Till 1"), shop.till("Till 2")
    card, old, job = named(shop, till, "Ana"), keys_of(shop), the_job(shop, clock)
    assert job.round() == 1 and keys_of(shop) == old, "nothing was revoked yet"
    in_the_office(shop, stolen.id)
    assert told_off(stolen).signature is not None
    assert keys_of(shop) == old, "the request waits for none of it"
    assert job.round() == 1
    assert opened(till, with_old_keys(till, old)).data.id == keys_of(shop).data.id != old.data.id
    row = till.card(card)
    assert row.name is not None and sealing.decrypt(keys_of(shop).data, card, row.name) == "Ana"
    renewed = keys_of(shop)
    assert shop.rows(terminals, exposed_at=None) == shop.rows(terminals)
    clock.passes(hours=1)
    assert job.round() == 1 and keys_of(shop) == renewed


@pytest.mark.parametrize("batch", [1, 3])
def test_a_worker_that_dies_leaves_the_rest_to_another(
    shop: PaperShop, clock: PaperClock, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "CARDS_AT_ONCE", 2)
    shop.person("Lena")
    stolen = shop.till("Till 2")
    shop.blanks(7)
    in_the_office(shop, stolen.id)

    def dies() -> None:
        raise KeyboardInterrupt

    hands = Hands()
    hands.meanwhile = [lambda: None] * (batch - 1) + [dies]
    with pytest.raises(KeyboardInterrupt):
        the_job(shop, clock, hands).round()
    begun = keys_of(shop)
    assert len([row for row in shop.rows(cards) if row.codes_key == begun.data.id]) == 2 * (batch - 1)
    clock.passes(seconds=61)
    assert the_job(shop, clock).round() == 1
    assert keys_of(shop) == begun, "the keys were made already"
    assert {row.codes_key for row in shop.rows(cards)} == {begun.data.id}
    assert {row.verifier["pepper_id"] for row in shop.rows(staff, name="Lena")} == {begun.pepper.id}
    assert shop.rows(terminals, exposed_at=None) == shop.rows(terminals)


def test_keys_renewed_meanwhile_are_the_ones_that_all_ends_under(
    shop: PaperShop, clock: PaperClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocation, "CARDS_AT_ONCE", 2)
    one, other = shop.till("Till 1"), shop.till("Till 2")
    shop.blanks(7)
    in_the_office(shop, one.id)
    hands = Hands()

    def by_command() -> None:
        revoked(shop, "Till 2")

    hands.meanwhile = [lambda: None, lambda: None, by_command]
    the_job(shop, clock, hands).round()
    assert {row.codes_key for row in shop.rows(cards)} == {keys_of(shop).data.id}
    assert told_off(other).signature is not None


def test_the_office_renews_the_keys_though_the_till_is_signed_off_already(shop: PaperShop, clock: PaperClock) -> None:
    stolen = shop.till("Till 2")
    revocation.retire(shop.units, shop.company_id, "Till 2", shop.now)
    before = keys_of(shop)
    in_the_office(shop, stolen.id)
    the_job(shop, clock).round()
    assert keys_of(shop).data.id != before.data.id and keys_of(shop).pepper.id != before.pepper.id
