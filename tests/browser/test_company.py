"""A company from its first day on, by people in browsers and a till of its own: server and till are processes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import TIMEOUT_MS, window
from tests.support.office_web import PASSWORD
from tests.system.processes import SERVER, JsonTill, free_port, terminal

pytestmark = pytest.mark.slow

expect.set_options(timeout=TIMEOUT_MS)


class Premises:
    """A server without a company, and windows for whoever comes."""

    def __init__(self, folder: Path, browser: Browser, stack: ExitStack) -> None:
        self._browser, self._stack = browser, stack
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {"ORION_DATABASE": f"sqlite:///{folder / 'server.db'}", "ORION_URL": self.url}
        self._environment = os.environ | environment
        self.admins_link = str(self._said("admin", "create", "--email", "mara.thill@example.com")["link"])
        serving = subprocess.Popen(
            self._words("serve", "--port", str(port)), stdout=subprocess.PIPE, env=self._environment
        )
        stack.callback(serving.wait, 10)
        stack.callback(serving.terminate)
        assert serving.stdout is not None and b"listening" in serving.stdout.readline()

    def welcome(self, link: str) -> Page:
        """The window of somebody who has opened their link and chosen a password."""
        page = self._stack.enter_context(window(self._browser, self.url, None)).new_page()
        page.goto(link)
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_role("button", name="Accept and sign in").click()
        page.wait_for_url(re.compile(r"/(admin|office)"))
        return page

    def _said(self, *words: str) -> dict[str, object]:
        done = subprocess.run(self._words(*words), capture_output=True, check=True, env=self._environment)
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    def _words(self, *words: str) -> list[str]:
        return [sys.executable, "-c", SERVER, *words, "--json"]


@pytest.fixture
def premises(tmp_path: Path, browser: Browser) -> Iterator[Premises]:
    with ExitStack() as stack:
        yield Premises(tmp_path, browser, stack)


def test_a_company_begins_serves_a_customer_and_signs_a_till_off(premises: Premises, tmp_path: Path) -> None:
    admin = premises.welcome(premises.admins_link)
    owner = premises.welcome(owner_invited(admin))
    office = f"{premises.url}/office/cafe-lumiere"
    put_program_in_force(owner, office)
    for store in ("Gare", "Grund"):
        create_store(owner, office, store)
    hire(owner, office, "Lena", "Cashier", pin="4711")
    owner.get_by_label("PIN for tills").fill("4711")  # no page repeats it
    confirm(owner)
    expect(owner.locator("main")).to_contain_text("Lena")
    hire(owner, office, "Anna", "Manager", email="anna.rossi@example.com")
    manager = premises.welcome(owner.locator(".secret").inner_text())
    codes = blanks_printed(owner, office, tmp_path / "cards.pdf")
    assert len(set(codes)) == 10

    code = pairing_code(owner, office, "Till 3")
    profile = tmp_path / "till"
    terminal(profile, "pair", "--server", premises.url, "--code", code)
    expect(owner.locator("#pairing")).to_contain_text("Till 3 is paired.")
    till = JsonTill(profile)
    try:
        assert till.ask(do="sync", timeout_s=20)["ok"]
        assert till.ask(do="pin", staff="Lena", pin="4711")["ok"]
        expect(owner.locator("#pairing")).to_contain_text("first contact")

        dashboard, cards = opened(admin, f"{premises.url}/admin/programs"), opened(owner, f"{office}/cards")
        expect(cards.locator("main")).to_contain_text("No cards yet.")
        assert till.ask(do="enrol", code=codes[0], name="Mila Weber")["ok"]
        assert till.ask(do="stamp", count=2)["ok"]
        assert till.ask(do="sync", timeout_s=20)["ok"]
        row = cards.locator("tbody tr", has_text="Mila Weber")
        expect(row.locator(".dots")).to_have_text("2")
        expect(figure(dashboard, "Transactions")).to_have_text("1")

        card = opened(owner.context.new_page(), row.get_by_role("link").evaluate("link => link.href"))
        expect(card.locator(".balance").first).to_have_text("2 of 10")
        assert till.ask(do="stamp", count=1)["ok"]
        assert till.ask(do="earn", amount_minor=1240)["ok"]
        assert till.ask(do="sync", timeout_s=20)["ok"]
        expect(card.locator(".balance").first).to_have_text("3 of 10")
        expect(card.locator(".balance").last).to_have_text("12")
        newest = card.locator("tbody tr").first
        expect(newest).to_contain_text("2 stamps")  # nothing moves while it is read
        card.get_by_role("button", name="Show what is new").click()
        expect(newest).to_contain_text("Points for 12.40")
        expect(row.locator(".dots")).to_have_text("3")
        expect(figure(dashboard, "Transactions")).to_have_text("3")
        assert [page.evaluate("window.marked") for page in (dashboard, cards, card)] == [True, True, True]

        revoke(manager, office, "Till 3")
        refused = till.ask(do="sync", timeout_s=20)
        assert (refused["ok"], refused["problem"]["kind"]) == (False, "revoked")
    finally:
        till.close()


def owner_invited(admin: Page) -> str:
    """The link of the owner of a new company."""
    admin.goto(admin.url.partition("/admin")[0] + "/admin/companies/new")
    admin.get_by_label("Name", exact=True).fill("Café Lumière")
    admin.get_by_label("Name of the owner").fill("Luc Wagner")
    admin.get_by_label("E-mail address").fill("luc.wagner@example.com")
    admin.get_by_role("button", name="Create the company").click()
    confirm(admin)
    return admin.get_by_label("Link").input_value()


def confirm(page: Page) -> None:
    """Types the password again, as whoever does something rare for the first time is asked to."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def put_program_in_force(owner: Page, office: str) -> None:
    owner.goto(f"{office}/program")
    owner.get_by_label("Both").check()
    owner.get_by_label("Stamps to a reward").fill("10")
    owner.get_by_label("Reward", exact=True).fill("Free coffee")
    owner.get_by_label("Wait between two stamps").fill("0")
    owner.get_by_label("Points for 1 €").fill("1")
    owner.get_by_label("Name of reward 1").fill("Croissant")
    owner.get_by_label("Points for reward 1").fill("60")
    owner.get_by_role("button", name="See what it changes").click()
    owner.get_by_role("button", name="Put version 1 in force now").click()
    expect(owner.locator("#sub")).to_contain_text("Version 1 is in force")


