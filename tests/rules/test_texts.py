"""Rules for texts: normalisation, equality of names, and escaping for a terminal's screen."""

import re
import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import texts as rules
from loyalty.texts import NAME_CHARS_MAX, clean, escaped, folded, hides, matches, name_of

HIDDEN = [
    "\0",
    "\x1b[31m",
    "\r\n",
    "\x7f",
    "\x9b1m",
    "\u202e",
    "\u2066",
    "\u200e",
    "\u061c",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u115f",
    "\u3164",
    "\uffa0",
    "\u2800",
    "\u034f",
    "\u2028",
    "\ue000",
    "\U000e0041",
]
UNSEEN = ["", " ", "\u00a0\u3000", "\u200d", "\u200c", "\u0301", *(one for one in HIDDEN if "m" not in one)]
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from([one[0] for one in HIDDEN]))


@given(st.text(st.characters(codec="latin-1")))
def test_a_plain_text_is_cleaned_and_folded_as_any_other(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "_PLAIN", re.compile("(?!)"))
        as_any_other = clean(text), folded(text)
    assert (clean(text), folded(text)) == as_any_other


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_hides_is_cleaned_away_and_makes_no_name(hidden: str) -> None:
    for text in (f"An{hidden}a", f"{hidden}Ana" if not hidden.isspace() else f"A{hidden}na"):
        assert hides(text) and name_of(text) is None
        assert not hides(clean(text)) and "\x1b" not in clean(text) and "\n" not in clean(text)


@pytest.mark.parametrize("text", UNSEEN)
def test_a_name_that_nobody_sees_is_none(text: str) -> None:
    assert clean(text) == "" and name_of(text) is None


@pytest.mark.parametrize(
    "name", ["Ana", "Zoé", "O'Neil-Łukasz", "王伟", "محمد", "👩\u200d👧", "نام\u200cم", "☕\ufe0f 2"]
)
def test_names_of_every_script_stay_as_they_are(name: str) -> None:
    assert name_of(name) == name


def test_a_name_has_its_normal_form_and_single_spaces() -> None:
    assert name_of("  Le\u0301a \u3000 Mu\u0308ller ") == "Léa Müller"
    assert name_of("é" * NAME_CHARS_MAX) == "é" * NAME_CHARS_MAX
    assert name_of("e\u0301" * NAME_CHARS_MAX) == "é" * NAME_CHARS_MAX
    assert name_of("é" * (NAME_CHARS_MAX + 1)) is None


@pytest.mark.slow
@given(texts)
def test_cleaning_is_done_once(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not hides(cleaned)
    assert folded(cleaned) == folded(text) == folded(folded(text))


@pytest.mark.parametrize("other", ["ZOÉ", "zoe\u0301", "Ｚｏé", "Zo\u200dé", " zoé ", "ZOE\u0301"])
def test_names_that_differ_in_case_width_or_what_is_hidden_are_one_name(other: str) -> None:
    assert folded(other) == folded("Zoé")
    assert matches(other, [("Zoé", 1), ("Zoe", 2)]) == [1]


def test_accents_count_and_the_exact_spelling_goes_first() -> None:
    assert folded("Zoe") != folded("Zoé")
    both = [("Zoé", 1), ("ZOÉ", 2)]
    assert (matches("Zoé", both), matches("ZOE\u0301", both), matches("zoé", both)) == ([1], [2], [1, 2])


@pytest.mark.slow
@given(texts)
def test_what_is_shown_on_a_terminal_steers_nothing_and_an_object_stays_the_same_object(text: str) -> None:
    line = msgspec.json.encode({"name": text}).decode()
    shown = escaped(line)
    assert (not hides(shown) and shown.isprintable()) or "\u200c" in shown or "\u200d" in shown or " " not in shown
    assert msgspec.json.decode(shown) == {"name": text}
    assert not hides(escaped(text).strip())
