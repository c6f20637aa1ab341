"""States of the pages of cases for the pictures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.screens.pictures.shot import Shot, Show
from tests.support.cafe import INES, MARIE, NOON, PAUL, token
from tests.support.paper_cases import change_case, open_case
from tests.support.paper_company import PaperTill
from tests.support.screen import Screen
from tests.support.walk import ANNA, come_on_shift, confirm, scan, settle, type_keys


def asks(screen: Screen, card_id: UUID | None = PAUL.id, **fields: Any) -> UUID:
    """The company asks a manager of the shop about something."""
    values = {"terminal": screen.cafe.company.identity.terminal_id, "noon": NOON} | fields
    case_id = open_case(screen.cafe.company, card_id, **values)
    screen.counter.hears()
    return case_id


def says(screen: Screen, case_id: UUID, **fields: Any) -> None:
    """The company says something new of a case."""
    change_case(screen.cafe.company, case_id, **fields)
    screen.counter.hears()
    screen.conversation.till.refresh()
    settle(screen)


def open_list(screen: Screen) -> None:
    screen.conversation.menu_pages.cases.open()
    settle(screen)


def open_first(screen: Screen) -> None:
    """Opens the first case of the list."""
    open_list(screen)
    screen.window.screens.cases_page.lines[0].click()
    settle(screen)


def with_cases(screen: Screen) -> None:
    """Anna is on shift, and the company asks about several things."""
    come_on_shift(screen, ANNA)
    scan(screen, token("paul"))
    type_keys(screen.window, "4250")
    settle(screen)
    type_keys(screen.window, "s")
    settle(screen)
    entry = screen.counter.entries[0].id
    lena, anna = (screen.cafe.company.staff[name] for name in ("Lena Moreau", "Anna Rossi"))
    asks(
        screen, entry=entry, staff=lena, occurred_at=NOON + timedelta(minutes=1), opened_at=NOON + timedelta(minutes=9)
    )
    asks(screen, INES.id, number=309, kind="receipt_repeated", unit="points", amount=42, stake_minor=None, staff=lena)
    asks(screen, None, number=310, kind="pin_changes", unit=None, amount=2, stake_minor=None)
    decided = {"state": "decided", "choice": "keep", "decided_by": anna, "decided_at": NOON - timedelta(minutes=30)}
    asks(screen, MARIE.id, number=297, kind="stamp_conflict", amount=1, stake_minor=35, **decided)
    asks(screen, MARIE.id, number=290, kind="held_too_long", state="settled", settled_by="entry_resolved")


def listed(screen: Screen) -> None:
    with_cases(screen)
    open_list(screen)


def none(screen: Screen) -> None:
    come_on_shift(screen, ANNA)
    open_list(screen)


def one(screen: Screen) -> None:
    with_cases(screen)
    open_first(screen)


def chosen(screen: Screen) -> None:
    one(screen)
    screen.window.screens.case_page.choices[1].click()
    settle(screen)


def sent(screen: Screen) -> None:
    chosen(screen)
    confirm(screen.window.screens.case_page)
    settle(screen)


def decided_elsewhere(screen: Screen) -> None:
    sent(screen)
    case = screen.window.screens.case_page.case
    assert case is not None
    by = screen.cafe.company.staff["Daniel Kim"]
    says(screen, case.id, state="decided", choice="accept", decided_by=by, decided_at=NOON + timedelta(minutes=12))


def not_possible(screen: Screen) -> None:
    sent(screen)

    def refuse(till: PaperTill) -> None:
        (decision,) = till.journal.of_kinds(["case_decided"])
        till.company.judges(decision.entry.id, decision.seq, "rejected", card=PAUL.id, reason="already_voided")

    screen.counter.first(refuse)
    screen.counter.hears()
    screen.conversation.till.refresh()
    settle(screen)


def for_the_office(screen: Screen) -> None:
    with_cases(screen)
    open_list(screen)
    screen.window.screens.cases_page.lines[2].click()
    settle(screen)


def _single(**fields: Any) -> Callable[[Screen], None]:
    """The page of one case that has these fields."""

    def show(screen: Screen) -> None:
        come_on_shift(screen, ANNA)
        asks(screen, **fields)
        open_first(screen)

    return show


def points_to_take(screen: Screen) -> None:
    _single(kind="reward_unknown", unit="points", amount=0, stake_minor=None)(screen)
    page = screen.window.screens.case_page
    page.choices[-1].click()
    type_keys(page.points, "12")
    settle(screen)


def anothers(screen: Screen) -> None:
    """Anna did it herself, so the owner is asked."""
    come_on_shift(screen, ANNA)
    asks(screen, staff=screen.cafe.company.staff["Anna Rossi"])
    open_first(screen)
    page = screen.window.screens.case_page
    page.choices[0].click()
    confirm(page)
    settle(screen)


def in_a_full_menu(screen: Screen) -> None:
    """With a printer and a manager the menu has all the entries that it can have."""
    screen.preferences.choose(printer="network", printer_address="192.168.1.50")
    come_on_shift(screen, ANNA)
    asks(screen)
    screen.conversation.till.refresh()
    settle(screen)
    scan(screen, token("paul"))
    screen.window.top_bar.menu_asked.emit()
    settle(screen)


def serving_on(screen: Screen) -> None:
    """A cashier has a card in front about which a manager is asked."""
    asks(screen)
    come_on_shift(screen)
    scan(screen, token("paul"))


SHOWN: dict[str, Show] = {
    "18-cases": listed,
    "18b-cases-none": none,
    "18c-case": one,
    "18d-case-chosen": chosen,
    "18e-case-sent": sent,
    "18f-case-decided-elsewhere": decided_elsewhere,
    "18g-case-not-possible": not_possible,
    "18h-case-for-the-office": for_the_office,
    "18i-case-points-to-take": points_to_take,
    "18j-case-of-ones-own": anothers,
    "18k-case-belongs-here": _single(
        card_id=INES.id, kind="receipt_repeated", unit="points", amount=42, other_entry=UUID(int=9), other_card=PAUL.id
    ),
    "18m-menu-with-cases": in_a_full_menu,
    "18n-card-with-a-case": serving_on,
    "18l-case-impossible": _single(kind="card_inactive", unit="points", amount=5),
}
CASE_STATES: dict[str, Shot] = {name: Shot(show) for name, show in SHOWN.items()}
