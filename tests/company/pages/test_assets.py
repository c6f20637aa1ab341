"""The files of pages: names that change with their content, and colours that can be read."""

import re

import pytest

from resources.colours import DARK, LIGHT, PAGE_DARK, PAGE_LIGHT
from server.pages import assets
from tests.support.staffed_office import Staffed

pytestmark = pytest.mark.slow

LOOKS = {"light": (LIGHT, PAGE_LIGHT), "dark": (DARK, PAGE_DARK)}
TEXT = [  # a colour of text, and what it stands on
    *((ink, ground) for ink in ("ink", "ink2", "link") for ground in ("surface", "page", "nav", "info_soft")),
    ("ink3", "surface"),
    ("gold_ink", "gold_soft"),
    *((state, f"{state}_soft") for state in ("ok", "warn", "bad")),
    *((state, "surface") for state in ("ok", "warn", "bad")),
    ("ink2", "sunken"),
    ("on_night2", "night"),
    ("on_night", "night_well"),
    ("on_primary", "primary"),
]
SHAPES = [("line_strong", "surface"), ("plot_1", "surface"), ("plot_2", "surface"), ("focus", "page")]


def colour(look: str, role: str) -> str:
    return str(next(getattr(one, role) for one in LOOKS[look] if hasattr(one, role)))


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", LOOKS)
def test_text_and_shapes_of_pages_can_be_read(look: str) -> None:
    faint = {pair: round(contrast(*(colour(look, role) for role in pair)), 1) for pair in TEXT + SHAPES}
    assert {pair: found for pair, found in faint.items() if found < (4.5 if pair in TEXT else 3)} == {}


def test_a_file_is_kept_for_good_under_a_name_of_its_content(staffed: Staffed) -> None:
    path = assets.address("office.css")
    answer = staffed.nobody.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert staffed.nobody.get(path.replace("office.", "office.0")).status_code == 404


def test_the_style_sheet_names_only_colours_and_files_that_exist() -> None:
    style = assets.assets()["office.css"].content.decode()
    declared = set(re.findall(r"(--[\w-]+):", style))
    assert set(re.findall(r"var\((--[\w-]+)\)", style)) - declared == set()
    assert all(name in assets.by_hashed_name() for name in re.findall(r"url\(/static/([^)]+)\)", style))
    own = assets.FOLDER.joinpath("office.css").read_text("utf-8")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", own) == [], "colours are roles"
