"""Sums follow every change of cards, transactions and verdicts."""

import random
from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec.structs import replace
from sqlalchemy import Executable, delete, update

from loyalty.program import Reward
from loyalty.transactions import NO_EFFECT, CardCreated, CardDeactivated, CardReactivated
from server.cards.blanks import Blank, random_blanks
from server.db.tables import cards, customers, digests, entries, platform, transactions
from server.ledger.feed.recount import is_counted, recount, recounted, wrong_sums
from server.terminals import revocation
from sync.protocol.card_packing import packed
from sync.protocol.entries import ByToken, Side, encode_side
from sync.protocol.sealing import encrypt
from tests.support.companies import Office
from tests.support.databases import ON_ALL
from tests.support.paper_shop import PaperShop, a_coffee_program, token_of

pytestmark = ON_ALL

CROISSANT = Reward(id="croissant", name="Croissant", cost=10)


def wrong(shop: PaperShop) -> int:
    with shop.units.read() as conn:
        return wrong_sums(conn, shop.company_id, recounted(conn, shop.company_id))


def stored(shop: PaperShop) -> dict[str, int]:
    """The number of sums for each table."""
    found: dict[str, int] = {}
    for row in shop.rows(digests):
        found[row.table] = found.get(row.table, 0) + (row.sum != 0)
    return found


