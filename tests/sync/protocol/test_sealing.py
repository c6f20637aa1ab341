"""Sealed boxes, look-up hashes and PIN verifiers."""

import subprocess
import sys
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol.sealing import (
    Key,
    PinVerifier,
    Purpose,
    SealingKey,
    Unopenable,
    decrypt,
    email_hmac,
    encrypt,
    make_verifier,
    new_key,
    new_sealing_key,
    normal_email,
    normal_phone,
    number_hmac,
    phone_hmac,
    pin_matches,
    repepper,
    seal,
    token_hash,
    unseal,
)

ana, ben = UUID(int=1), UUID(int=2)
owner, stranger = SealingKey(bytes(range(32))), SealingKey(bytes(range(32, 64)))
data_key, other_key = Key(1, b"a" * 32), Key(2, b"b" * 32)
anas = make_verifier("4711", ana, data_key)


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.binary(max_size=100))
def test_a_box_opens_for_its_owner(plaintext: bytes) -> None:
    assert unseal(owner, seal(owner.public, plaintext, Purpose.CONTACT), Purpose.CONTACT) == plaintext


def test_a_box_opens_for_nobody_else_and_for_no_other_purpose() -> None:
    box = seal(owner.public, b"ana@example.org", Purpose.CONTACT)
    with pytest.raises(Unopenable):
        unseal(stranger, box, Purpose.CONTACT)
    with pytest.raises(Unopenable):
        unseal(owner, box, Purpose.PAIRING)


@given(st.data())
def test_a_box_with_any_bit_flipped_stays_shut(data: st.DataObject) -> None:
    box = seal(owner.public, b"ana@example.org", Purpose.CONTACT)
    bit = data.draw(st.integers(0, len(box) * 8 - 1))
    with pytest.raises(Unopenable):
        unseal(owner, flipped(box, bit), Purpose.CONTACT)


def test_the_bit_that_x25519_ignores_counts_too() -> None:
    box = seal(owner.public, b"ana@example.org", Purpose.CONTACT)
    with pytest.raises(Unopenable):
        unseal(owner, flipped(box, 255), Purpose.CONTACT)


def test_a_box_cut_short_anywhere_stays_shut() -> None:
    box = seal(owner.public, b"ana", Purpose.CONTACT)
    for size in range(len(box)):
        with pytest.raises(Unopenable):
            unseal(owner, box[:size], Purpose.CONTACT)


def test_a_box_with_a_public_key_of_no_strength_stays_shut() -> None:
    with pytest.raises(Unopenable):
        unseal(owner, bytes(32) + bytes(60), Purpose.CONTACT)


def test_the_same_words_never_make_the_same_box() -> None:
    assert seal(owner.public, b"ana", Purpose.CONTACT) != seal(owner.public, b"ana", Purpose.CONTACT)
    assert encrypt(data_key, ana, "Ana") != encrypt(data_key, ana, "Ana")


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_name_is_read_again_under_its_key_for_its_row(name: str) -> None:
    assert decrypt(data_key, ana, encrypt(data_key, ana, name)) == name


def test_a_name_moved_to_another_row_or_under_another_key_is_not_shown() -> None:
    encrypted = encrypt(data_key, ana, "Ana")
    with pytest.raises(Unopenable):
        decrypt(data_key, ben, encrypted)
    with pytest.raises(Unopenable):
        decrypt(other_key, ana, encrypted)


