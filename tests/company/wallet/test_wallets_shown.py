"""How passes and their makers stand: on a card's page in the office, on the page of jobs, and for a command."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from loyalty.staff import Role
from server import bootstrap
from server.wallet.makers import Outcome, Verdict
from tests.support.card_office import text
from tests.support.companies import Office
from tests.support.databases import ON_SQLITE
from tests.support.office_web import Caller, signed_in, signed_in_admin
from tests.support.wallets import certificates
from tests.support.wallets.apple_shop import AppleShop
from tests.support.wallets.paper_maker import TRY_LATER
from tests.support.wallets.pass_shop import PassShop, a_told_pass

SLUG = "bean-scene"
COOKIE = "__Host-orion"


@pytest.mark.slow
@ON_SQLITE
def test_a_cards_page_says_how_its_passes_stand(apple: AppleShop) -> None:
    shop = apple.passes.shop
    owner = Caller(apple.app, signed_in(shop.server, SLUG, Role.OWNER), False, cookie=COOKIE)
    card_id = apple.passes.customer()
    path = f"/office/{SLUG}/cards/{card_id}"
    assert "Apple Wallet" not in owner.get(path).text
    one = apple.offered(card_id)
    assert "Apple Wallet Offered, not added yet" in text(owner.get(path).text)
    apple.added(apple.phone("1"), one)
    apple.added(apple.phone("2"), one)
    assert "Apple Wallet, 2 phones told today, 09:00" in text(owner.get(path).text)
    assert "Up to date" in owner.get(path).text


@pytest.mark.slow
@ON_SQLITE
def test_a_failure_stands_on_the_cards_page(passes: PassShop) -> None:
    app = bootstrap.build_app(passes.shop.server)
    owner = Caller(app, signed_in(passes.shop.server, SLUG, Role.OWNER), False)
    one = a_told_pass(passes)
    passes.maker.outcome = TRY_LATER
    passes.stamp(one.card_id)
    passes.passes(seconds=2)
    page = text(owner.get(f"/office/{SLUG}/cards/{one.card_id}").text)
    assert "Google Wallet 429 The update fails" in page


@pytest.mark.slow
@ON_SQLITE
def test_the_page_of_jobs_says_which_maker_cannot_be_told(apple: AppleShop) -> None:
    passes = apple.passes
    admin = Caller(apple.app, signed_in_admin(passes.shop.server), False, cookie=COOKIE)
    page = text(admin.get("/admin/jobs").text)
    assert "Apple Wallet Passes are made and kept up to date." in page
    assert "Google Wallet No passes: the settings for it are missing." in page
    passes.worker = passes.new_worker()
    passes.maker.outcome = Outcome(Verdict.LATER, "403 BadCertificate", is_ours=True)
    passes.maker.maker = apple.apple.maker
    passes.stamp(apple.offered(passes.customer()).card_id)
    passes.passes(seconds=2)
    assert "Apple Wallet It cannot be told just now: 403 BadCertificate" in text(admin.get("/admin/jobs").text)


@pytest.mark.slow
@ON_SQLITE
def test_the_page_of_jobs_warns_before_the_certificate_ends(apple: AppleShop, tmp_path: Path) -> None:
    admin = Caller(apple.app, signed_in_admin(apple.passes.shop.server), False, cookie=COOKIE)
    now = apple.passes.shop.now
    certificates.settings_in(tmp_path, certificates.pass_certificate(ends=now + timedelta(days=30)))
    assert "The certificate ends on 2026-04-01" in admin.get("/admin/jobs").text


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        (400, certificates.TEAM, 0, {"signed", "off"}),
        (20, certificates.TEAM, 0, {"ends_soon", "signed", "off"}),
        (400, "OTHERTEAM1", 1, {"team_differs", "off"}),
    ],
    ids=["well", "ends soon", "another team"],
)
def test_the_command_signs_a_pass_or_says_what_is_wrong(
    bare_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[int, str, int, set[str]]
) -> None:
    days, team, code, words = case
    own = certificates.pass_certificate(ends=datetime.now(UTC) + timedelta(days=days))
    chosen = replace(certificates.settings_in(tmp_path, own), team=team)
    monkeypatch.setenv("ORION_URL", "https://loyalty.example")
    for name, value in certificates.environment(chosen).items():
        monkeypatch.setenv(name, value)
    ran = bare_office.run("wallet", "check")
    assert (ran.code, {answer["word"] for answer in ran.objects}) == (code, words)
