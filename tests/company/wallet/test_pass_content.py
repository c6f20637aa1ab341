"""What a pass shows is a function of the card, its program, the company's look and the language, and of no other."""

import io
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from PIL import Image

from loyalty.card import Card
from loyalty.program import Program, Reward, StampReward
from server.cards import rewards
from server.companies.looks import Look, StampPicture
from server.customers.my_card import MyCard
from server.translations import LANGUAGES, Translator
from server.wallet import icon_lines, pass_content, strip
from server.wallet.pass_content import PassContent, PassState, VoidReason
from tests.support.paper_shop import a_coffee_program

LOOK = Look("Café Lumière", "", "#12204A", StampPicture.COFFEE, {}, None, 1)
PAGE = "https://loyalty.example/cafe-lumiere"
TOKEN = "t" * 32
CROISSANT = Reward(id="croissant", name="Croissant", cost=60)
PROGRAM = a_coffee_program(rewards=(CROISSANT,), stamp_reward=StampReward(name="Free coffee"))


def shown(stamps: int = 0, points: int = 0, language: str = "en", **fields: object) -> PassContent:
    program = fields.pop("program", None) or PROGRAM
    assert isinstance(program, Program)
    card = Card(id=uuid4(), created_at=datetime(2026, 3, 2, tzinfo=UTC), stamp_count=stamps, points_balance=points)
    mine = MyCard(
        card=card,
        first_name="Marie",
        token=TOKEN,
        number="4821-0937-5516",
        program=program,
        row=rewards.for_stamps(program, stamps),
        offers=rewards.for_points(program, points),
        expires_on=date(2027, 11, 21),
        version=1,
    )
    return pass_content.of_card(mine, LOOK, Translator(language), card_page=PAGE, stores=("Gare",))


@pytest.mark.parametrize(
    ("stamps", "points", "label", "status"),
    [
        (7, 0, "Stamps", "7 of 10, 3 more to: Free coffee"),
        (9, 59, "Stamps", "9 of 10, 1 more to: Free coffee"),
        (10, 0, "Ready", "Free coffee"),
        (0, 60, "Ready", "Croissant"),
        (12, 200, "Ready", "Free coffee, Croissant"),
    ],
)
def test_the_status_says_what_can_be_had_or_how_far_it_is(stamps: int, points: int, label: str, status: str) -> None:
    content = shown(stamps, points)
    assert (content.status_label, content.status) == (label, status)


def test_the_same_card_has_the_same_hash_and_every_difference_another() -> None:
    same = [shown(7, 12).hash() for _ in range(2)]
    others = [shown(8, 12), shown(7, 13), shown(7, 12, "de")]
    void = [pass_content.of_void(reason, LOOK, Translator("en"), card_page=PAGE) for reason in VoidReason]
    found = {same[0], *(one.hash() for one in (*others, *void))}
    assert same[0] == same[1] and len(found) == 1 + len(others) + len(void)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", VoidReason)
def test_a_void_pass_says_why_and_names_nobody(reason: VoidReason, language: str) -> None:
    content = pass_content.of_void(reason, LOOK, Translator(language), card_page=PAGE)
    assert content.state is PassState.VOID and content.notice
    assert (content.token, content.number, content.first_name, content.history) == ("", "", "", ())


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_word_is_in_the_language_of_the_pass(language: str) -> None:
    english, theirs = shown(7, 12), shown(7, 12, language)
    assert english.status_label != theirs.status_label or language == "fr"  # "Stamps" and "Timbres" differ, too
    assert english.status != theirs.status and english.rewards[0].value != theirs.rewards[0].value


# The strip.


@pytest.mark.parametrize("name", [one.value for one in StampPicture] + ["gift"])
def test_the_lines_of_every_icon_stay_within_its_field(name: str) -> None:
    points = [point for line in icon_lines.lines(name) for point in line]
    assert len(points) > 4
    assert all(0 <= x <= icon_lines.FIELD and 0 <= y <= icon_lines.FIELD for x, y in points)


@pytest.mark.parametrize(("stamps", "target"), [(0, 10), (4, 10), (12, 12), (-2, 3), (20, 20), (30, 50), (7, 5)])
def test_a_strip_is_a_picture_of_its_size_whose_gold_grows_with_the_stamps(stamps: int, target: int) -> None:
    content = shown(stamps, program=a_coffee_program(stamps_target=target))
    with_stamps, without = strip.row_of(content), strip.row_of(shown(0, program=a_coffee_program(stamps_target=target)))
    picture = _pixels(strip.png(with_stamps, content.ground, strip.APPLE))
    empty = _pixels(strip.png(without, content.ground, strip.APPLE))
    assert len(picture) == len(empty) == strip.APPLE[0] * strip.APPLE[1]
    assert (_gold(picture) > _gold(empty) + 500) == (stamps > 0)


def _pixels(png: bytes) -> list[tuple[int, int, int]]:
    with Image.open(io.BytesIO(png)) as picture:
        data = picture.convert("RGB").tobytes()
    return list(zip(data[::3], data[1::3], data[2::3], strict=True))


def _gold(pixels: list[tuple[int, int, int]]) -> int:
    return sum(red > 200 and green > 140 and blue < 110 for red, green, blue in pixels)