def a_long_life(shop: PaperShop, chance: random.Random, steps: int) -> None:
    """Random changes of rows by the tills of two stores."""
    shop.set_program(a_coffee_program(welcome_bonus=20, rewards=(CROISSANT,)))
    tills = [shop.till("Till 1", "Gare"), shop.till("Till 2", "Centre"), shop.till("Till 3", "Centre")]
    printed: list[Blank] = []
    known: list[UUID] = [shop.enrolled(tills[0], name="Ana", email="ana@example.org")]
    earned: list[tuple[UUID, UUID]] = []
    for step in range(steps):
        till, card = chance.choice(tills), chance.choice(known)
        match chance.randrange(14):
            case 0:
                (blank,) = shop.blanks()
                till.enrol(blank.id, name="Ben", email=f"{chance.randrange(9)}@example.org")
                known.append(blank.id)
            case 1 | 2 | 3:
                till.stamp(card, chance.randrange(1, 12))
            case 4 | 5 | 6:
                earned.append(
                    (card, till.earn(card, chance.randrange(100, 9000), chance.choice([None, f"R{step}", "R"])).id)
                )
            case 7:
                till.redeem(card, chance.choice(["stamps", "croissant"]))
            case 8 if earned:
                till.void_points(*chance.choice(earned), chance.choice([None, 40]))
            case 9:
                printed.append(next(random_blanks()))
                till.stamp(ByToken(token_of(printed[-1])))
            case 10 if printed:
                known.append(shop.issue(printed.pop())[0].id)
            case 11:
                (blank,) = shop.blanks()
                till.replace(card, blank.id)
            case 12:
                shop.passes(hours=chance.randrange(1, 40))
                shop.book(known[0], CardDeactivated() if chance.random() < 0.5 else CardReactivated(), NO_EFFECT)
            case _:
                till.append(b"{torn")
        if chance.random() < 0.3:
            chance.choice(tills).sync()
    for till in tills:
        till.sync()
    shop.set_program(a_coffee_program(stamps_target=12, rewards=(Reward(id="croissant", name="Croissant", cost=25),)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_sums_kept_all_along_equal_sums_from_scratch(shop: PaperShop, seed: int) -> None:
    a_long_life(shop, random.Random(seed), 120)
    assert wrong(shop) == 0
    counted = stored(shop)
    assert counted["card"] > 10 and counted["verdict"] == 3 and counted["transaction"] > 4
    words = {row.word for row in shop.rows(entries)}
    assert {"accepted", "adjusted", "rejected"} <= words, "the life was full enough"


def test_a_revocation_that_closes_names_anew_keeps_the_sums(shop: PaperShop) -> None:
    till, (blank,) = shop.till(), shop.blanks()
    shop.till("Till 2")
    data = shop.keys.company(shop.company_id).data
    side = Side(salt=b"0123456789abcdef", name=encrypt(data, blank.id, "Ana"), name_key=data.id)
    till.write(CardCreated(), blank.id, side=encode_side(side))
    till.sync()
    before = shop.card(blank.id).version
    revocation.revoke(shop.units, shop.keys, shop.company_id, "Till 2", lambda: shop.now)
    assert shop.card(blank.id).version > before and wrong(shop) == 0


def test_a_released_entrys_verdict_takes_the_place_of_the_held_one_in_the_sum(shop: PaperShop) -> None:
    till, printed = shop.till(), next(random_blanks())
    till.stamp(ByToken(token_of(printed)))
    till.sync()
    (held,) = (row.sum for row in shop.rows(digests) if row.table == "verdict")
    shop.issue(printed)
    till.enrol(printed.id)
    till.sync()
    (released,) = (row.sum for row in shop.rows(digests) if row.table == "verdict")
    assert {row.word for row in shop.rows(entries)} == {"accepted"}
    assert held != released and wrong(shop) == 0


def tampering(shop: PaperShop, card: UUID) -> dict[str, Callable[[], Executable]]:
    of_cards, of_entries = update(cards), update(entries)
    return {
        "a card's content": lambda: of_cards.values(packed=packed(replace(shop.said(card), total_stamps_earned=99))),
        "whose card it is": lambda: update(customers).values(email_hmac=b"somebody else's"),
        "a card's codes": lambda: of_cards.values(number_hmac=bytes(32)),
        "a card's version": lambda: of_cards.values(version=cards.c.version + 1),
        "a card's hash": lambda: of_cards.values(row_hash=cards.c.row_hash + 1),
        "a verdict": lambda: of_entries.values(verdict=b"{}"),
        "a transaction": lambda: delete(transactions).where(transactions.c.kind == "points_earned"),
        "a sum": lambda: update(digests).where(digests.c.table == "verdict").values(sum=digests.c.sum + 1),
        "a lost sum": lambda: delete(digests).where(digests.c.table == "transaction"),
    }


@pytest.mark.parametrize(
    "what",
    [
        "a card's content",
        "whose card it is",
        "a card's codes",
        "a card's version",
        "a card's hash",
        "a verdict",
        "a transaction",
        "a sum",
        "a lost sum",
    ],
)
def test_what_was_written_past_the_books_is_found_and_counting_anew_puts_it_right(shop: PaperShop, what: str) -> None:
    till = shop.till()
    card = shop.enrolled(till, email="ana@example.org")
    till.earn(card, 1000)
    till.sync()
    assert wrong(shop) == 0
    tampered = tampering(shop, card)[what]()
    with shop.units.write(shop.company_id) as conn:
        conn.execute(tampered)
    assert wrong(shop) > 0
    with shop.units.write(shop.company_id) as conn:
        recount(conn, shop.company_id, shop.now)
    assert wrong(shop) == 0


@pytest.mark.slow
def test_ledger_check_tells_wrong_sums_and_recount_mends_them(office: Office) -> None:
    slug = office.a_company()
    office.run("card", "issue", "--company", slug, "--count", "3")
    assert office.done("ledger", "check") == {"cards": 3, "wrong": 0}
    server = office.server()
    with server.units.write(server.company(slug).id) as conn:
        conn.execute(update(cards).values(number_hmac=bytes(32)))
    answer = office.run("ledger", "check", "--company", slug)
    assert (answer.code, answer.only["reason"], answer.only["wrong"]) == (1, "sums_wrong", 0)
    assert answer.only["wrong_sums"] >= 1
    assert office.done("ledger", "recount", "--company", slug) == {"ok": True, "companies": 1}
    assert office.done("ledger", "check") == {"cards": 3, "wrong": 0}


@pytest.mark.slow
def test_migrate_counts_what_was_there_before_there_were_sums(office: Office) -> None:
    slug = office.a_company()
    office.run("card", "issue", "--company", slug, "--count", "3")
    server = office.server()
    with server.units.write(server.company(slug).id) as conn:  # as a migration leaves an older database
        conn.execute(delete(digests))
        conn.execute(update(cards).values(row_hash=0))
        conn.execute(update(platform).values(rows_format=None))
    assert office.run("ledger", "check").code == 1
    office.done("migrate")
    assert office.done("ledger", "check") == {"cards": 3, "wrong": 0}
    with server.units.read() as conn:
        assert is_counted(conn)
