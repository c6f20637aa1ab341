"""News that a hint brings: what an exchange would have been answered, to the till whose it is, and never in pieces."""

import asyncio
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from loyalty.program import Reward
from server.api.listeners import Listeners
from server.db.tables import terminals
from server.ledger.exchange import NEWS_ROWS_MAX
from sync import chain
from sync.messages import HINT_BYTES_MAX, Garbled, Hint, Listening, decode, encode, listening_in
from tests.support.builders import a_program
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill


def listening(till: PaperTill) -> Listening:
    return Listening(journal=till.journal_id, essentials=till.cursors.essentials, bulk=till.cursors.bulk)


@pytest.fixture
def tills(shop: PaperShop) -> tuple[PaperTill, PaperTill]:
    """Two of one store that know everything."""
    here, there = shop.till(), shop.till("Till 2")
    for one in (here, there, here):
        one.sync()
    return here, there


def test_it_is_what_an_exchange_would_be_answered(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    card = shop.enrolled(here)
    here.stamp(card)
    here.sync()
    news = shop.exchanges.news(shop.company_id, there.id, listening(there))
    assert news is not None
    assert {change.table for change in news.changes} >= {"card", "transaction"}
    assert news == there.send(there.request())
    there.take(news)
    assert there.card(card).stamp_count == 1
    assert there.exchange().changes == ()


def test_it_is_sealed_for_the_tills_journal(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    shop.enrolled(here)
    news = shop.exchanges.news(shop.company_id, there.id, listening(there))
    assert news is not None
    assert chain.seal_is_signed(
        shop.keys.signing.public,
        shop.company_id,
        there.id,
        there.journal_id,
        epoch=news.seal.epoch,
        version=news.seal.version,
        acked_seq=there.acked_seq,
        signature=news.seal.signature,
    )


def test_who_must_ask_itself_is_brought_nothing(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    shop.enrolled(here)
    mine = listening(there)
    for terminal, what, why in (
        (uuid4(), mine, "nobody's terminal"),
        (there.id, replace(mine, journal=uuid4()), "another journal"),
    ):
        assert shop.exchanges.news(shop.company_id, terminal, what) is None, why
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(terminals).where(terminals.c.terminal_id == there.id).values(revoked_at=shop.now))
    assert shop.exchanges.news(shop.company_id, there.id, mine) is None, "revoked"


def test_much_is_not_brought(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    _, there = tills
    shop.blanks(NEWS_ROWS_MAX + 1)
    assert shop.exchanges.news(shop.company_id, there.id, listening(there)) is None
    assert len(there.exchange().changes) > NEWS_ROWS_MAX


# On its stream.


def brought(listeners: Listeners, till: PaperTill, version: int) -> Hint:
    """What a till that begins to listen hears of its company's being at this version."""

    async def story() -> Hint:
        listener = listeners.enter(till.company_id, till.id, listening(till))
        return decode(Hint, await listeners.hint(listener, version))

    return asyncio.run(story())


def version_of(till: PaperTill) -> int:
    return till.send(till.request()).seal.version


def test_a_hint_brings_what_came_after_the_one_before(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    listeners = Listeners(shop.exchanges)
    before = there.cursors

    async def story() -> tuple[Hint, Hint]:
        listener = listeners.enter(there.company_id, there.id, listening(there))
        card = shop.enrolled(here)
        first = decode(Hint, await listeners.hint(listener, version_of(here)))
        here.stamp(card)
        here.sync()
        return first, decode(Hint, await listeners.hint(listener, version_of(here)))

    first, second = asyncio.run(story())
    assert first.answer is not None and second.answer is not None
    assert (first.after, second.after) == (before, first.answer.cursors)
    there.take(first.answer)
    there.take(second.answer)
    assert there.exchange().changes == ()


def test_what_a_till_was_answered_is_not_brought_to_it_again(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    here, _ = tills
    listeners = Listeners(shop.exchanges)

    async def story() -> tuple[Hint, Hint]:
        listener = listeners.enter(here.company_id, here.id, listening(here))
        shop.enrolled(here)
        listeners.asks(here.id)
        answer = here.exchange()
        meanwhile = decode(Hint, await listeners.hint(listener, answer.seal.version))
        listeners.answered(here.id, answer)
        return meanwhile, decode(Hint, await listeners.hint(listener, answer.seal.version))

    assert [hint.answer for hint in asyncio.run(story())] == [None, None]


def test_an_exchange_that_came_to_nothing_is_taken_for_no_answer(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    here, there = tills
    listeners = Listeners(shop.exchanges)
    shop.enrolled(there)
    listeners.asks(here.id)
    listeners.answered(here.id, None)
    assert brought(listeners, here, version_of(there)).answer is not None


def test_what_is_known_and_what_is_too_large_are_only_hinted_at(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    _, there = tills
    listeners = Listeners(shop.exchanges)
    known = version_of(there)
    assert brought(listeners, there, known) == Hint(version=known)
    names = [f"{number:040}" for number in range(50)]
    for _ in range(8):
        shop.set_program(a_program(rewards=[Reward(id=name, name=name * 2, cost=100) for name in names]))
    news = shop.exchanges.news(shop.company_id, there.id, listening(there))
    assert news is not None and len(encode(news)) > HINT_BYTES_MAX
    now = version_of(there)
    assert brought(listeners, there, now) == Hint(version=now)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"journal": "mine", "essentials": "1", "bulk": "1"},
        {"journal": str(UUID(int=1)), "essentials": "1"},
        {"journal": str(UUID(int=1)), "essentials": "many", "bulk": "1"},
    ],
)
def test_who_listens_says_so_in_whole_numbers(said: dict[str, str]) -> None:
    with pytest.raises(Garbled):
        listening_in(said)
    assert listening_in({"journal": str(UUID(int=1)), "essentials": "3", "bulk": "4", "new": "x"}) == Listening(
        journal=UUID(int=1), essentials=3, bulk=4
    )
