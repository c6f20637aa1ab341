"""Tills that arrive at the same moment, and feed rows kept in memory."""

from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event

from server.exchange.exchange import Exchanges
from server.exchange.request_group import Outcome, TillRequest
from server.exchange.turned_away import Forked, NotSigned
from server.ledger.feed.sources import Reader
from server.ledger.feed.tail import KEPT_FOR, Tail
from sync.protocol.messages import FEED_ROWS_MAX, Cursors, ExchangeResponse, Page
from tests.support.databases import ON_ALL
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill

pytestmark = ON_ALL


def visit(till: PaperTill) -> TillRequest:
    return TillRequest(till.id, till.request(till.page()))


def together(shop: PaperShop, *tills: PaperTill) -> list[Outcome]:
    """The outcomes of simultaneous exchanges; answered tills take them in."""
    outcomes = shop.exchanges.take(shop.company_id, [visit(till) for till in tills])
    for till, outcome in zip(tills, outcomes, strict=True):
        if isinstance(outcome, ExchangeResponse):
            till.take(outcome)
    return outcomes


@pytest.mark.slow
def test_tills_that_come_at_once_are_booked_in_one_unit_of_work(shop: PaperShop, engine: Engine) -> None:
    tills = [shop.till(f"Till {number}") for number in range(5)]
    card = shop.enrolled(tills[0])
    for till in tills:
        till.sync()
        till.earn(card, 1000)
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    together(shop, *tills)
    assert len(commits) == 1
    assert shop.card(card).points_balance == 50
    assert [till.acked_seq for till in tills] == [len(till.journal) for till in tills]
    assert {till.card(card).points_balance for till in tills} == {50}, "each hears what the others brought"


def test_entries_of_tills_that_come_at_once_are_judged_in_the_order_they_came(shop: PaperShop) -> None:
    first, second = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(first)
    for till in (first, second):
        till.sync()
    used, again = first.earn(card, 1000, "R-1"), second.earn(card, 1000, "R-1")
    together(shop, first, second)
    assert first.verdict(used).word == "accepted"
    assert (second.verdict(again).word, second.verdict(again).points) == ("adjusted", 0)
    assert shop.card(card).points_balance == 10


def test_what_one_brings_for_another_is_taken_up_at_once(shop: PaperShop) -> None:
    (blank,) = shop.blanks()
    first, second = shop.till("Till 1"), shop.till("Till 2")
    early = second.stamp(blank.id)
    first.enrol(blank.id)
    together(shop, second, first)
    assert second.verdict(early).word == "accepted"
    assert shop.card(blank.id).stamp_count == 1


@pytest.mark.slow
def test_a_till_that_is_turned_away_leaves_the_others_alone(shop: PaperShop) -> None:
    good, forged, forked = shop.till("Till 1"), shop.till("Till 2"), shop.till("Till 3")
    card = shop.enrolled(good)
    for till in (good, forged, forked):
        till.sync()
        till.stamp(card)
    page = forked.page()
    assert page is not None
    visits = [
        TillRequest(forged.id, forged.request(forged.page(), signature=bytes(64))),
        TillRequest(forked.id, forked.request(Page(prev_hash=bytes(32), entries=page.entries))),
        visit(good),
    ]
    refused, broken, answered = shop.exchanges.take(shop.company_id, visits)
    assert isinstance(refused, NotSigned) and isinstance(broken, Forked)
    assert isinstance(answered, ExchangeResponse) and answered.acked_seq == len(good.journal)
    assert shop.card(card).stamp_count == 1


def test_a_till_whose_visit_fails_fails_alone(shop: PaperShop) -> None:
    """It is unknown which request failed, so each is retried alone."""
    good, cursed = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(good)
    for till in (good, cursed):
        till.sync()
        till.stamp(card)
    page = Page(prev_hash=bytes(32), entries=(None,))  # type: ignore[arg-type]  # simulates a bug
    nothing = TillRequest(cursed.id, cursed.request(page))
    outcomes = shop.exchanges.take(shop.company_id, [nothing, visit(good)])
    assert isinstance(outcomes[0], AttributeError)
    assert isinstance(outcomes[1], ExchangeResponse) and outcomes[1].acked_seq == len(good.journal)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_rows_at_hand_are_those_of_the_database_whichever_process_wrote_them(shop: PaperShop, seed: int) -> None:
    """Several workers serve in turn and commands write in between; in the end all tills equal a new one."""
    rng = Random(seed)
    workers = [shop.exchanges, *(Exchanges(shop.units, shop.keys, lambda: shop.now) for _ in range(2))]
    tills = [shop.till("Till 1"), shop.till("Till 2"), shop.till("Till 3", "Kirchberg")]
    cards = [shop.enrolled(tills[0]) for _ in range(3)]
    for _ in range(60):
        till = rng.choice(tills)
        till.serve_by(rng.choice(workers))
        match rng.randrange(5):
            case 0:
                shop.blanks(rng.randrange(1, 4))
            case 1:
                shop.person(f"Person {rng.random()}")
            case _:
                till.earn(rng.choice(cards), rng.randrange(100, 5000))
        if rng.random() < 0.7:
            till.exchange()
    for till in tills:
        till.sync()
    for till in tills:  # once more, to get the later writes
        till.sync()
        heard = dict(till.rows), dict(till.versions)
        till.serve_by(Exchanges(shop.units, shop.keys, lambda: shop.now))
        till.rows, till.versions, till.cursors = {}, {}, Cursors()
        till.sync()
        assert (till.rows, till.versions) == heard


def test_a_tail_says_nothing_of_versions_it_was_not_told_of(shop: PaperShop) -> None:
    tail, reader = Tail(), Reader(shop.company_id, uuid4(), uuid4(), shop.now)

    def at_hand(after: int, clock: int) -> bool:
        return tail.unsent(reader, Cursors(after, after), rows_max=FEED_ROWS_MAX, clock=clock) is not None

    tail.follow(10, 12, (), shop.now)
    assert at_hand(10, 12) and not at_hand(9, 12) and not at_hand(10, 13)
    tail.follow(12, 15, (), shop.now)
    assert at_hand(10, 15)
    tail.follow(20, 21, (), shop.now)
    assert at_hand(20, 21) and not at_hand(15, 21), "somebody else wrote in between"
    tail.follow(16, 18, (), shop.now)
    assert at_hand(20, 21), "late news of what lies before is passed over"
    tail.follow(21, 22, (), shop.now + KEPT_FOR * 2)
    assert at_hand(21, 22) and not at_hand(20, 22), "what is old is let go"


def test_a_till_that_was_away_reads_what_is_not_at_hand_any_more(shop: PaperShop) -> None:
    till, away = shop.till("Till 1"), shop.till("Till 2")
    card = shop.enrolled(till)
    for one in (till, away):
        one.sync()
    till.earn(card, 1000)
    till.sync()
    shop.passes(minutes=10)
    till.earn(card, 1000)
    till.sync()
    away.sync()
    assert away.card(card).points_balance == 20
