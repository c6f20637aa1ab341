"""A typing scanner: distinguished from people by its pace, and read correctly with any keyboard layout."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.codes import make_number, make_token
from loyalty.slip_numbers import slip_code, slip_number
from terminal.counter.card_lookup import READINGS_MAX
from terminal.scanner.wedge.keyboard_layouts import LAYOUTS, US
from terminal.scanner.wedge.readings import Typed, read
from terminal.scanner.wedge.wedge import (
    GAP_S,
    KEYS_LEAST,
    PATIENCE_S,
    SLOWEST_S,
    STUMBLE_S,
    Into,
    KeyOwner,
    KeyPress,
    Wedge,
)
from tests.support.keyboards import WRITES, types, types_with_shift_lock

tokens = st.binary(min_size=24, max_size=24).map(make_token)
numbers = st.binary(min_size=16, max_size=16).map(make_number)
crockford = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=4, max_size=4)
pair_codes = st.builds("orion-pair:https://till.example:8400#{}-{}".format, crockford, crockford)
layouts = st.sampled_from(sorted(WRITES))


def texts(typed: Typed) -> list[str]:
    return [reading.text for reading in typed.readings]


def typed_at_once(wedge: Wedge, keys: list[KeyPress]) -> Typed:
    answers = [wedge.press(key) for key in keys]
    assert answers == [None] * len(keys)
    typed = wedge.end(keys[-1].at_s + 0.003)
    assert isinstance(typed, Typed)
    return typed


def a_person(text: str, pace_s: float = 0.12) -> list[KeyPress]:
    return [KeyPress(sign, sign.isupper(), 50 + index * pace_s) for index, sign in enumerate(text)]


def test_the_keyboards_are_those_that_the_tests_know() -> None:
    assert len(LAYOUTS) >= 9
    assert {layout.name for layout in LAYOUTS} == set(WRITES)
    assert all(len(layout.plain) == len(layout.shifted) == len(US.plain) == 47 for layout in LAYOUTS)


@given(token=tokens, layout=layouts, caps=st.booleans(), linux=st.booleans())
def test_a_token_is_among_the_readings_on_every_keyboard_with_and_without_caps_lock(
    token: str, layout: str, caps: bool, linux: bool
) -> None:
    assert token in texts(read(types(token, layout, caps=caps, linux=linux)))


@given(token=tokens, layout=layouts, caps=st.booleans())
def test_once_the_keyboard_is_known_the_first_reading_without_caps_lock_is_right(
    token: str, layout: str, caps: bool
) -> None:
    typed = read(types(token, layout, caps=caps), known=[layout])
    assert typed.readings[0].text == token
    assert typed.sure or caps  # some scanners compensate Caps Lock, some do not


@given(number=numbers, layout=layouts, caps=st.booleans())
def test_a_card_number_has_one_reading(number: str, layout: str, caps: bool) -> None:
    assert texts(read(types(number, layout, caps=caps))) == [number]


@given(code=pair_codes, layout=layouts, caps=st.booleans(), linux=st.booleans())
def test_the_first_reading_of_a_pairing_code_is_right(code: str, layout: str, caps: bool, linux: bool) -> None:
    typed = read(types(code, layout, caps=caps, linux=linux))
    assert typed.readings[0].text == code


@pytest.mark.slow
@given(number=st.uuids().map(slip_number), layout=layouts, caps=st.booleans(), linux=st.booleans())
def test_the_first_reading_of_a_slip_is_right(number: str, layout: str, caps: bool, linux: bool) -> None:
    assert read(types(slip_code(number), layout, caps=caps, linux=linux)).readings[0].text == slip_code(number)


@given(receipt=st.text("0123456789", min_size=KEYS_LEAST, max_size=11), layout=layouts)
def test_once_the_keyboard_is_known_a_foreign_number_is_read_right_too(receipt: str, layout: str) -> None:
    assert read(types(receipt, layout), known=[layout]).readings[0].text == receipt


@given(token=tokens, layout=st.sampled_from(["fr", "be", "de"]))
def test_a_caps_lock_that_shifts_every_key_is_undone(token: str, layout: str) -> None:
    plain = token.replace("-", "7").replace("_", "8")
    if layout == "de":
        plain = "".join(sign for sign in plain if not sign.isdigit()).ljust(32, "k")
    assert plain in texts(read(types_with_shift_lock(plain, layout)))


@given(token=tokens)
def test_a_scanner_set_to_the_systems_layout_is_read_as_it_types(token: str) -> None:
    assert token in texts(read(types(token, "us")))


@pytest.mark.parametrize("layout", sorted(WRITES))
def test_a_token_in_a_web_address_is_read_on_every_keyboard(layout: str) -> None:
    address = "https://aurora.example/c/kZ0aQwM-y_3456789ABCDEFGHIJKLMNO"
    assert address in texts(read(types(address, layout)))


def test_what_a_known_card_was_typed_through_narrows_the_keyboards_down() -> None:
    wedge = Wedge()
    for text in ("kZ0aQwMbyx3456789ABCDEFGHIJKLMNO", "kZ0aQwM-y_3456789ABCDEFGHIJKLMNO"):
        typed = typed_at_once(wedge, types(text, "it"))
        assert typed.teaches
        wedge.learn(next(reading.layouts for reading in typed.readings if reading.text == text))
    assert wedge.layouts == {"it", "es", "pt"}
    assert typed_at_once(wedge, types("kZ0aQwM-y_3456789ABCDEFGHIJKLMNO", "it", at_s=200.0)).sure
    wedge.learn(["de"])  # another keyboard was plugged in
    assert wedge.layouts == {"de"}


@given(token=tokens, layout=layouts, caps=st.booleans())
def test_what_is_sure_before_anything_was_learned_is_right(token: str, layout: str, caps: bool) -> None:
    typed = read(types(token, layout, caps=caps))
    assert not typed.sure or typed.readings[0].text == token


@given(first=tokens, second=tokens, layout=layouts)
def test_what_is_sure_once_a_known_card_was_read_is_right(first: str, second: str, layout: str) -> None:
    wedge = Wedge()
    wedge.learn(next(each.layouts for each in read(types(first, layout)).readings if each.text == first))
    typed = read(types(second, layout), wedge.layouts)
    assert not typed.sure or typed.readings[0].text == second
    assert second in texts(typed)


def test_a_token_of_letters_alone_is_not_guessed_where_y_and_z_may_have_changed_places() -> None:
    typed = read(types("kzyaqwmby" * 3 + "abcde", "de"))
    assert len(typed.readings) > 1
    assert not typed.sure


def test_a_foreign_code_is_named_through_any_keyboard() -> None:
    assert texts(read(types("https://example.com/menu", "de"))) == ["https://example.com/menu"]


@pytest.mark.slow
@given(code=st.from_regex(r"[A-Z]{1,3}-[0-9]{4,9}", fullmatch=True), layout=layouts)
def test_another_programs_code_is_among_the_readings_on_every_keyboard(code: str, layout: str) -> None:
    typed = read(types(code, layout))
    assert code in texts(typed) and typed.sure
    assert len(set(texts(typed))) == len(typed.readings) <= READINGS_MAX


def test_what_a_scanner_puts_before_the_code_is_taken_off() -> None:
    assert texts(read(types("]Q1509311764821", "us"))) == ["509311764821"]


def test_a_scan_ends_with_enter_at_once() -> None:
    assert texts(typed_at_once(Wedge(), types("509311764821", "us"))) == ["509311764821"]


def test_a_scan_without_enter_ends_when_nothing_comes() -> None:
    wedge = Wedge()
    for key in types("509311764821", "us"):
        wedge.press(key)
    assert wedge.patience_s == PATIENCE_S
    typed = wedge.quiet()
    assert isinstance(typed, Typed)
    assert texts(typed) == ["509311764821"]
    assert not wedge.holds


def digits_at(text: str, pace_s: float) -> list[KeyPress]:
    return [KeyPress(sign, False, 50 + index * pace_s, Into.DIGITS) for index, sign in enumerate(text)]


@given(text=st.text("0123456789", min_size=1, max_size=9), pace_s=st.floats(GAP_S * 1.01, 2.0))
def test_a_persons_digits_are_given_back_one_by_one(text: str, pace_s: float) -> None:
    wedge = Wedge()
    answers = [wedge.press(key) for key in digits_at(text, pace_s)]
    assert answers == [None] + [KeyOwner.PERSON] * (len(text) - 1)
    assert wedge.quiet() is KeyOwner.PERSON


def test_a_key_that_acts_is_a_persons_where_it_stands_alone() -> None:
    wedge = Wedge()
    wedge.press(KeyPress("?", True, 10.0))
    assert wedge.patience_s == SLOWEST_S
    assert wedge.quiet() is KeyOwner.PERSON
    wedge.press(KeyPress("?", True, 10.5))
    assert wedge.interrupt() is KeyOwner.SWALLOWED


gaps = st.one_of(st.floats(0.002, 0.12), st.floats(0.002, STUMBLE_S * 0.99))


@pytest.mark.slow
@given(
    code=st.one_of(tokens, numbers),
    layout=layouts,
    into=st.sampled_from([Into.PAGE, Into.FIELD]),
    pace_s=st.floats(0.002, 0.12),
    stumbles=st.dictionaries(st.integers(0, 31), st.floats(0.002, STUMBLE_S * 0.99), max_size=4),
    before=st.text("0123456789", max_size=6),
    ends=st.booleans(),
)
def test_a_code_is_heard_at_every_pace_and_with_every_stumble(  # noqa: PLR0917 - all that may differ
    code: str,
    layout: str,
    into: Into,
    pace_s: float,
    stumbles: dict[int, float],
    before: str,
    ends: bool,
) -> None:
    wedge, scans, at_s = Wedge(), list[Typed](), 10.0
    signs: list[tuple[str, bool, Into, float]] = [
        (each, False, Into.DIGITS if into is Into.PAGE else into, 0.3) for each in before
    ]
    for index, key in enumerate(types(code, layout)):
        place = Into.DIGITS if into is Into.PAGE and key.sign.isdigit() else into
        signs.append((key.sign, key.shift, place, stumbles.get(index, pace_s) if index else 0.3))
    for sign, shift, place, gap_s in signs:
        heard = wait_for(wedge, gap_s)
        at_s += gap_s
        heard.append(wedge.press(KeyPress(sign, shift, at_s, place)))
        scans += [each for each in heard if isinstance(each, Typed)]
    if ends:
        last: object = wedge.end(at_s + min(pace_s, wedge.patience_s))
        scans += [last] if isinstance(last, Typed) else []
    for _ in range(2):
        last = wedge.quiet()
        scans += [last] if isinstance(last, Typed) else []
    if into is Into.FIELD and len(code) == 12:
        return  # a telephone's number, or a receipt's: whoever types it means it
    assert [code in texts(each) for each in scans] == [True]


def wait_for(wedge: Wedge, gap_s: float) -> list[Typed | KeyOwner | None]:
    """What time alone tells before the next key comes."""
    scans = [wedge.quiet()] if wedge.waits and gap_s > wedge.patience_s else []
    return [*scans, wedge.quiet()] if scans and wedge.waits and gap_s > wedge.patience_s else scans


@given(text=st.text("0123456789", min_size=1, max_size=KEYS_LEAST - 1))
def test_a_few_keys_at_a_time_are_a_persons_however_fast(text: str) -> None:
    wedge = Wedge()
    assert [wedge.press(key) for key in digits_at(text, 0.004)] == [None] * len(text)
    assert wedge.end(51.0) is KeyOwner.PERSON


def test_a_scan_right_after_a_persons_key_takes_nothing_of_it() -> None:
    wedge = Wedge()
    wedge.press(KeyPress("4", False, 99.0))
    keys = types("509311764821", "us", at_s=100.0)
    assert wedge.press(keys[0]) is KeyOwner.PERSON
    for key in keys[1:]:
        wedge.press(key)
    typed = wedge.end(keys[-1].at_s + 0.002)
    assert isinstance(typed, Typed)
    assert texts(typed) == ["509311764821"]


def test_a_scanner_that_stumbles_after_its_first_keys_is_still_one_scan() -> None:
    wedge = Wedge()
    for key in types("5093117", "us", at_s=100.0) + types("64821", "us", at_s=100.2):
        assert wedge.press(key) is None
    typed = wedge.end(100.25)
    assert isinstance(typed, Typed)
    assert texts(typed) == ["509311764821"]


def test_a_second_enter_of_the_same_scan_presses_nothing() -> None:
    wedge = Wedge()
    typed_at_once(wedge, types("509311764821", "us"))
    assert wedge.end(100.06) is KeyOwner.SWALLOWED
    assert wedge.end(102.0) is KeyOwner.PERSON


def test_keys_never_show_in_a_log() -> None:
    wedge = Wedge()
    keys = types("471147114711", "us")
    assert "4711" not in repr(keys)
    assert "4711" not in repr(typed_at_once(wedge, keys))
