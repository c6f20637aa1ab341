"""Data of the demo chain. Everything is invented, and PINs and codes are public, so nothing here may serve a real
company.

Codes derive from a fixed seed, so that a picture of one stays valid for later demo databases.
"""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from uuid import NAMESPACE_URL, uuid5

from loyalty.program import Program, ProgramKind, Reward, StampReward
from loyalty.staff import Role
from server.cards.blanks import Blank
from server.companies.looks import Choice, StampPicture
from server.demo.codes import SEED, demo_number, demo_token

COMPANY = "Café Aurora"
STORES = ("Gare", "Grund", "Kirchberg")
BLANKS_FROM = 1_000_001  # customers' cards are numbered from 1, so that the two ranges do not overlap
CHOICES = {"self_enrolment": "true"}  # settings

PROGRAM = Program(
    kind=ProgramKind.HYBRID,
    stamps_target=10,
    stamp_reward=StampReward(name="Free coffee", value_minor=350),
    cooldown_minutes=30,
    max_stamps_per_visit=3,
    points_per_unit=Decimal(1),
    minimum_redemption=50,
    welcome_bonus=20,
    points_expire_after_days=365,
    rewards=(
        Reward(id="croissant", name="Croissant", cost=60, value_minor=180),
        Reward(id="cake", name="Slice of cake", cost=120, value_minor=390),
        Reward(id="beans", name="Coffee beans, 250 g", cost=300, value_minor=890),
    ),
)


LOOK = Choice(
    name="",
    colour="#0E4754",
    stamp=StampPicture.COFFEE,
    promises={
        "en": "Ten stamps, one free coffee",
        "fr": "Dix tampons, un café offert",
        "de": "Zehn Stempel, ein Kaffee geschenkt",
        "lb": "Zéng Stempelen, ee gratis Kaffi",
    },
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff with the published PIN."""

    name: str
    role: Role
    pin: str
    store: str | None = None  # None: all stores


STAFF = (
    Colleague("Lena", Role.CASHIER, "4711"),
    Colleague("Tim", Role.CASHIER, "3862", "Gare"),
    Colleague("Marie", Role.CASHIER, "6194", "Grund"),
    Colleague("Joao", Role.CASHIER, "8035", "Kirchberg"),
    Colleague("Anna Rossi", Role.MANAGER, "2580"),
    Colleague("Daniel Kim", Role.OWNER, "1973"),
)


@dataclass(frozen=True, slots=True)
class Face:
    """A customer whose card is in a known state for demonstrations: a number of equal visits and no reward taken."""

    name: str
    visits: int
    spends_minor: int


FACES = (
    Face("Sofia Weber", 9, 420),  # the next stamp completes her row
    Face("Marc Muller", 10, 350),  # a free coffee waits
    Face("Ines Costa", 4, 1240),  # 68 points: a croissant
    Face("Tom Becker", 2, 480),
    Face("Julie Schmit", 12, 290),  # a free coffee and two stamps more
    Face("Luca Ferrari", 1, 650),
    Face("Emma Klein", 7, 1890),  # 146 points: cake or croissant
    Face("Noah Martin", 5, 350),
)

_FIRST = """
Alice Amélie Ana Ben Bruno Carla Charlotte Chiara Claude David Elena Elias Eva Fabio Félix Finn Hannah Hugo Isabel
Jana Jean Jonas Klara Laura Léa Leon Lina Louis Lucie Maria Mateo Max Mia Nina Nora Oscar Paul Pedro Rita Rosa Sam
Sara Simon Théo Tiago Vera Victor Yann Yara Zoé
""".split()  # noqa: SIM905 - a list would take fifty lines
_LAST = """
Almeida Antunes Barthel Bauer Bernard Braun Conti Costa Dubois Faber Ferreira Fischer Gomes Hansen Hoffmann
Jacobs Kieffer Koch Lambert Leroy Lopes Majerus Marques Meyer Moreau Neumann Olinger Pereira Peters Petit Reuter
Ribeiro Richter Rocha Roth Santos Scholtes Schneider Silva Simon Steffen Thill Thomas Wagner Weis Welter Winkler Wolf
""".split()  # noqa: SIM905


def name_of(number: int) -> str:
    """The name of the customer with card *number*."""
    if number <= len(FACES):
        return FACES[number - 1].name
    chance = random.Random(f"{SEED}|name|{number}")  # noqa: S311 - reproducible data, not a secret
    return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"


def email_of(number: int) -> str | None:
    """An e-mail address for every second customer; the number keeps equal names apart."""
    if number > len(FACES) and number % 2:
        return None
    plain = unicodedata.normalize("NFKD", name_of(number)).encode("ascii", "ignore").decode()
    suffix = "" if number <= len(FACES) else f".{number}"
    return f"{plain.lower().replace(' ', '.')}{suffix}@example.org"


def card(number: int) -> Blank:
    """The card with this *number*, the same in every demo database."""
    return Blank(uuid5(NAMESPACE_URL, f"{SEED}/card/{number}"), demo_number(SEED, number), demo_token(SEED, number))


def cards(first: int) -> Iterator[Blank]:
    """The cards from *first* on."""
    return map(card, count(first))
