"""The demo's customers in order, with what each of them wants."""

from dataclasses import dataclass
from enum import Enum

from demo.codes import DemoCode
from server.cards.blanks import Blank
from server.demo import cafes

STORE, TILL = cafes.STORES[0], "Till 1"
NEWCOMER, NEWCOMER_ELSEWHERE = "Mila", "Nora Lux"
MENU = "https://cafe-aurora.example/menu"


class Wish(Enum):
    """What a customer wants."""

    STAMP = "a stamp"
    STAMP_TWICE = "a stamp, and at once another one"
    POINTS_AND_REWARD = "points for a purchase, then a reward for them"
    LAST_STAMP = "the stamp that completes the row, and the reward"
    STAMP_TAKEN_BACK = "nothing: the stamp was a mistake"
    A_CARD = "a card of their own"
    THE_MENU = "to read the menu, whose code is none of ours"
    POINTS = "points for a purchase"
    UNHEARD_OF = "a stamp on a card that was made in another store a moment ago"
    REWARD = "the reward of a full row"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who holds up a code."""

    code: DemoCode
    wish: Wish


def cast(unheard_of: Blank) -> tuple[Customer, ...]:
    """All customers in order. The first half is served before the network is cut."""
    return (
        Customer(_face("Noah Martin"), Wish.STAMP_TWICE),
        Customer(_face("Sofia Weber"), Wish.LAST_STAMP),
        Customer(_face("Tom Becker"), Wish.STAMP_TAKEN_BACK),
        Customer(_face("Ines Costa"), Wish.POINTS_AND_REWARD),
        Customer(_code(cafes.card(cafes.BLANKS_FROM), "A blank card"), Wish.A_CARD),
        Customer(DemoCode(MENU, "", "The menu, which is no card"), Wish.THE_MENU),
        Customer(_face("Emma Klein"), Wish.POINTS),
        Customer(_code(unheard_of, f"{NEWCOMER_ELSEWHERE}, new in another store"), Wish.UNHEARD_OF),
        Customer(_face("Luca Ferrari"), Wish.STAMP),
        Customer(_face("Julie Schmit"), Wish.REWARD),
        *(Customer(_code(cafes.card(number), cafes.name_of(number)), Wish.STAMP) for number in (101, 102, 103)),
    )


def number_without_card() -> str:
    """The card number of a customer with a full row who has left the card at home."""
    return cafes.card(_number_of("Marc Muller")).number


def _face(name: str) -> DemoCode:
    return _code(cafes.card(_number_of(name)), name)


def _number_of(name: str) -> int:
    """The card number of a known customer, as these have the first cards."""
    return [face.name for face in cafes.FACES].index(name) + 1


def _code(card: Blank, name: str) -> DemoCode:
    return DemoCode(card.token, card.number, name)
