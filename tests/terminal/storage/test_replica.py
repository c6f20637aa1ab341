"""A replica takes a response whole or not at all, and nobody waits without an end for one that makes way."""

from collections.abc import Callable
from threading import Thread
from uuid import UUID

import pytest
from msgspec import Raw, json, structs

from sync.protocol.digests import card_bucket
from sync.protocol.messages import BucketRows
from sync.protocol.rows import CardRow, Table, decode_row
from sync.protocol.sealing import token_hash
from terminal.problems import ReplicaAway, ReplicaUnwritable
from terminal.storage import replica
from tests.support.paper_company import PaperTill

ENDS_WITHIN_S = 20.0


def ended(wait: Callable[[], object]) -> list[BaseException]:
    """What *wait* raised."""
    met: list[BaseException] = []

    def run() -> None:
        try:
            wait()
        except BaseException as error:
            met.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(ENDS_WITHIN_S)
    assert not thread.is_alive()
    return met


def test_neither_a_look_nor_letting_go_waits_without_an_end(till: PaperTill, monkeypatch: pytest.MonkeyPatch) -> None:
    def look() -> int:
        with till.replica.snapshot() as snapshot:
            return snapshot.blanks()

    with till.replica.snapshot(), monkeypatch.context() as short:
        short.setattr(replica, "AWAY_S_MAX", 0.01)
        assert list(map(type, ended(till.replica.let_go))) == [ReplicaAway]
    till.replica.let_go()
    with monkeypatch.context() as short:
        short.setattr(replica, "AWAY_S_MAX", 0.01)
        assert list(map(type, ended(look))) == [ReplicaAway]
    waiting = Thread(target=till.replica.come_back)
    waiting.start()
    assert ended(look) == [], "it may be looked at again"
    waiting.join(ENDS_WITHIN_S)


def test_a_response_that_fails_half_way_leaves_nothing(till: PaperTill, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    def blanks() -> int:
        with till.replica.snapshot() as snapshot:
            return snapshot.blanks()

    before = till.replica.marks()
    till.company.issues_card(blank=True)
    with monkeypatch.context() as failing, pytest.raises(ReplicaUnwritable):
        failing.setattr(replica, "maintained", fail)
        till.hears()
    assert (till.replica.marks(), blanks()) == (before, 0)
    till.company.repeats()
    till.hears()
    assert blanks() == 1


def test_a_bucket_that_is_fetched_again_is_what_the_server_says_whatever_was_here(till: PaperTill) -> None:
    company = till.company
    gone, changed = company.issues_card(), company.issues_card(stamp_count=9)
    while bucket_of(till, gone) == bucket_of(till, changed):
        gone = company.issues_card()
    till.hears()
    older = company.rows[Table.CARD, changed]
    row = decode_row(CardRow, bytes(older.row))
    sent = structs.replace(older, version=1, row=Raw(json.encode(structs.replace(row, stamp_count=4))))
    buckets = tuple(
        BucketRows(table=Table.CARD, name=bucket_of(till, card), rows=rows)
        for card, rows in ((gone, ()), (changed, (sent,)))
    )
    till.replica.apply(structs.replace(company.response(server_time=till.machine.wall), buckets=buckets))
    with till.replica.snapshot() as snapshot:
        kept = snapshot.card(changed)
        assert snapshot.card(gone) is None
        assert kept is not None and (kept.version, kept.row.stamp_count) == (1, 4)


def bucket_of(till: PaperTill, card: UUID) -> str:
    return card_bucket(token_hash(till.company.tokens[card]))
