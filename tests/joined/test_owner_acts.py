"""What a card's owner does on the company's pages, as real tills have it, one of which is out of contact."""

from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from loyalty.cases import Choice
from loyalty.staff import Role
from server import bootstrap
from server.cards.blanks import Blank
from server.cases import deciding
from server.cases.deciding import Decider, Typed
from server.customers import erasure
from server.db.work_tables import cases
from server.edge.idempotency import KEY_FIELD
from server.ledger.judging.savepoint_booking import Ledger
from server.operations.backup import back_up
from terminal.interface.asks import Enrol, PutAway, Redeem, Scan, Stamp, Status
from tests.company.customers.test_erasure import found
from tests.joined.test_erased_customers import is_in, stored
from tests.support.databases import ON_SQLITE
from tests.support.joined_till import JoinedTill
from tests.support.merges import balance, has_its_books_in_order
from tests.support.office_web import Caller
from tests.support.paper_shop import PaperShop
from tests.support.replies import card, refused, stamps, written
from tests.support.signed_in_customers import owner_of

pytestmark = pytest.mark.slow

SLUG = "bean-scene"
ZOE, ADDRESS = "Zoe Muller", "zoe.muller@example.lu"


@pytest.fixture
def app(shop: PaperShop) -> FastAPI:
    return bootstrap.build_app(shop.server)


def enrolled(here: JoinedTill, there: JoinedTill, blank: Blank, count: int, email: str | None = ADDRESS) -> None:
    """A card with stamps that both tills know."""
    written(here.asks(Enrol(code=blank.token, name=ZOE, email=email)))
    written(here.asks(Stamp(count)))
    here.asks(PutAway())
    for till in (here, there):
        till.sync()


def sends(
    app: FastAPI, shop: PaperShop, card_id: UUID, page: str, held: Blank | None = None, **fields: object
) -> httpx.Response:
    """What the card's owner sends after entering a code, and perhaps after opening that of another card."""
    token = owner_of(shop.server, shop.company_id, card_id)
    opened = {} if held is None else {"cookie": f"card-{SLUG}={held.token}"}
    person = Caller(app, token, cookie=f"me-{SLUG}").browser(**opened)
    answer = person.form(f"/{SLUG}/{page}", **fields, **{KEY_FIELD: str(uuid4())})
    assert answer.status_code == 303, answer.text
    return answer


def test_a_card_that_is_blocked_and_replaced_counts_what_an_unknowing_till_did_and_gives_rewards_back(
    app: FastAPI, tills: tuple[JoinedTill, JoinedTill], shop: PaperShop
) -> None:
    here, there = tills
    (blank,) = shop.blanks()
    for till in tills:
        till.sync()
    enrolled(here, there, blank, 10)
    there.wire.is_up = False
    there.passes(seconds=40)
    sends(app, shop, blank.id, "lost/block")
    here.sync()
    here.asks(Scan(blank.token))
    assert refused(here.asks(Stamp())).reason == "card_inactive"
    there.asks(Scan(blank.token))
    written(there.asks(Redeem("stamps")))
    written(there.asks(Stamp(2)))
    there.passes(seconds=40)
    answer = sends(app, shop, blank.id, "lost/replace")
    new = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    written(there.asks(Stamp()))
    there.wire.is_up = True
    for till in (there, here, there):
        till.sync()
    assert balance(shop, blank.id) == (3, 0), "the reward and three stamps of the old code"
    for till in tills:
        till.asks(PutAway())
        assert refused(till.asks(Scan(blank.token))).reason == "card_replaced"
        assert stamps(till.asks(Scan(new))).count == 3
    (case,) = shop.rows(cases)
    assert (case.kind, case.unit, case.amount) == ("blocked_code", "stamps", 10)
    with shop.units.write(shop.company_id) as conn:
        by = Decider(shop.manager, Role.MANAGER, None)
        ledger = Ledger(conn, shop.company_id, shop.keys, shop.now)
        deciding.decide(ledger, case.case_id, Typed(choice=Choice.GIVE_BACK.value), by)
    assert balance(shop, blank.id) == (13, 0)
    assert has_its_books_in_order(shop)


def test_a_reward_by_the_new_code_is_no_case_wherever_it_is_taken(
    app: FastAPI, tills: tuple[JoinedTill, JoinedTill], shop: PaperShop
) -> None:
    here, there = tills
    (blank,) = shop.blanks()
    for till in tills:
        till.sync()
    enrolled(here, there, blank, 10)
    there.wire.is_up = False
    there.asks(Scan(blank.token))
    written(there.asks(Redeem("stamps")))  # before it was lost
    there.passes(seconds=40)
    answer = sends(app, shop, blank.id, "lost/replace")
    new = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    here.sync()
    here.asks(Scan(new))
    written(here.asks(Stamp(10)))
    written(here.asks(Redeem("stamps")))
    there.wire.is_up = True
    for till in (here, there):
        till.sync()
    assert balance(shop, blank.id) == (0, 0)
    assert shop.cases() == []


def test_cards_that_are_put_together_count_what_waits_on_a_till_for_both(
    app: FastAPI, tills: tuple[JoinedTill, JoinedTill], shop: PaperShop
) -> None:
    here, there = tills
    one, other = shop.blanks(2)
    for till in tills:
        till.sync()
    enrolled(here, there, one, 2)
    enrolled(here, there, other, 3, email=None)
    there.wire.is_up = False
    for blank in (one, other):
        there.asks(Scan(blank.token))
        written(there.asks(Stamp()))
    sends(app, shop, one.id, "merge", other, card=other.id)
    there.wire.is_up = True
    for till in (there, here):
        till.sync()
    (stays,) = {card(till.asks(Scan(blank.token))).id for till in tills for blank in (one, other)}
    assert stays is not None and balance(shop, stays) == (7, 0)
    assert has_its_books_in_order(shop)


@ON_SQLITE
def test_no_file_of_server_till_or_backup_names_who_has_erased_themselves(
    app: FastAPI, tills: tuple[JoinedTill, JoinedTill], shop: PaperShop, tmp_path: Path
) -> None:
    here, there = tills
    (blank,) = shop.blanks()
    for till in tills:
        till.sync()
    enrolled(here, there, blank, 3)
    sends(app, shop, blank.id, "contact", email=f"new.{ADDRESS}")
    assert found(shop, ZOE, ADDRESS) >= {"customers", "cards", "mails"}
    name = shop.said(blank.id).name
    assert name is not None and is_in(stored(tmp_path / "here"), name)
    sends(app, shop, blank.id, "erase")
    for till in tills:
        till.sync()
        assert till.asks(Status()).ok
        till.sync()
    with shop.units.read() as conn:
        standing = erasure.standing(conn, shop.company_id, blank.id)
    assert standing is not None and standing.done == standing.tills
    back_up(shop.units, shop.keys, tmp_path / "backup", with_keys=True, now=shop.now)
    everything = stored(tmp_path)
    assert [one for one in (ZOE, ADDRESS) if one.encode() in everything] == []
    assert found(shop, ZOE, ADDRESS) == set()
    assert [is_in(stored(tmp_path / place), name) for place in ("here", "there", "backup")] == [False] * 3