def create_store(owner: Page, office: str, name: str) -> None:
    owner.goto(f"{office}/stores/new")
    owner.get_by_label("Name").fill(name)
    owner.get_by_role("button", name="Create the store").click()
    expect(owner.get_by_role("link", name=name)).to_be_visible()


def hire(owner: Page, office: str, name: str, role: str, *, pin: str = "", email: str = "") -> None:
    owner.goto(f"{office}/staff/new")
    owner.get_by_label("Name").fill(name)
    owner.get_by_label(role).check()
    owner.get_by_label("Gare").check()
    owner.get_by_label("PIN for tills").fill(pin)
    owner.get_by_label("E-mail").fill(email)
    owner.get_by_role("button", name="Add to the staff").click()


def blanks_printed(owner: Page, office: str, file: Path) -> list[str]:
    """What the codes say on a sheet of ten cards."""
    owner.goto(f"{office}/enrolment")
    owner.locator("#f-store").select_option(label="Gare")
    owner.get_by_label("How many").fill("10")
    owner.get_by_role("button", name="Make the cards").click()
    with owner.expect_download() as download:
        owner.get_by_role("button", name="PDF").click()
    download.value.save_as(file)
    with pypdfium2.PdfDocument(file) as pages:
        picture = pages[0].render(scale=200 / 72).to_pil()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def pairing_code(owner: Page, office: str, name: str) -> str:
    owner.goto(f"{office}/terminals?pair=true")
    owner.locator("#f-store_id").select_option(label="Gare")
    owner.get_by_label("Name").fill(name)
    owner.get_by_role("button", name="Make a code").click()
    expect(owner.locator("#pairing")).to_contain_text("Waiting for the till.")
    return owner.locator(".pairing-code").inner_text()


def opened(page: Page, address: str) -> Page:
    """The page at an address, with a mark that a reload of it would lose."""
    page.goto(address)
    page.evaluate("window.marked = true")
    return page


def figure(page: Page, label: str) -> Locator:
    return page.locator(".figure", has_text=label).locator(".figure-value")


def revoke(manager: Page, office: str, name: str) -> None:
    manager.goto(f"{office}/terminals")
    manager.get_by_label(f"What to do with {name}").click()
    manager.get_by_role("link", name="Revoke").click()
    manager.get_by_label(f"Type {name} to confirm").fill(name)
    manager.get_by_role("button", name=f"Revoke {name} at Gare").click()
    confirm(manager)
    expect(manager.locator(".notice.ok")).to_contain_text(f"{name} at Gare is signed off.")
