"""Numbers, amounts and times as each language writes them."""

from datetime import UTC, datetime, timedelta

import pytest

from server.pages.formats import Formats
from server.translations import Translator

NOW = datetime(2026, 11, 30, 13, 2, tzinfo=UTC)  # 14:02 in Luxembourg


def formats(language: str = "en", currency: str = "EUR") -> Formats:
    return Formats(Translator(language), NOW, "Europe/Luxembourg", currency)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "number", "money"),
    [("en", "1,240", "1,186.40 €"), ("de", "1.240", "1.186,40 €"), ("fr", "1 240", "1 186,40 €")],
)
def test_numbers_and_amounts_are_grouped_as_the_language_does(language: str, number: str, money: str) -> None:
    written = formats(language)
    said = [one.replace("\u202f", " ").replace("\xa0", " ") for one in (written.number(1240), written.money(118640))]
    assert said == [number, money]


def test_changes_have_a_sign_of_their_own_width() -> None:
    assert [formats().signed(value) for value in (3, 0, -10)] == ["+3", "0", "\u221210"]


def test_large_sums_are_whole_and_small_ones_are_not() -> None:
    said = [formats().figure(amount).replace("\xa0", " ") for amount in (1050, 99_999, 2_418_049)]
    assert said == ["10.50 €", "999.99 €", "24,180 €"]
    assert formats(currency="JPY").figure(24_180).replace("\xa0", " ") == "24,180 ¥"


def test_a_share_is_a_whole_percentage() -> None:
    assert formats().percent(0.671).replace("\xa0", " ") == "67 %"


@pytest.mark.parametrize(
    ("ago", "said", "full"),
    [
        (timedelta(minutes=4), "13:58", "today, 13:58"),
        (timedelta(hours=15), "Yesterday", "yesterday, 23:02"),
        (timedelta(days=11), "19 Nov", "19 Nov, 14:02"),
        (timedelta(days=567), "12 May 2025", "12 May 2025, 15:02"),
    ],
)
def test_times_are_days_and_hours_of_the_companys_zone(ago: timedelta, said: str, full: str) -> None:
    assert f">{said}</time>" in formats().moment(NOW - ago)
    assert f">{full}</time>" in formats().full(NOW - ago)


def test_a_time_carries_the_whole_moment_and_its_zone() -> None:
    shown = formats().moment(NOW)
    assert 'datetime="2026-11-30T14:02:00+01:00"' in shown
    assert 'title="Monday, 30 November 2026, 14:02:00 (Europe/Luxembourg)"' in shown


def test_a_time_of_no_company_says_by_which_clock() -> None:
    assert ">today, 13:02\xa0UTC</time>" in Formats(Translator("en"), NOW).full(NOW)


def test_a_card_number_is_read_in_groups() -> None:
    assert formats().card_number("482109375516") == "4821-0937-5516"


@pytest.mark.parametrize(
    ("days", "said", "in_a_sentence"), [(0, "Today", "today"), (1, "Yesterday", "yesterday"), (11, "19 Nov", "19 Nov")]
)
def test_a_history_has_the_day_above_the_hour(days: int, said: str, in_a_sentence: str) -> None:
    at = NOW - timedelta(days=days)
    shown = formats().day_and_hour(at)
    assert f">{said}</time>" in shown and "<small" in shown and ">14:02</small>" in shown
    assert formats().when(at) == in_a_sentence
