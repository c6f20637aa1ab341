"""Offline operation, until the company's limits."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from loyalty.settings import Settings
from sync.protocol.sealing import email_hmac, phone_hmac
from terminal.interface.ask import Override
from terminal.interface.asks import AnyAsk, Earn, Find, Pin, Redeem, Scan, Stamp, Status
from terminal.interface.views import RewardView
from tests.support.paper_company import PaperCompany, PaperTill, a_company
from tests.support.replies import card, refused, status, written

ANNA = Override("Anna", "2580")


def rich(till: PaperTill) -> UUID:
    card_id = till.company.issues_card("Zoé", stamp_count=30, points_balance=500)
    till.hears()
    return card_id


def reward(till: PaperTill, card_id: UUID) -> RewardView:
    return card(till.serves(card_id)).rewards[0]


def test_a_reward_is_given_on_what_was_confirmed_today(till: PaperTill) -> None:
    card_id = rich(till)
    till.machine.passes(hours=23)
    till.serves(card_id)
    done = written(till.asks(Redeem("stamps")))
    assert (done.kind, done.stamps) == ("stamp_redeemed", -10)
    assert written(till.asks(Redeem("croissant"))).points == -60


def test_an_old_balance_asks_for_a_manager_and_says_how_old_it_is(till: PaperTill) -> None:
    card_id = rich(till)
    till.machine.passes(hours=25)
    shown = reward(till, card_id).refusal
    assert shown is not None
    no = refused(till.asks(Redeem("stamps")))
    assert (
        (no.reason, no.why, no.hours) == (shown.reason, shown.why, shown.hours) == ("manager_needed", "data_stale", 25)
    )
    assert no.text == "The balance was last confirmed 25 hours ago. A reward needs a manager's PIN."
    done = till.journal.with_id(written(till.asks(Redeem("stamps", ANNA))).id)
    assert done is not None
    assert done.entry.override is not None


def test_out_of_contact_too_long_rewards_stop_for_managers_too_and_collecting_goes_on(till: PaperTill) -> None:
    card_id = rich(till)
    till.machine.passes(days=7)
    till.serves(card_id)
    no = refused(till.asks(Redeem("stamps", ANNA)))
    assert (no.reason, no.days) == ("offline_too_long", 7)
    assert "Collecting goes on" in no.text
    written(till.asks(Stamp()))
    written(till.asks(Earn(500)))
    assert status(till.asks(Status())).rewards_stopped


def test_the_till_warns_before_rewards_stop_and_counts_the_days_left(till: PaperTill) -> None:
    rich(till)
    answers = []
    for _ in range(8):
        seen = status(till.asks(Status()))
        answers.append((seen.readiness.serve_days, seen.warn, seen.rewards_stopped))
        till.machine.passes(days=1)
    assert answers[0] == (7, False, False)
    assert answers[3] == (4, True, False)
    assert answers[7] == (0, True, True)


def test_contact_makes_everything_as_before(till: PaperTill) -> None:
    card_id = rich(till)
    till.machine.passes(days=8)
    till.hears()
    till.serves(card_id)
    written(till.asks(Redeem("stamps")))
    assert not status(till.asks(Status())).warn


def test_a_wrong_wall_clock_does_not_make_a_balance_fresh(till: PaperTill) -> None:
    card_id = rich(till)
    till.machine.passes(hours=25)
    till.machine.wall = till.machine.wall.replace(year=2020)
    till.serves(card_id)
    assert refused(till.asks(Redeem("stamps"))).hours == 25


def test_a_card_without_its_code_collects_and_a_reward_asks_for_a_manager(till: PaperTill) -> None:
    card_id = rich(till)
    till.serves(card_id)
    number = till.company.numbers[card_id]
    assert not card(till.asks(Scan(f"{number[:4]}-{number[4:8]}-{number[8:]}"))).by_code
    written(till.asks(Earn(500)))
    no = refused(till.asks(Redeem("stamps")))
    assert (no.why, no.text) == ("without_code", "Without the card's code, a reward needs a manager's PIN.")
    written(till.asks(Redeem("stamps", ANNA)))


def test_what_is_missing_for_a_reward_is_told_before_a_manager_is_called(till: PaperTill) -> None:
    card_id = till.company.issues_card(stamp_count=7, points_balance=59)
    till.hears()
    till.serves(card_id)
    till.asks(Scan(till.company.numbers[card_id]))
    assert refused(till.asks(Redeem("stamps"))).text == "3 stamps are missing for this reward."
    assert refused(till.asks(Redeem("croissant"))).text == "1 point is missing for this reward."
    assert refused(till.asks(Redeem("sandwich"))).reason == "reward_unknown"


def test_where_rewards_stay_with_the_store_another_stores_card_is_told_so(tmp_path: Path) -> None:
    till = PaperTill(tmp_path, a_company(settings=Settings(cross_store_redemption=False)))
    card_id = till.company.issues_card(stamp_count=10, enrolled_at_store=UUID(int=5))
    till.hears()
    till.serves(card_id)
    assert refused(till.asks(Redeem("stamps", ANNA))).reason == "other_store"
    till.stop()


def test_a_foreign_code_is_named_for_what_it_is(till: PaperTill) -> None:
    till.serves(rich(till))
    sentences = {
        "https://example.org/menu": "This is a web address, not one of our cards.",
        "BCD\n002\n1\nSCT": "This is a payment code, not one of our cards.",
        "WIFI:S:Cafe;;": "This is a Wi-Fi code, not one of our cards.",
        "hello": "This is not one of our cards.",
    }
    assert {text: refused(till.asks(Scan(text))).text for text in sentences} == sentences
    assert refused(till.asks(Scan("1234 5678 9012"))).reason == "unknown_card"


def test_a_card_stays_in_front_when_a_foreign_code_passes_by(till: PaperTill) -> None:
    card_id = rich(till)
    till.serves(card_id)
    till.asks(Scan("https://example.org/menu"))
    assert card(till.asks(Stamp())).id == card_id


def test_a_look_up_is_exact(tmp_path: Path, company: PaperCompany) -> None:
    lookup = company.keys.lookup
    card_id = company.issues_card(
        "Zoé", email=email_hmac(lookup, "zoe@example.lu"), phone=phone_hmac(lookup, "+352 621 123 456", "LU")
    )
    till = PaperTill(tmp_path, company)
    # Without a shift, nobody may learn whose address is known.
    assert refused(till.asks(Find(email="zoe@example.lu"))).reason == "nobody_on_shift"
    assert till.asks(Pin("Lena", "4711")).ok
    assert card(till.asks(Find(email=" ZOE@example.lu "))).id == card_id
    assert card(till.asks(Find(phone="621 123 456"))).id == card_id
    unknown: dict[str, tuple[AnyAsk, str]] = {
        "email": (Find(email="zo@example.lu"), "No card here belongs to this e-mail address. Please check it."),
        "phone": (Find(phone="621 123 457"), "No card here belongs to this phone number. Please check it."),
        "number": (Scan("9999-9999-9999"), "This card is not known here. Please check the number."),
    }
    for by, (ask, sentence) in unknown.items():
        no = refused(till.asks(ask))
        assert (no.reason, no.by, no.text) == ("unknown_card", by, sentence)
    assert refused(till.asks(Find(email="zoe"))).reason == "contact_invalid"
    assert not till.asks(Find()).ok
    assert not till.asks(Find(email="zoe@example.lu", phone="621 123 456")).ok
    till.stop()


@pytest.mark.parametrize("ahead", [timedelta(days=730), timedelta(days=8), timedelta(days=-730), timedelta(hours=26)])
def test_after_a_reboot_without_contact_nobody_loses_a_reward_by_what_the_clock_alone_claims(
    till: PaperTill, ahead: timedelta
) -> None:
    card_id = rich(till)
    till.stop()
    till.machine.reboots(after=ahead)
    till.start(online=False)
    till.serves(card_id)
    assert not status(till.asks(Status())).rewards_stopped
    assert written(till.asks(Redeem("stamps"))).stamps == -10


def test_after_a_reboot_without_contact_time_that_has_run_counts(till: PaperTill) -> None:
    card_id = rich(till)
    till.stop()
    till.machine.reboots(after=timedelta(days=730))
    till.start(online=False)
    till.machine.passes(days=7)
    till.serves(card_id)
    assert refused(till.asks(Redeem("stamps", ANNA))).reason == "offline_too_long"
