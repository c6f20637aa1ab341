"""The makers' badges: the operator's files stand on the buttons, in the language of the page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from server import bootstrap, settings
from server.problems import SettingUnreadable
from server.settings import GoogleWallet
from server.wallet.badges import BYTES_MAX, Badges
from tests.company.customers.test_storefront import Phone
from tests.support.card_office import SLUG, card_office
from tests.support.office_web import Caller
from tests.support.wallets.google import ISSUER, FakeGoogle

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"/>'


def filled(folder: Path, *names: str) -> Path:
    """A folder with such badges."""
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(SVG)
    return folder


def grown(folder: Path) -> Path:
    """The folder with a badge that is too large."""
    (folder / "apple-en.svg").write_bytes(bytes(BYTES_MAX + 1))
    return folder


def test_a_badge_is_in_the_language_of_the_page_or_else_in_english(tmp_path: Path) -> None:
    badges = Badges(filled(tmp_path / "badges", "google-en.svg", "google-fr.png", "google-xx.svg", "notes.txt"))
    for language, name in (("fr", "google-fr.png"), ("en", "google-en.svg"), ("lb", "google-en.svg")):
        address = badges.address("google", language)
        assert address is not None and address.startswith(f"/wallet/badges/{name}?v=")
    assert badges.address("apple", "en") is None
    assert badges.named("notes.txt") is None and badges.named("google-xx.svg") is None


def test_another_badge_has_another_address(tmp_path: Path) -> None:
    folder = filled(tmp_path / "badges", "apple-de.svg")
    before = Badges(folder).address("apple", "de")
    (folder / "apple-de.svg").write_bytes(SVG + b" ")
    assert Badges(folder).address("apple", "de") != before


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda folder: folder / "nowhere",
        lambda folder: folder / "apple-en.svg",
        grown,
    ],
    ids=["missing", "a file", "too large"],
)
def test_what_is_no_folder_of_badges_is_named_at_the_start(tmp_path: Path, spoiled: Callable[[Path], Path]) -> None:
    folder = spoiled(filled(tmp_path / "badges", "apple-en.svg"))
    assert settings.read({"ORION_BADGES": str(folder)}).badges == folder
    with pytest.raises(SettingUnreadable, match="ORION_BADGES"):
        Badges(folder)


def test_the_button_shows_the_badge_and_says_the_same(migrated_file: Path, tmp_path: Path) -> None:
    badges = filled(tmp_path / "badges", "google-en.svg")
    with card_office(migrated_file, tmp_path) as office, FakeGoogle(office.server.now) as google:
        chosen = GoogleWallet(ISSUER, google.key_file(tmp_path), google.url)
        app = bootstrap.build_app(replace(office.server, google=chosen, badges=badges))
        phone = Phone(Caller(app, None, False, {"accept-language": "en"}))
        page = phone.open(f"/c/{office.cards.tokens[office.ids['Marie Weber']]}").page(f"/{SLUG}/card")
        address = page.partition('<img src="')[2].partition('"')[0]
        assert address.startswith("/wallet/badges/google-en.svg?v=") and 'alt="Add to Google Wallet"' in page
        answer = phone.caller.get(address)
        assert (answer.content, answer.headers["content-type"]) == (SVG, "image/svg+xml")
        assert "immutable" in answer.headers["cache-control"]
        assert phone.caller.get("/wallet/badges/server.db").status_code == 404
