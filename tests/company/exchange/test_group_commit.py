"""Group commit: waiting requests of a company are processed together, at most one for each till."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from server.api.sync.group_commit import AT_ONCE_MAX, ENTRIES_MAX, GroupCommit
from server.exchange.request_group import NOBODY, Deferred, NewsFor, Outcome, TillRequest
from server.problems import DatabaseUnusable
from sync.protocol.chain import HASH_BYTES
from sync.protocol.messages import Clock, Cursors, ExchangeRequest, Page, PageEntry
from tests.company.conftest import NOON
from tests.company.program.test_serve import ANSWERS_WITHIN_S

MINE, THEIRS = uuid4(), uuid4()


def a_visit(entries: int = 0, terminal_id: UUID | None = None) -> TillRequest:
    """A request with this many entries."""
    terminal_id = terminal_id or uuid4()
    row = PageEntry(seq=1, hash=bytes(HASH_BYTES), entry=b"")
    request = ExchangeRequest(
        protocol=1,
        terminal=terminal_id,
        journal=uuid4(),
        last_seq=entries,
        head=bytes(HASH_BYTES),
        signature=bytes(64),
        cursors=Cursors(),
        clock=Clock(wall=NOON, boot=uuid4(), monotonic_ms=0),
        page=Page(prev_hash=bytes(HASH_BYTES), entries=(row,) * entries) if entries else None,
    )
    return TillRequest(terminal_id, request)


@dataclass
class Table:
    """A stand-in for the exchange that records which requests came together, and can be blocked."""

    served: list[tuple[UUID, list[TillRequest]]] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def take(self, company_id: UUID, visits: Sequence[TillRequest], _audience: NewsFor) -> list[Outcome]:
        self.served.append((company_id, list(visits)))
        assert self.free.wait(ANSWERS_WITHIN_S)
        if self.error is not None:
            raise self.error
        return [Deferred(visit, NOON) for visit in visits]

    @property
    def together(self) -> list[list[TillRequest]]:
        return [visits for _, visits in self.served]


@pytest.fixture
def table() -> Table:
    return Table()


def nobody(_company_id: UUID) -> NewsFor:
    return NOBODY


async def busy(table: Table, at_once: int = 1) -> None:
    """Waits until this many companies are being served."""
    async with asyncio.timeout(ANSWERS_WITHIN_S):
        while len(table.served) < at_once:
            await asyncio.sleep(0)


def outcomes(table: Table, *visits: TillRequest) -> list[Outcome]:
    """The outcomes of requests that arrive one after the other."""

    async def story() -> list[Outcome]:
        turns = GroupCommit(table.take, nobody)
        coming = [asyncio.create_task(turns.outcome(MINE, visit)) for visit in visits[:1]]
        await busy(table)
        coming += [asyncio.create_task(turns.outcome(MINE, visit)) for visit in visits[1:]]
        await asyncio.sleep(0)
        table.free.set()
        return await asyncio.wait_for(asyncio.gather(*coming), ANSWERS_WITHIN_S)

    return asyncio.run(story())


def test_who_comes_while_the_company_is_served_waits_for_one_turn_with_all_others(table: Table) -> None:
    first, second, third = a_visit(), a_visit(1), a_visit()
    assert outcomes(table, first, second, third) == [Deferred(visit, NOON) for visit in (first, second, third)]
    assert table.together == [[first], [second, third]]


def test_companies_do_not_wait_for_each_other(table: Table) -> None:
    async def story() -> None:
        turns = GroupCommit(table.take, nobody)
        coming = [asyncio.create_task(turns.outcome(company_id, a_visit())) for company_id in (MINE, THEIRS)]
        await busy(table, 2)
        table.free.set()
        await asyncio.gather(*coming)

    asyncio.run(story())
    assert {company_id for company_id, _ in table.served} == {MINE, THEIRS}


def test_a_till_that_came_twice_has_two_turns_since_what_it_brings_is_new_once(table: Table) -> None:
    first, till = a_visit(), uuid4()
    once, again, other = a_visit(1, till), a_visit(1, till), a_visit()
    outcomes(table, first, once, again, other)
    assert table.together == [[first], [once, other], [again]]


def test_a_turn_takes_so_many_tills_and_no_more(table: Table) -> None:
    outcomes(table, a_visit(), *(a_visit() for _ in range(AT_ONCE_MAX + 1)))
    assert [len(visits) for visits in table.together] == [1, AT_ONCE_MAX, 1]


def test_after_a_full_page_of_entries_the_others_wait_for_the_next_turn(table: Table) -> None:
    outcomes(table, a_visit(), a_visit(ENTRIES_MAX - 1), a_visit(1), a_visit(), a_visit(1))
    assert [len(visits) for visits in table.together] == [1, 2, 2]


def test_a_database_that_does_not_answer_is_everybodys_outcome_and_nobodys_end(table: Table) -> None:
    table.error = DatabaseUnusable()
    assert outcomes(table, a_visit(), a_visit(), a_visit()) == [table.error] * 3


def test_a_till_that_has_gone_takes_nobody_elses_answer_along(table: Table) -> None:
    first, gone, stays = a_visit(), a_visit(), a_visit()

    async def story() -> Outcome:
        turns = GroupCommit(table.take, nobody)
        coming = [asyncio.create_task(turns.outcome(MINE, first))]
        await busy(table)
        coming += [asyncio.create_task(turns.outcome(MINE, visit)) for visit in (gone, stays)]
        await asyncio.sleep(0)
        coming[1].cancel()
        table.free.set()
        return await asyncio.wait_for(coming[2], ANSWERS_WITHIN_S)

    assert asyncio.run(story()) == Deferred(stays, NOON)


def test_a_turn_is_heard_by_who_listens_as_it_begins(table: Table) -> None:
    heard: list[NewsFor] = []
    mine = NewsFor({uuid4(): None}, lambda *_: None)  # type: ignore[dict-item]  # only passed on

    def take(_company_id: UUID, visits: Sequence[TillRequest], audience: NewsFor) -> list[Outcome]:
        heard.append(audience)
        return [Deferred(visit, NOON) for visit in visits]

    def of(company_id: UUID) -> NewsFor:
        return mine if company_id == MINE else NOBODY

    async def story() -> None:
        turns = GroupCommit(take, of)
        await turns.outcome(MINE, a_visit())
        await turns.outcome(THEIRS, a_visit())

    asyncio.run(story())
    assert heard == [mine, NOBODY]
