"""The pages of cases: who finds them, how one is decided by finger and by keyboard, and what becomes of it."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from terminal.interface.case_asks import Case, Cases, DecideCase
from tests.screens.conftest import Opens
from tests.screens.pictures.case_shots import anothers, asks, open_first, open_list, points_to_take, says
from tests.support.cafe import INES, NOON, PAUL, token
from tests.support.screen import Screen
from tests.support.walk import ANNA, allow, come_on_shift, confirm, scan, settle, tap, type_keys
from ui.screens.history.case_page import CasePage

DANIEL = ("Daniel Kim", "9052")


def entries_of_menu(screen: Screen) -> dict[str, str]:
    """The titles of the menu's entries with their second lines."""
    screen.window.top_bar.menu_asked.emit()
    found = {each.text(): each.second for each in screen.window.screens.menu_overlay.buttons}
    screen.window.screens.menu_overlay.close_overlay()
    return found


def page(screen: Screen) -> CasePage:
    found = screen.window.more_page
    assert isinstance(found, CasePage)
    return found


def decisions(screen: Screen) -> list[DecideCase]:
    return [ask for ask in screen.counter.asked if isinstance(ask, DecideCase)]


def test_only_a_manager_finds_cases_and_how_many_there_are(opens: Opens) -> None:
    screen = opens()
    asks(screen)
    come_on_shift(screen)
    assert "Cases" not in entries_of_menu(screen)
    screen.conversation.staff.lock()
    come_on_shift(screen, ANNA)
    assert entries_of_menu(screen)["Cases"] == "1 to decide"
    screen.window.top_bar.menu_asked.emit()
    menu = screen.window.screens.menu_overlay
    [cap] = [each.cap for each in menu.buttons if each.text() == "Cases"]
    type_keys(menu, cap)
    settle(screen)
    assert [line.text() for line in screen.window.screens.cases_page.lines] == ["Balance too small: Paul Dumont"]


def test_a_cashier_is_told_and_serves_on(opens: Opens) -> None:
    screen = opens()
    asks(screen)
    come_on_shift(screen)
    scan(screen, token("paul"))
    notice = screen.window.scan_panel.notice
    assert notice is not None
    assert (notice.title, notice.text) == ("Serve on", "A manager is looking at something on this card.")


def test_a_case_is_read_and_decided_by_finger(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    asks(screen)
    open_list(screen)
    cases_page = screen.window.screens.cases_page
    assert cases_page.lines[0].second.startswith("9 stamps, 3.15 €")
    tap(screen, cases_page.lines[0])
    here = page(screen)
    assert here.title == "Balance too small: Paul Dumont"
    assert "A reward was given that the balance no longer covered." in here.texts
    assert [button.text() for button in here.choices] == [
        "Accept",
        "Charge back to the card (\u22129 stamps)",
        "Take it back",
    ]
    tap(screen, here.decide)
    assert here.texts[-1] == "Choose first" and not decisions(screen)
    tap(screen, here.choices[1])
    assert here.decide.text() == "Decide: Charge back to the card"
    tap(screen, here.decide)
    [decided] = decisions(screen)
    assert (decided.choice, decided.override) == ("charge_back", None)
    assert "Decided here: Charge back to the card. It waits for the company." in here.texts
    assert here.choices == ()
    QTest.keyClick(here, Qt.Key.Key_Escape)
    settle(screen)
    assert screen.window.more_page is cases_page
    assert cases_page.lines[0].second.startswith("Decided here:")
    assert entries_of_menu(screen)["Cases"] == "Nothing to decide"


def test_a_case_is_read_and_decided_by_keyboard(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    asks(screen)
    asks(screen, INES.id, number=309)
    open_list(screen)
    cases_page = screen.window.screens.cases_page
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(cases_page, key)
    settle(screen)
    here = page(screen)
    assert here.title.endswith("Ines Vieira")
    type_keys(here, "1")
    QTest.keyClick(here, Qt.Key.Key_Return)
    settle(screen)
    assert not decisions(screen), "a scanner ends its code so"
    confirm(here)
    settle(screen)
    assert [ask.choice for ask in decisions(screen)] == ["accept"]


def test_a_choice_that_is_impossible_says_why_and_is_not_sent(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    asks(screen, kind="card_inactive", unit="points", amount=5)
    open_first(screen)
    here = page(screen)
    switch_on = next(button for button in here.choices if button.text() == "Switch the card on")
    tap(screen, switch_on)
    assert here.texts[-1] == switch_on.why
    confirm(here)
    settle(screen)
    assert not decisions(screen)


def test_points_are_typed_before_they_are_taken(opens: Opens) -> None:
    screen = opens()
    points_to_take(screen)
    here = page(screen)
    here.points.clear()
    confirm(here)
    assert here.texts[-1] == "How many points" and not decisions(screen)
    type_keys(here.points, "12")
    confirm(here)
    settle(screen)
    assert [(ask.choice, ask.amount) for ask in decisions(screen)] == [("take_points", 12)]


def test_what_one_did_oneself_another_manager_decides_by_their_pin(opens: Opens) -> None:
    screen = opens()
    anothers(screen)
    overlay = screen.window.screens.override_overlay
    assert overlay.is_open
    allow(screen, DANIEL)
    settle(screen)
    assert not overlay.is_open
    assert any(text.startswith("Decided here: Accept.") for text in page(screen).texts)
    assert screen.counter.staff == "Anna Rossi", "who is on shift stays so"


def test_what_the_company_says_later_is_shown_while_the_page_is_open(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    case_id = asks(screen)
    open_first(screen)
    page(screen).choices[0].click()
    confirm(page(screen))
    settle(screen)
    by = screen.cafe.company.staff["Daniel Kim"]
    says(screen, case_id, state="decided", choice="charge_back", decided_by=by, decided_at=NOON)
    assert any(
        text == "Decided at 14:02 by Daniel: Charge back to the card. "
        "The decision of this till, Accept, came later and changes nothing."
        for text in page(screen).texts
    )


def test_what_was_chosen_stays_chosen_while_the_till_exchanges(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    case_id = asks(screen)
    open_first(screen)
    page(screen).choices[2].click()
    says(screen, case_id, stake_minor=300)
    assert page(screen).decide.text() == "Decide: Take it back"
    assert "9 stamps, 3.00 €" in page(screen).texts


def test_an_empty_list_says_so_and_a_long_one_turns_its_pages(opens: Opens) -> None:
    screen = opens()
    come_on_shift(screen, ANNA)
    open_list(screen)
    cases_page = screen.window.screens.cases_page
    assert cases_page.message.startswith("There is nothing to decide")
    for number in range(30):
        asks(screen, PAUL.id, number=number + 1)
    open_list(screen)
    shown = len(cases_page.lines)
    QTest.keyClick(cases_page, Qt.Key.Key_PageDown)
    settle(screen)
    assert [ask.skip for ask in screen.counter.asked if isinstance(ask, Cases)][-1] == shown
    QTest.keyClick(cases_page, Qt.Key.Key_PageUp)
    settle(screen)
    assert cases_page.newer.why is not None
    assert not [ask for ask in screen.counter.asked if isinstance(ask, Case)]
