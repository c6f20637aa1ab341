"""Drawing of slips: full width, nothing cut, letters of all languages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from loyalty.slip_numbers import slip_code, slip_number
from terminal.printing.drawing import draw
from terminal.printing.slip import Block, Code, Pair, Rule, Slip, StampRow, Words
from terminal.scanner.decoding.decoder import read_still
from terminal.storage.recorder import new_id

WIDTHS = (384, 512)
any_words = st.text(st.characters(codec="latin-1", exclude_categories=["C"]), max_size=80)
any_block: st.SearchStrategy[Block] = st.one_of(
    st.builds(Words, any_words, st.sampled_from(("title", "body", "note"))),
    st.builds(Pair, any_words, any_words, st.booleans()),
    st.builds(StampRow, st.integers(0, 120), st.integers(1, 100)),
    st.just(Rule()),
    st.builds(Code, st.just("orion-slip:48210937"), any_words, any_words),
)


def dots(picture: Image.Image) -> np.ndarray:
    """True where the paper is black."""
    return ~np.asarray(picture, bool)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(blocks=st.lists(any_block, max_size=8), width=st.sampled_from(WIDTHS))
def test_any_slip_is_as_wide_as_its_paper_and_has_a_margin_above_and_below(blocks: list[Block], width: int) -> None:
    picture = draw(Slip(tuple(blocks)), width)
    assert (picture.width, picture.mode) == (width, "1")
    assert not dots(picture)[:12].any()
    assert not dots(picture)[-8:].any()


@pytest.mark.parametrize("width", WIDTHS)
def test_long_words_go_on_in_the_next_line_and_none_is_cut(width: int) -> None:
    one = draw(Slip((Words("Bestätigung"),)), width)
    many = draw(Slip((Words("Bestätigung " * 12),)), width)
    line = one.height - 32
    assert many.height >= 32 + 4 * line
    endless = draw(Slip((Words("Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 2),)), width)
    assert endless.height > one.height
    for picture in (many, endless):
        assert not dots(picture)[:, -1].any(), "a letter stands over the edge"


def test_each_stamp_is_seen_and_given_ones_are_black() -> None:
    inks = [int(dots(draw(Slip((StampRow(count, 10),)), 512)).sum()) for count in range(11)]
    assert inks == sorted(inks)
    assert len(set(inks)) == 11


def test_many_stamps_are_a_bar() -> None:
    some, more = (draw(Slip((StampRow(count, 100),)), 512) for count in (20, 60))
    assert some.height == more.height < 100
    assert dots(more).sum() > 1.8 * dots(some).sum()


@pytest.mark.parametrize("letters", ["äöüÄÖÜß", "éèêëàçœ", "Ë é ä", "€ → \N{MINUS SIGN} %"])
def test_no_letter_of_the_tills_languages_is_a_box(letters: str) -> None:
    missing = draw(Slip((Words("\U0001f9ff"),)), 512)  # missing in our fonts
    box = dots(missing).sum()
    for letter in letters.replace(" ", ""):
        drawn = dots(draw(Slip((Words(letter),)), 512))
        assert drawn.any()
        assert drawn.sum() != box or not np.array_equal(drawn, dots(missing)), letter


@pytest.mark.parametrize("width", WIDTHS)
def test_a_slips_code_is_read_by_the_tills_own_scanner(width: int) -> None:
    number = slip_number(new_id(1_778_594_527_000))
    picture = draw(Slip((Words("Café Aurora", "title"), Code(slip_code(number), number, "For a return"))), width)
    [seen] = read_still(np.asarray(picture.convert("RGB")))
    assert seen.text == slip_code(number)
