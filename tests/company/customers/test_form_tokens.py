"""Forms for cards carry tokens that only the server makes; the statistic of the timing command counts right."""

import base64
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.codes import Token, parse
from server.customers.joining import form_tokens
from server.customers.joining.self_enrolment import Via, Wish, decoded, encoded
from server.keys import Keys
from tests.company.customers.__main__ import mann_whitney
from tests.support.paper_shop import OPENING

COMPANY = UUID(int=7)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.create(Path(tmp_path_factory.mktemp("keys")) / "keys")


def test_a_token_is_read_by_its_company_alone_and_says_when_it_was_shown(keys: Keys) -> None:
    text = form_tokens.make(keys, COMPANY, OPENING)
    found = form_tokens.read(keys, COMPANY, text)
    assert found is not None and found.shown_at == OPENING and len(text) <= form_tokens.CHARS_MAX
    assert form_tokens.read(keys, uuid4(), text) is None
    other = form_tokens.read(keys, COMPANY, form_tokens.make(keys, COMPANY, OPENING))
    assert other is not None and other.id != found.id
    again = form_tokens.read(keys, COMPANY, text)
    assert again == found


@given(place=st.integers(0, 39), flip=st.integers(1, 255))
def test_no_byte_of_a_token_can_be_another(keys: Keys, place: int, flip: int) -> None:
    data = bytearray(base64.urlsafe_b64decode(form_tokens.make(keys, COMPANY, OPENING)))
    data[place] ^= flip
    assert form_tokens.read(keys, COMPANY, base64.urlsafe_b64encode(data).decode()) is None


@given(st.text(max_size=100))
def test_what_is_no_token_is_none(keys: Keys, text: str) -> None:
    assert form_tokens.read(keys, COMPANY, text) is None
    assert not form_tokens.is_pretended(keys, text)


GOOD = {-1: (False, False), 1: (False, False), 2: (True, False), 7200: (True, False), 7201: (False, True)}


@pytest.mark.parametrize(("seconds", "expected"), GOOD.items())
def test_a_token_is_good_for_as_long_as_a_form_is_filled_in(
    keys: Keys, seconds: int, expected: tuple[bool, bool]
) -> None:
    found = form_tokens.read(keys, COMPANY, form_tokens.make(keys, COMPANY, OPENING))
    assert found is not None
    now = OPENING + timedelta(seconds=seconds)
    assert (found.is_good(now), found.is_late(now)) == expected


def test_a_pretended_code_looks_like_any_and_is_known_to_us(keys: Keys) -> None:
    code = form_tokens.pretended_code(keys)
    assert isinstance(parse(code), Token) and form_tokens.is_pretended(keys, code)
    number = form_tokens.pretended_number(keys, code)
    assert len(number) == 12 and number == form_tokens.pretended_number(keys, code)


@given(
    st.builds(Wish, form=st.text(), language=st.just("lb"), name=st.text(), contact=st.text(), via=st.sampled_from(Via))
)
def test_a_wish_that_waits_is_the_same_afterwards(wish: Wish) -> None:
    assert decoded(encoded(wish)) == wish


def test_the_statistic_is_mann_and_whitneys() -> None:
    """Against the share of all orders in which the ranks are as far apart, where few enough can be counted."""
    one, other = [1.0, 2.0, 3.0, 4.0, 6.0], [5.0, 7.0, 8.0, 9.0, 10.0]
    ranks = [sum(order[:5]) for order in permutations(range(10), 5)]
    middle = sum(range(10)) / 2
    exact = sum(abs(one_sum - middle) >= abs(11 - middle) for one_sum in ranks) / len(ranks)
    assert mann_whitney(one, other) == pytest.approx(exact, abs=0.01)
    assert mann_whitney([1.0] * 9, [1.0] * 9) == 1.0
    assert mann_whitney(list(range(50)), list(range(50))) == pytest.approx(1.0)
    assert mann_whitney(list(range(50)), list(range(30, 80))) < 0.001