@given(st.data())
def test_a_name_torn_or_changed_is_not_shown(data: st.DataObject) -> None:
    encrypted = encrypt(data_key, ana, "Ana Müller")
    with pytest.raises(Unopenable):
        decrypt(data_key, ana, flipped(encrypted, data.draw(st.integers(0, len(encrypted) * 8 - 1))))
    with pytest.raises(Unopenable):
        decrypt(data_key, ana, encrypted[: data.draw(st.integers(0, len(encrypted) - 1))])


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("  Ana@Example.ORG\n", "ana@example.org"),
        ("JOSE\u0301@example.org", "jos\u00e9@example.org"),
        ("Jos\u00c9@example.org", "jos\u00e9@example.org"),
        ("STRASSE@example.org", "strasse@example.org"),
        ("stra\u00dfe@example.org", "strasse@example.org"),
    ],
)
def test_an_email_is_the_same_however_it_was_typed(typed: str, normal: str) -> None:
    assert normal_email(typed) == normal
    assert email_hmac(data_key, typed) == email_hmac(data_key, normal)


@pytest.mark.parametrize("typed", ["", "@", "ana", "ana@", "@example.org", "ana b@example.org", "a\x00@b", "\ud800@b"])
def test_what_is_not_an_email_has_no_look_up(typed: str) -> None:
    assert normal_email(typed) is None
    assert email_hmac(data_key, typed) is None


@pytest.mark.slow
@given(st.text(max_size=12), st.text(max_size=12))
def test_the_normal_form_of_an_email_is_its_own_normal_form(before: str, after: str) -> None:
    normal = normal_email(f"{before}@{after}")
    assert normal is None or normal_email(normal) == normal


@pytest.mark.parametrize("typed", ["0151 23456789", "+49 151 23456789", "0049 151/234-567-89", "(0151) 23456789"])
def test_a_phone_is_the_same_however_it_was_typed(typed: str) -> None:
    assert normal_phone(typed, "DE") == "+4915123456789"
    assert phone_hmac(data_key, typed, "DE") == phone_hmac(data_key, "+4915123456789", "US")


@pytest.mark.parametrize("typed", ["", "Ana", "12", "0009972", "0151 23456789 ext. 5", "1" * 300, "+999 1234567"])
def test_what_is_not_a_phone_has_no_look_up(typed: str) -> None:
    assert normal_phone(typed, "DE") is None
    assert phone_hmac(data_key, typed, "DE") is None


@pytest.mark.slow
@given(st.from_regex(r"(\+|0{0,3})[1-9][0-9]{1,13}", fullmatch=True), st.sampled_from(["DE", "US", "IT", "AR"]))
def test_the_normal_form_of_a_phone_is_its_own_normal_form(typed: str, country: str) -> None:
    normal = normal_phone(typed, country)
    assert normal is None or normal_phone(normal, "CH") == normal


def test_a_local_number_without_its_area_code_names_nobody() -> None:
    assert normal_phone("253-0000", "US") is None


def test_the_same_digits_mean_another_phone_in_another_country() -> None:
    assert normal_phone("044 668 18 00", "CH") == "+41446681800"
    assert normal_phone("044 668 18 00", "DE") != "+41446681800"


@pytest.mark.slow
def test_the_phone_tables_are_loaded_only_by_who_asks_for_a_phone() -> None:
    question = "import sys, sync.protocol.sealing; sys.exit('phonenumbers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", question], check=False).returncode == 0


def test_look_ups_differ_by_kind_and_by_key() -> None:
    number = "491512345678"
    seen = {number_hmac(data_key, number), number_hmac(other_key, number), phone_hmac(data_key, "+" + number, "DE")}
    assert len(seen) == 3
    assert None not in seen


@pytest.mark.parametrize("number", ["12345678901", "1234 5678 9012", "1234567890123", "\u0661" * 12])
def test_a_number_not_in_its_normal_form_is_a_bug(number: str) -> None:
    with pytest.raises(AssertionError):
        number_hmac(data_key, number)


def test_tokens_that_differ_in_case_are_two_tokens() -> None:
    assert token_hash("aB_-" * 8) != token_hash("ab_-" * 8)
    assert len(token_hash("aB_-" * 8)) == 32


@pytest.mark.slow
def test_the_right_pin_matches_and_no_other() -> None:
    assert pin_matches("4711", ana, anas, data_key)
    for wrong in ("4712", "", "47110", "\uff14\uff17\uff11\uff11", "\ud800"):
        assert not pin_matches(wrong, ana, anas, data_key)


