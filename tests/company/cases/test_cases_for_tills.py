"""Cases as tills are sent them: those of their own store, with each change, and only to tills that know them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from loyalty.cases import Choice
from loyalty.transactions import CaseDecided
from server.db.tables import stores
from server.db.work_tables import cases
from server.ledger.feed import row_bytes
from sync.protocol.digests import day_bucket, row_hash
from sync.protocol.messages import Bucket, Listening
from sync.protocol.rows import CaseRow, Table, decode_row
from tests.support.case_scenes import PROGRAM, SCENES, Scene, decided, typed_for
from tests.support.databases import ON_SQLITE
from tests.support.paper_shop import PaperShop
from tests.support.paper_till import PaperTill

pytestmark = pytest.mark.slow


def a_scene(shop: PaperShop, name: str) -> Scene:
    shop.set_program(PROGRAM)
    return SCENES[name](shop)


def beside(scene: Scene, name: str = "Till 9", **options: Any) -> PaperTill:
    """Another till of the case's store."""
    (store,) = scene.shop.rows(stores, store_id=scene.case.store_id)
    return scene.shop.till(name, store.name, **options)


def known(till: PaperTill) -> dict[UUID, CaseRow]:
    return {key[1]: decode_row(CaseRow, row) for key, row in till.rows.items() if key[0] == Table.CASE}


def in_the_books(till: PaperTill, shop: PaperShop) -> dict[UUID, CaseRow]:
    return {row.case_id: row_bytes.case(row) for row in shop.rows(cases, store_id=till.store_id)}


def sums_of(till: PaperTill) -> dict[str, int]:
    found: dict[str, int] = {}
    for (table, row_id), row in till.rows.items():
        if table == Table.CASE:
            day = day_bucket(decode_row(CaseRow, row).changed_at)
            found[day] = found.get(day, 0) + row_hash(table, row_id.bytes, till.versions[table, row_id], row)
    return found


def assert_equal(till: PaperTill, shop: PaperShop) -> None:
    """The till has what the books have, and both find the same sums."""
    till.sync()
    assert known(till) == in_the_books(till, shop)
    digest = till.exchange(digest=True).digest
    assert digest is not None and digest.sums[Table.CASE] == sums_of(till)


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("balance_too_small", [Choice.CHARGE_BACK]),
        ("held_too_long", [Choice.WAIT, Choice.THIS_CARD]),
        ("second_enrolment", [Choice.NEW_CARD]),
        ("salvaged", [Choice.BOOK]),
        ("pin_changes", [Choice.FINE]),
        ("unusual", [Choice.REVERSE]),
    ],
)
def test_a_till_has_the_cases_of_its_store_with_each_change(
    shop: PaperShop, name: str, choices: Sequence[Choice]
) -> None:
    scene = a_scene(shop, name)
    reader = beside(scene)
    assert_equal(reader, shop)
    assert [row.state for row in known(reader).values()] == ["open"]
    for choice in choices:
        shop.passes(days=1)  # so that it changes its bucket
        decided(scene, choice, **typed_for(scene, choice))
        assert_equal(reader, shop)
    last = known(reader)[scene.case.case_id]
    assert (last.state, last.choice, last.decided_by) == ("decided", choices[-1], shop.manager)


@ON_SQLITE
def test_a_case_that_waits_is_asked_about_again_and_settles_at_tills_too(shop: PaperShop) -> None:
    scene = a_scene(shop, "held_too_long")
    reader = beside(scene)
    decided(scene, Choice.WAIT)
    assert_equal(reader, shop)
    assert [row.state for row in known(reader).values()] == ["waiting"]
    shop.passes(days=31)
    assert scene.till is not None
    scene.till.sync()
    assert_equal(reader, shop)
    assert [row.state for row in known(reader).values()] == ["open"]


@ON_SQLITE
def test_other_stores_and_older_tills_are_sent_none(shop: PaperShop) -> None:
    scene = a_scene(shop, "balance_too_small")
    elsewhere = shop.till("Till 8", "Gare")
    assert elsewhere.knows(Table.CASE) == 0
    assert_equal(elsewhere, shop)
    older = beside(scene, synced=False)
    while older.exchange(can=()).more:
        pass
    assert older.knows(Table.CASE) == 0
    assert older.knows(Table.CARD) > 0
    digest = older.exchange(can=(), digest=True).digest
    assert digest is not None and Table.CASE not in digest.sums


@ON_SQLITE
def test_what_changed_last_sixty_days_ago_is_sent_no_more(shop: PaperShop) -> None:
    scene = a_scene(shop, "balance_too_small")
    shop.passes(days=61)
    late = beside(scene)
    assert late.knows(Table.CASE) == 0
    digest = late.exchange(digest=True).digest
    assert digest is not None and digest.sums[Table.CASE] == {}
    decided(scene, Choice.ACCEPT)
    assert_equal(late, shop)
    assert late.knows(Table.CASE) == 1, "it was decided today"


@ON_SQLITE
def test_a_decision_of_a_till_is_news_to_the_others(shop: PaperShop) -> None:
    scene = a_scene(shop, "balance_too_small")
    reader, case_id = beside(scene), scene.case.case_id
    assert scene.till is not None and scene.card is not None
    scene.till.sync()
    scene.till.write(CaseDecided(case=case_id, choice="accept"), scene.card)
    scene.till.exchange()
    read = reader.cursors
    for can, expected in (("", 0), ("case", 1)):
        listening = Listening(journal=reader.journal_id, essentials=read.essentials, bulk=read.bulk, can=can)
        news = shop.exchanges.news(shop.company_id, {reader.id: listening})[reader.id]
        assert [change.id for change in news.changes if change.table == Table.CASE] == [case_id] * expected
    reader.take(news)
    assert_equal(reader, shop)


@ON_SQLITE
def test_a_till_that_has_none_yet_asks_for_all_at_once(shop: PaperShop) -> None:
    scene = a_scene(shop, "balance_too_small")
    (found,) = beside(scene).exchange(fetch=(Bucket(Table.CASE, ""),)).buckets
    assert [change.id for change in found.rows] == [scene.case.case_id]
