"""What happens to a card, a company or the server happens to the passes, too."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from server.cards.booking_asks import Deactivate, Reactivate, Replace
from server.companies import looks
from server.companies.looks import Choice, StampPicture
from server.db.tables import platform
from server.ledger.judging import program_changes
from server.wallet import directory, state
from server.wallet.pass_content import PassState
from server.wallet.state import Condition, Pass
from tests.support import erasures
from tests.support.databases import ON_SQLITE
from tests.support.merges import merged
from tests.support.paper_shop import PaperShop, a_coffee_program
from tests.support.wallets.pass_shop import PassShop, a_told_pass


def deactivate(passes: PassShop, one: Pass) -> None:
    passes.book(one.card_id, Deactivate("lost"))


def reactivate(passes: PassShop, one: Pass) -> None:
    passes.book(one.card_id, Deactivate("lost"))
    passes.passes(seconds=2)
    passes.book(one.card_id, Reactivate("found"))


def replaced(passes: PassShop, one: Pass) -> None:
    (blank,) = passes.shop.blanks()
    passes.book(one.card_id, Replace(blank.token, "lost"))


def merge(passes: PassShop, one: Pass) -> None:
    merged(passes.shop, passes.customer(), one.card_id)


def erase(passes: PassShop, one: Pass) -> None:
    erasures.erase(passes.shop, one.card_id)


EVENTS: list[tuple[Callable[[PassShop, Pass], None], PassState, Condition, str]] = [
    (deactivate, PassState.OFF, Condition.CURRENT, "switched off"),
    (reactivate, PassState.ON, Condition.CURRENT, ""),
    (replaced, PassState.VOID, Condition.VOID, "was replaced"),
    (merge, PassState.VOID, Condition.VOID, "put together"),
    (erase, PassState.VOID, Condition.VOID, "no longer valid"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("happens", "becomes", "stands", "says"), EVENTS, ids=lambda one: getattr(one, "__name__", ""))
def test_what_happens_to_a_card_happens_to_its_pass(
    passes: PassShop,
    happens: Callable[[PassShop, Pass], None],
    becomes: PassState,
    stands: Condition,
    says: str,
) -> None:
    one = a_told_pass(passes)
    before = passes.maker.latest
    happens(passes, one)
    passes.passes(seconds=2)
    told = passes.maker.latest
    assert (told.state, passes.row(one).condition) == (becomes, stands)
    assert says in told.notice and bool(told.notice) == (becomes is not PassState.ON)
    assert bool(told.token) == (becomes is PassState.ON)
    if becomes is PassState.VOID:
        secrets = (before.token, before.number, before.first_name, before.history[0].value)
        assert all(secrets) and not any(secret in str(told) for secret in secrets)


@ON_SQLITE
@pytest.mark.slow
def test_a_replaced_card_has_a_new_pass_and_the_old_one_never_gets_the_new_code(passes: PassShop) -> None:
    one = a_told_pass(passes)
    replaced(passes, one)
    passes.passes(seconds=2)
    new = passes.offered(one.card_id)
    assert new.id != one.id
    assert passes.content(new).token and passes.content(new).stamps == 3
    assert passes.content(one).token == ""
    assert passes.offered(one.card_id) == passes.row(new), "asked again it is the same"


@pytest.mark.slow
def test_the_pass_of_an_erased_card_is_deleted_after_a_week(passes: PassShop) -> None:
    one = a_told_pass(passes)
    erase(passes, one)
    passes.passes(seconds=2)
    passes.passes(days=6)
    assert passes.row(one).condition is Condition.VOID
    passes.passes(days=1)
    with passes.shop.units.read() as conn:
        assert state.by_id(conn, one.company_id, one.id) is None
        assert directory.companies_of(conn, directory.of_serial(one.id)) == []


# What all passes of a company show.


@pytest.mark.slow
def test_a_new_look_is_told_to_all(passes: PassShop, shop: PaperShop) -> None:
    many = [passes.offered(passes.customer()) for _ in range(3)]
    with shop.units.write(shop.company_id) as conn:
        choice = Choice("Bean Heaven", "#7A1F1F", StampPicture.CAKE, {})
        looks.change(conn, shop.company_id, choice, version=0, now=shop.now)
    passes.passes(seconds=2)
    assert {pass_id for pass_id, _ in passes.maker.told} == {one.id for one in many}
    assert {(content.company, content.stamp) for _, content in passes.maker.told} == {("Bean Heaven", "cake-slice")}


@ON_SQLITE
@pytest.mark.slow
def test_a_program_that_begins_later_is_told_when_it_begins(passes: PassShop, shop: PaperShop) -> None:
    one = a_told_pass(passes)
    with shop.units.write(shop.company_id) as conn:
        begins = shop.now + timedelta(days=1)
        program_changes.publish(
            conn, shop.company_id, a_coffee_program(stamps_target=12), shop.keys, shop.now, begins, gives_missing=False
        )
    passes.passes(seconds=2)
    assert len(passes.maker.told) == 1
    passes.passes(days=1)
    assert (passes.maker.latest.target, passes.row(one).condition) == (12, Condition.CURRENT)


@pytest.mark.slow
def test_after_a_restoration_every_pass_is_told_under_a_tag_above_all_before(passes: PassShop, shop: PaperShop) -> None:
    one = a_told_pass(passes)
    before = passes.row(one).tag
    with shop.units.platform_write() as conn:
        conn.execute(update(platform).values(epoch=platform.c.epoch + 1, wallet_tag=0))
    passes.passes(hours=1)
    assert len(passes.maker.told) == 2
    assert passes.row(one).tag > before


@ON_SQLITE
@pytest.mark.slow
def test_tags_and_times_of_changes_only_grow(passes: PassShop) -> None:
    one = a_told_pass(passes)
    seen = [passes.row(one)]
    for _ in range(3):
        passes.stamp(one.card_id)
        passes.passes(seconds=0)
        passes.passes(seconds=1)
        seen.append(passes.row(one))
    assert [row.tag for row in seen] == sorted({row.tag for row in seen})
    times = [row.changed_at for row in seen if row.changed_at is not None]
    assert len(times) == 4 and times == sorted(set(times)) and all(at.microsecond == 0 for at in times)
