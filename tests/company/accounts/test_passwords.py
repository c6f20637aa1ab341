"""Which passwords are accepted, and their hashes."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher

from server.accounts import passwords
from server.refusals import No, Refused

E_ACUTE, E_WITH_ACCENT = "\u00e9", "e\u0301"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("a" * 9, No.PASSWORD_LENGTH),
        (E_WITH_ACCENT * 9, No.PASSWORD_LENGTH),  # 9 characters in NFC
        ("x y" * 43, No.PASSWORD_LENGTH),
        ("password123", No.PASSWORD_COMMON),
        ("QwertyUiop", No.PASSWORD_COMMON),
        ("Ana@Example.org", No.PASSWORD_KNOWN),
        ("caf\u00e9  lumi\u00e8re", No.PASSWORD_KNOWN),
        ("CAFE-LUMIERE", No.PASSWORD_KNOWN),
    ],
)
def test_short_long_common_and_known_passwords_are_refused(password: str, reason: No) -> None:
    with pytest.raises(Refused) as refused:
        passwords.checked(password, "ana@example.org", "Caf\u00e9 Lumi\u00e8re", "cafe-lumiere")
    assert refused.value.reason is reason
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", ["x y" * 3 + "z", "z" * 128, "\u732b" * 10, E_WITH_ACCENT * 10])
def test_others_are_accepted_in_one_spelling(password: str) -> None:
    assert passwords.checked(password, "ana@example.org") == password.replace(E_WITH_ACCENT, E_ACUTE)


@pytest.mark.slow
def test_a_hash_fits_its_password_in_any_spelling_and_no_other() -> None:
    stored = passwords.hashed(E_ACUTE * 10)
    assert stored.startswith("$argon2id$") and not passwords.is_outdated(stored)
    assert passwords.matches(E_WITH_ACCENT * 10, stored)
    assert not passwords.matches(E_ACUTE * 11, stored)


@pytest.mark.slow
def test_nothing_fits_nobody_and_nothing_breaks_on_strange_texts() -> None:
    assert not passwords.matches("A" * 43, None)
    assert not passwords.matches("\ud800", None)
    assert not passwords.matches("x" * 10_000_000, "no hash at all")


@pytest.fixture
def full() -> Iterator[None]:
    """As many hashes as may work and wait."""
    with ExitStack() as working:
        for _ in range(passwords.AT_ONCE + passwords.WAITING_MAX):
            working.enter_context(passwords.admission())
        yield


def test_a_flood_of_passwords_is_refused_instead_of_waiting(full: None) -> None:
    for ask in (lambda: passwords.hashed("x" * 10), lambda: passwords.matches("x", None), passwords.require_free):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.reason is No.BUSY


def test_at_most_two_hashes_are_made_at_once() -> None:
    """A third waits for a turn, though its hash would take less than a millisecond."""
    fast = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x" * 10)
    with passwords.turn(), passwords.turn():
        third = threading.Thread(target=passwords.matches, args=("x" * 10, fast))
        third.start()
        third.join(0.1)
        assert third.is_alive()
    third.join(10)
    assert not third.is_alive()
