"""News in hints: equal to the answer of an exchange, for the right till only, and complete."""

import asyncio
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine, event, update

from loyalty.program import Reward
from server.api.sync.listeners import AHEAD_MAX, Listener, Listeners
from server.db.tables import terminals
from server.exchange.exchange import NEWS_ROWS_MAX
from server.exchange.request_group import NewsFor, TillRequest
from sync.protocol import chain
from sync.protocol.messages import (
    HINT_BYTES_MAX,
    ExchangeResponse,
    Garbled,
    Hint,
    Listening,
    decode,
    encode,
    listening_in,
)
from sync.protocol.rows import Table
from tests.support.builders import a_program
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill


def listening(till: PaperTill) -> Listening:
    return Listening(journal=till.journal_id, essentials=till.cursors.essentials, bulk=till.cursors.bulk)


def news_for(shop: PaperShop, till: PaperTill) -> ExchangeResponse | None:
    return shop.exchanges.news(shop.company_id, {till.id: listening(till)}).get(till.id)


@pytest.fixture
def tills(shop: PaperShop) -> tuple[PaperTill, PaperTill]:
    """Two tills of one store that know everything."""
    here, there = shop.till(), shop.till("Till 2")
    for one in (here, there, here):
        one.sync()
    return here, there


def test_it_is_what_an_exchange_would_be_answered(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    card = shop.enrolled(here)
    here.stamp(card)
    here.sync()
    news = news_for(shop, there)
    assert news is not None
    assert {change.table for change in news.changes} >= {"card", "transaction"}
    assert news == there.send(there.request())
    there.take(news)
    assert there.card(card).stamp_count == 1
    assert there.exchange().changes == ()


def test_it_is_sealed_for_the_tills_journal(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    shop.enrolled(here)
    news = news_for(shop, there)
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
        assert shop.exchanges.news(shop.company_id, {terminal: what}) == {}, why
    with shop.units.write(shop.company_id) as conn:
        conn.execute(update(terminals).where(terminals.c.terminal_id == there.id).values(revoked_at=shop.now))
    assert shop.exchanges.news(shop.company_id, {there.id: mine}) == {}, "revoked"


def test_much_is_not_brought(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    _, there = tills
    shop.blanks(NEWS_ROWS_MAX + 1)
    assert news_for(shop, there) is None
    assert len(there.exchange().changes) > NEWS_ROWS_MAX


# On the till's stream.


def brought(listeners: Listeners, till: PaperTill, version: int) -> Hint:
    """The hint that a newly listening till receives for this version."""
    listener = listeners.enter(till.company_id, till.id, listening(till))
    return asyncio.run(heard(listeners, listener, version))


async def heard(listeners: Listeners, listener: Listener, version: int) -> Hint:
    said = await listeners.hint(listener, version)
    assert said is not None, "it hears nothing"
    return decode(Hint, said)


def version_of(till: PaperTill) -> int:
    return till.send(till.request()).seal.version


def test_a_hint_brings_what_came_after_the_one_before(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    listeners = Listeners(shop.exchanges)
    before = there.cursors

    async def story() -> tuple[Hint, Hint]:
        listener = listeners.enter(there.company_id, there.id, listening(there))
        card = shop.enrolled(here)
        first = await heard(listeners, listener, version_of(here))
        here.stamp(card)
        here.sync()
        return first, await heard(listeners, listener, version_of(here))

    first, second = asyncio.run(story())
    assert first.answer is not None and second.answer is not None
    assert (first.after, second.after) == (before, first.answer.cursors)
    there.take(first.answer)
    there.take(second.answer)
    assert there.exchange().changes == ()


def test_what_is_new_in_one_stream_only_is_brought(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    card = shop.enrolled(here)
    version = version_of(here)
    listeners = Listeners(shop.exchanges)
    listener = listeners.enter(there.company_id, there.id, replace(listening(there), essentials=version))
    answer = asyncio.run(heard(listeners, listener, version)).answer
    assert answer is not None and (Table.CARD, card) in {(change.table, change.id) for change in answer.changes}


def test_what_a_till_was_answered_is_not_brought_to_it_again(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    here, there = tills
    listeners = Listeners(shop.exchanges)
    listener = listeners.enter(here.company_id, here.id, listening(here))

    async def story() -> tuple[bytes | None, Hint]:
        await listeners.hint(listener, 0)  # a stream starts with a hint
        listeners.asks(here.id)
        meanwhile = asyncio.create_task(listeners.hint(listener, version_of(there)))
        await asyncio.sleep(0)
        assert not meanwhile.done(), "what it is answered may tell it the same"
        answer = here.exchange()
        shop.enrolled(there)
        listeners.answered(here.company_id, here.id, answer)
        for _ in range(5):
            await asyncio.sleep(0)
        assert meanwhile.done(), "it waits for nothing but the answer"
        return await meanwhile, await heard(listeners, listener, version_of(there))

    shop.enrolled(there)
    hinted, later = asyncio.run(story())
    assert hinted is None
    assert (later.after, later.answer is None) == (here.cursors, False), "what its answer did not know is brought"


def test_a_stream_begins_with_a_hint_be_it_news_or_not(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    there.sync()
    here.sync()
    assert brought(Listeners(shop.exchanges), here, version_of(there)) == Hint(version=version_of(there))


def test_an_exchange_that_came_to_nothing_is_taken_for_no_answer(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    here, there = tills
    listeners = Listeners(shop.exchanges)
    shop.enrolled(there)

    async def story() -> None:
        listeners.asks(here.id)
        listeners.answered(here.company_id, here.id, None)

    asyncio.run(story())
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
    news = news_for(shop, there)
    assert news is not None and len(encode(news)) > HINT_BYTES_MAX
    now = version_of(there)
    assert brought(listeners, there, now) == Hint(version=now)


def test_all_of_a_company_whom_one_commit_wakes_cost_one_reading(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill], engine: Engine
) -> None:
    here, there = tills
    more = shop.till("Till 3")
    more.sync()
    there.sync()
    stranger = replace(listening(here), journal=uuid4())
    card = shop.enrolled(here)
    version = version_of(here)
    listeners = Listeners(shop.exchanges)
    waiting = [listeners.enter(shop.company_id, till.id, listening(till)) for till in (there, more)]
    waiting.append(listeners.enter(shop.company_id, here.id, stranger))
    begun: list[object] = []
    event.listen(engine, "begin", begun.append)

    async def story() -> list[Hint]:
        return await asyncio.gather(*(heard(listeners, listener, version) for listener in waiting))

    first, second, third = asyncio.run(story())
    assert len(begun) == 1
    for till, hint in ((there, first), (more, second)):
        assert hint.answer is not None
        till.take(hint.answer)
        assert till.card(card).created_at is not None
        assert till.exchange().changes == ()
    assert third == Hint(version=version)


def test_a_till_that_listens_anew_listens_on_when_its_old_stream_ends(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    _, there = tills
    listeners = Listeners(shop.exchanges)
    old, new = (listeners.enter(there.company_id, there.id, listening(there)) for _ in range(2))
    listeners.leave(old)
    assert listeners.audience(there.company_id).listening.keys() == {there.id}
    listeners.leave(new)
    assert listeners.audience(there.company_id).listening == {}
    assert vars(listeners)["_listeners"] == {}, "and nothing of it is left"


def test_a_stream_that_ends_takes_nobody_elses_news_along(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, there = tills
    shop.enrolled(here)
    version = version_of(here)
    listeners = Listeners(shop.exchanges)
    leaving = listeners.enter(shop.company_id, here.id, replace(listening(here), bulk=0))
    staying = listeners.enter(shop.company_id, there.id, listening(there))

    async def story() -> Hint:
        gone = asyncio.create_task(listeners.hint(leaving, version))
        stays = asyncio.create_task(heard(listeners, staying, version))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(story()).answer is not None


# Made by the committing thread.


def serve(shop: PaperShop, till: PaperTill, audience: NewsFor) -> None:
    """The till's exchange while others listen."""
    (answer,) = shop.exchanges.take(till.company_id, [TillRequest(till.id, till.request(till.page()))], audience)
    assert isinstance(answer, ExchangeResponse)
    till.take(answer)


def test_who_listens_is_told_before_the_commit_is_hinted_at_and_without_another_reading(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill], engine: Engine
) -> None:
    here, there = tills
    card = shop.enrolled(here)
    there.sync()
    listeners = Listeners(shop.exchanges)
    listener = listeners.enter(there.company_id, there.id, listening(there))
    ready_when_hinted: list[bool] = []
    shop.units.on_commit = lambda _company, _version: ready_when_hinted.append(listener.ready is not None)
    begun: list[object] = []
    event.listen(engine, "begin", begun.append)
    here.stamp(card)
    serve(shop, here, listeners.audience(there.company_id))
    said = asyncio.run(heard(listeners, listener, here.cursors.bulk))
    assert (ready_when_hinted, len(begun)) == ([True], 1)
    assert (said.version, said.after) == (version_of(there), there.cursors)
    assert said.answer == there.send(there.request())
    there.take(said.answer)
    assert there.card(card).stamp_count == 1
    assert there.exchange().changes == ()


def test_news_made_for_a_till_that_was_answered_meanwhile_is_not_brought(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    here, there = tills
    card = shop.enrolled(here)
    listeners = Listeners(shop.exchanges)
    listener = listeners.enter(there.company_id, there.id, listening(there))
    here.stamp(card)
    serve(shop, here, listeners.audience(there.company_id))
    answer = there.exchange()
    shop.enrolled(here)

    async def story() -> Hint:
        listeners.asks(there.id)
        listeners.answered(there.company_id, there.id, answer)
        return await heard(listeners, listener, version_of(there))

    said = asyncio.run(story())
    assert said.answer is not None and said.after == there.cursors
    there.take(said.answer)
    assert there.exchange().changes == ()


def test_an_audience_is_of_one_company_and_of_those_who_do_not_ask(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    here, there = tills
    listeners = Listeners(shop.exchanges)
    for till in (here, there):
        listeners.enter(till.company_id, till.id, listening(till))
    listeners.enter(uuid4(), uuid4(), listening(here))
    asyncio.run(asks(listeners, here))
    audience = listeners.audience(shop.company_id)
    assert audience.listening == {there.id: listening(there)}


async def asks(listeners: Listeners, till: PaperTill) -> None:
    listeners.asks(till.id)


def test_who_visits_hears_by_its_answer_also_where_it_listens(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    """Its news would be behind what its own exchange has just booked."""
    here, _ = tills
    card = shop.enrolled(here)
    notified: list[UUID] = []
    here.stamp(card)
    serve(shop, here, NewsFor({here.id: listening(here)}, lambda terminal_id, _: notified.append(terminal_id)))
    assert notified == []


def test_a_long_audience_holds_nobody_up(shop: PaperShop, tills: tuple[PaperTill, PaperTill]) -> None:
    here, _ = tills
    listeners = Listeners(shop.exchanges)
    for _ in range(AHEAD_MAX + 1):
        listeners.enter(shop.company_id, uuid4(), listening(here))
    assert len(listeners.audience(shop.company_id).listening) == AHEAD_MAX


def test_who_brought_something_is_answered_even_if_an_audience_cannot_be_told(
    shop: PaperShop, tills: tuple[PaperTill, PaperTill]
) -> None:
    here, there = tills
    card = shop.enrolled(here)

    def fails(_terminal_id: UUID, _news: ExchangeResponse) -> None:
        raise ZeroDivisionError

    here.stamp(card)
    serve(shop, here, NewsFor({there.id: listening(there)}, fails))
    assert here.acked_seq == len(here.journal)
    assert shop.card(card).stamp_count == 1


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
