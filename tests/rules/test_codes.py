"""Parsing of scanned and typed texts."""

import pytest

from loyalty import codes
from loyalty.codes import Foreign, Number, Token
from loyalty.refusals import Seems

TOKEN = "kZ0_abcdefghijklmnopqrstuvwxyz-9"


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"  {TOKEN}\n",
        f"\ufeff{TOKEN}",  # a byte order mark, as some makers of codes write it
        f"\u200b{TOKEN}\u2060\x00",
        f"\ufeffhttps://example.org/c/{TOKEN}",
        f"https://example.org/c/{TOKEN}",
        f"https://example.org/{TOKEN}/",
        f"HTTPS://EXAMPLE.ORG/{TOKEN}?lang=fr#top",
    ],
)
def test_a_token_is_read_bare_and_at_the_end_of_a_url(text: str) -> None:
    assert codes.parse(text) == Token(TOKEN)


@pytest.mark.parametrize(
    "text", ["123456789012", "1234-5678-9012", " 1234 5678 9012 ", "1234-5678 9012", "\ufeff123456789012"]
)
def test_a_card_number_is_read_with_and_without_dashes_and_spaces(text: str) -> None:
    assert codes.parse(text) == Number("123456789012")


@pytest.mark.parametrize("text", ["12345678901", "1234567890123", "1234-5678-901X", "١٢٣٤٥٦٧٨٩٠١٢", ""])
def test_what_has_not_twelve_digits_is_no_card_number(text: str) -> None:
    assert codes.parse(text) == Foreign(Seems.OTHER)


@pytest.mark.parametrize(
    ("text", "seems"),
    [
        ("https://example.org/menu", Seems.WEB_ADDRESS),
        ("www.example.org", Seems.WEB_ADDRESS),
        (f"https://{TOKEN}", Seems.WEB_ADDRESS),
        (f"https://example.org/?card={TOKEN}", Seems.WEB_ADDRESS),
        ("BCD\n002\n1\nSCT", Seems.PAYMENT),
        ("bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Seems.PAYMENT),
        ("WIFI:S:guests;T:WPA;P:secret;;", Seems.WIFI),
        ("BEGIN:VCARD\nVERSION:3.0", Seems.CONTACT),
        ("mailto:ana@example.org", Seems.CONTACT),
        ("orion-pair:https://example.org#ABCD", Seems.PAIRING),
        (f"{codes.PART_PREFIX}{TOKEN}", Seems.PART),
        ("hello", Seems.OTHER),
        (TOKEN + "x", Seems.OTHER),
        ("x" * 5000, Seems.OTHER),
    ],
)
def test_a_foreign_code_is_called_what_it_seems_to_be(text: str, seems: Seems) -> None:
    assert codes.parse(text) == Foreign(seems)


@pytest.mark.parametrize(("text", "word"), [(TOKEN, "card"), ("1234-5678-9012", "number"), ("hello", "foreign")])
def test_the_scanners_report_says_which_kind_of_code_it_was(text: str, word: str) -> None:
    assert codes.kind_of(text) == word


def test_a_token_is_24_bytes_that_survive_a_url() -> None:
    token = codes.make_token(bytes(range(232, 256)))
    assert len(token) == codes.TOKEN_CHARS
    assert codes.parse(f"https://example.org/{token}") == Token(token)


def test_a_card_number_has_twelve_digits_whatever_chance_says() -> None:
    for chance in (bytes(16), b"\xff" * 16, bytes(range(16))):
        number = codes.make_number(chance)
        assert codes.parse(number) == Number(number)
        assert number[0] != "0"


@pytest.mark.parametrize("make", [codes.make_token, codes.make_number])
def test_too_little_chance_makes_no_code(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="bytes"):
        make(b"short")


def test_a_written_number_reads_back() -> None:
    assert codes.written("123456789012") == "1234-5678-9012"
    assert codes.parse(codes.written("123456789012")) == Number("123456789012")