def test_a_colleagues_verifier_copied_into_my_row_opens_for_nobody() -> None:
    with pytest.raises(Unopenable):
        pin_matches("4711", ben, anas, data_key)


def test_without_the_pepper_a_pin_cannot_be_tried() -> None:
    with pytest.raises(Unopenable):
        pin_matches("4711", ana, anas, other_key)
    with pytest.raises(Unopenable):
        pin_matches("4711", ana, anas, replace(other_key, id=data_key.id))


@pytest.mark.slow
def test_two_colleagues_with_one_pin_cannot_be_told_by_their_verifiers() -> None:
    again = make_verifier("4711", ana, data_key)
    assert (again.salt, again.nonce, again.ciphertext) != (anas.salt, anas.nonce, anas.ciphertext)
    assert again.salt != anas.salt


@pytest.mark.slow
@settings(max_examples=25, deadline=None)  # each example may compute an Argon2id hash
@given(st.data())
def test_a_verifier_with_any_bit_flipped_lets_nobody_in(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["salt", "nonce", "ciphertext"]))
    stored: dict[str, bytes] = {"salt": anas.salt, "nonce": anas.nonce, "ciphertext": anas.ciphertext}
    changed = flipped(stored[name], data.draw(st.integers(0, len(stored[name]) * 8 - 1)))
    torn = PinVerifier(
        memory_kib=anas.memory_kib,
        time_cost=anas.time_cost,
        parallelism=anas.parallelism,
        pepper_id=anas.pepper_id,
        **{**stored, name: changed},
    )
    if name == "salt":
        assert not pin_matches("4711", ana, torn, data_key)
    else:
        with pytest.raises(Unopenable):
            pin_matches("4711", ana, torn, data_key)


@pytest.mark.parametrize(
    "torn",
    [
        replace(anas, salt=b""),
        replace(anas, nonce=anas.nonce[:-1]),
        replace(anas, ciphertext=b""),
        replace(anas, memory_kib=0),
        replace(anas, time_cost=-1),
        replace(anas, parallelism=2**40),
    ],
)
def test_a_torn_verifier_is_unopenable_never_a_crash(torn: PinVerifier) -> None:
    with pytest.raises(Unopenable):
        pin_matches("4711", ana, torn, data_key)


@pytest.mark.slow
def test_a_new_pepper_keeps_every_pin_and_shuts_out_the_old_one() -> None:
    moved = repepper(anas, ana, data_key, other_key)
    assert pin_matches("4711", ana, moved, other_key)
    assert not pin_matches("4712", ana, moved, other_key)
    with pytest.raises(Unopenable):
        pin_matches("4711", ana, moved, data_key)


def test_a_verifier_of_older_parameters_still_matches_and_keeps_them_under_a_new_pepper() -> None:
    weaker = replace(anas, memory_kib=anas.memory_kib // 2)
    assert not pin_matches("4711", ana, weaker, data_key)  # the stored parameters are used
    assert repepper(weaker, ana, data_key, other_key).memory_kib == weaker.memory_kib


def test_keys_hide_their_secrets_and_refuse_a_wrong_size() -> None:
    secret = b"never in a log, never in a text!"
    assert "never" not in f"{Key(7, secret)!r} {SealingKey(secret)!r}"
    with pytest.raises(ValueError, match="32 bytes"):
        Key(7, secret[:-1])
    with pytest.raises(ValueError, match="32 bytes"):
        SealingKey(secret + b"!")


def test_fresh_keys_are_new_and_come_back_from_their_raw_bytes() -> None:
    assert new_key().secret != new_key().secret
    assert 0 < new_key().id < 2**31
    fresh = new_sealing_key()
    assert unseal(SealingKey(fresh.secret), seal(fresh.public, b"keys", Purpose.KEYS), Purpose.KEYS) == b"keys"
