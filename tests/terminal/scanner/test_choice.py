"""The choice between several codes in view."""

import pytest

from terminal.scanner.seen import Ambiguous, Seen, choose, is_ours
from tests.support.pictures import CARD, OTHER_CARD, STICKER

FULL = 1280, 720


def at(text: str, x: float, y: float, size: float) -> Seen:
    half = size / 2
    corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
    return Seen(text, corners, "plain")


def test_nothing_in_view_is_nothing() -> None:
    assert choose((), *FULL) is None


def test_the_largest_of_two_is_meant() -> None:
    near, far = at(CARD, 400, 360, 300), at(OTHER_CARD, 880, 360, 120)
    assert choose((far, near), *FULL) == near


def test_the_nearest_to_the_middle_of_two_is_meant() -> None:
    middle, edge = at(CARD, 640, 360, 150), at(OTHER_CARD, 1200, 100, 150)
    assert choose((edge, middle), *FULL) == middle


def test_two_cards_as_good_as_each_other_are_asked_about() -> None:
    left, right = at(CARD, 400, 360, 200), at(OTHER_CARD, 880, 360, 210)
    assert choose((left, right), *FULL) == Ambiguous((right, left))


def test_a_card_comes_before_a_larger_sticker_in_the_middle() -> None:
    card, sticker = at(CARD, 1000, 200, 100), at(STICKER, 640, 360, 400)
    assert choose((sticker, card), *FULL) == card


def test_two_foreign_codes_are_no_question_to_ask() -> None:
    left, right = at(STICKER, 400, 360, 200), at("WIFI:S:cafe;;", 880, 360, 205)
    assert choose((left, right), *FULL) == right


def test_the_same_card_on_phone_and_paper_is_one_card() -> None:
    phone, paper = at(CARD, 400, 360, 200), at(CARD, 880, 360, 210)
    assert choose((phone, paper), *FULL) == paper


@pytest.mark.parametrize("text", [CARD, f"https://go.example/c/{CARD}", "1234-5678-9012", "orion-pair:https://a#b"])
def test_cards_numbers_and_pairing_codes_are_ours(text: str) -> None:
    assert is_ours(text)


@pytest.mark.parametrize("text", [STICKER, "WIFI:S:cafe;;", "BCD\n002\n1\nSCT", CARD[:-1], "12345"])
def test_anything_else_is_foreign(text: str) -> None:
    assert not is_ours(text)
