"""A till whose staff have names that fold alike, as from a database made before such names were refused."""

from datetime import timedelta
from uuid import UUID

import pytest

from loyalty.texts import folded
from sync.protocol.entries import PinTried, PinUnlocked, till_body
from terminal.interface.ask import Override
from terminal.interface.pin_asks import ChangePin, ResetPin
from terminal.storage.journal import Written
from tests.screens.conftest import Opens
from tests.support.cafe import Cafe, token
from tests.support.paper_company import PaperTill
from tests.support.screen import Screen
from tests.support.walk import confirm, scan, settle, tap, type_keys, until
from ui.screens.staff.name_tiles import StaffTile, StaffTiles
from ui.window.frame import Page

pytestmark = pytest.mark.slow

NAMESAKES = (
    ("Zoé", "cashier", "3690"),
    ("ZOÉ", "manager", "7412"),
    ("Zoe\u0301", "owner", "8520"),
    ("Ｚｏé", "cashier", "1593"),
    ("Zo\u200dé", "cashier", "9517"),
)
PINS = {name: pin for name, _, pin in NAMESAKES}
assert len({folded(name) for name in PINS}) == 1


def hired(till: PaperTill) -> None:
    for name, role, pin in NAMESAKES:
        till.company.hires(name, role, pin)
    till.hears()


def opened(opens: Opens, offline: timedelta | None = None) -> tuple[Screen, dict[str, UUID]]:
    """The till with everybody's name tile, and the ids of the namesakes."""
    screen = opens(Cafe(history=hired, offline=offline))
    until(lambda: screen.window.page is Page.SHIFT)
    settle(screen)
    people = screen.window.screens.shift_page.tiles.people
    return screen, {name: next(person.id for person in people if person.name == name) for name in PINS}


def tap_tile(screen: Screen, tiles: StaffTiles, staff_id: UUID) -> None:
    at = next(index for index, person in enumerate(tiles.people) if person.id == staff_id)
    tap(screen, tiles.findChildren(StaffTile)[at])


def tries(screen: Screen, staff_id: UUID, pin: str) -> None:
    """Taps a person's tile and enters a PIN."""
    page = screen.window.screens.shift_page
    tap_tile(screen, page.tiles, staff_id)
    type_keys(page, pin)
    settle(screen)


def on_shift(screen: Screen) -> UUID | None:
    staff = screen.counter.status.staff
    return None if staff is None else staff.id


def journal(screen: Screen, *kinds: str) -> list[Written]:
    """The newest entries of these kinds, after the window's till has been closed."""
    assert screen.thread.stop()
    with screen.cafe.before() as till:
        return till.journal.of_kinds(list(kinds), limit=20)


def test_each_tile_takes_the_pin_of_its_own_person_only(opens: Opens) -> None:
    screen, ids = opened(opens)
    others = dict(zip(PINS, [*list(PINS)[1:], next(iter(PINS))], strict=True))
    for name, staff_id in ids.items():
        tries(screen, staff_id, PINS[others[name]])
        assert (screen.window.page, on_shift(screen)) == (Page.SHIFT, None)
        tries(screen, staff_id, PINS[name])
        assert (screen.window.page, on_shift(screen)) == (Page.SERVE, staff_id)
        screen.conversation.staff.lock()
        settle(screen)
    tried = [till_body(written.entry) for written in reversed(journal(screen, "pin_tried"))]
    twice = [staff_id for staff_id in ids.values() for _ in ("another's PIN", "their own")]
    assert [one.staff for one in tried if isinstance(one, PinTried)][-len(twice) :] == twice


def test_wrong_pins_lock_one_person_whom_a_namesake_unlocks(opens: Opens) -> None:
    screen, ids = opened(opens)
    tiles = screen.window.screens.shift_page.tiles
    for _ in range(5):
        tries(screen, ids["Zoé"], "0000")
    locked = {person.id for person in tiles.people if person.locked_minutes}
    assert locked & set(ids.values()) == {ids["Zoé"]}
    tap_tile(screen, tiles, ids["Zoé"])
    override = screen.window.screens.override_overlay
    tap_tile(screen, override.tiles, ids["ZOÉ"])
    type_keys(override, PINS["ZOÉ"])
    confirm(override)
    settle(screen)
    assert not override.is_open
    tries(screen, ids["Zoé"], PINS["Zoé"])
    assert on_shift(screen) == ids["Zoé"]
    [unlocked] = journal(screen, "pin_unlocked")
    assert till_body(unlocked.entry) == PinUnlocked(ids["Zoé"])
    assert unlocked.entry.override == ids["ZOÉ"]


@pytest.mark.parametrize("manager", ["ZOÉ", "Zoe\u0301"])
def test_a_namesake_who_agrees_is_journalled_beside_the_cashier(opens: Opens, manager: str) -> None:
    screen, ids = opened(opens, timedelta(hours=26))
    tries(screen, ids["Zoé"], PINS["Zoé"])
    scan(screen, token("ines"))
    tap(screen, screen.window.card_panel.rewards.buttons[2])
    override = screen.window.screens.override_overlay
    tap_tile(screen, override.tiles, ids[manager])
    type_keys(override, PINS[manager])
    confirm(override)
    settle(screen)
    assert not override.is_open
    [redeemed] = journal(screen, "points_redeemed")
    assert (redeemed.entry.staff, redeemed.entry.override) == (ids["Zoé"], ids[manager])


def test_a_new_pin_is_set_for_the_person_of_the_tile(opens: Opens) -> None:
    screen, ids = opened(opens)
    tries(screen, ids["Zoé"], PINS["Zoé"])
    changes, panel = screen.conversation.menu_pages.pin_changes, screen.window.screens.pin_overlay
    changes.open()
    settle(screen)
    tap_tile(screen, panel.tiles, ids["Ｚｏé"])
    assert panel.title == "A manager, please"
    tap_tile(screen, panel.tiles, ids["ZOÉ"])
    for digits in (PINS["ZOÉ"], "9053", "9053"):
        type_keys(panel, digits)
        settle(screen)
    changes.open()
    settle(screen)
    tap_tile(screen, panel.tiles, ids["Zoé"])
    for digits in (PINS["Zoé"], "8064", "8064"):
        type_keys(panel, digits)
        settle(screen)
    assert [ask for ask in screen.counter.asked if isinstance(ask, ChangePin | ResetPin)] == [
        ResetPin(str(ids["Ｚｏé"]), "9053", Override(str(ids["ZOÉ"]), PINS["ZOÉ"])),
        ChangePin(str(ids["Zoé"]), PINS["Zoé"], "8064"),
    ]
    assert [written.entry.staff for written in journal(screen, "pin_set")] == [ids["Zoé"], ids["Ｚｏé"]]
