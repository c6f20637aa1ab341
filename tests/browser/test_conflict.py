"""Two tills out of contact give the same reward; the office decides, and both tills show it: all are processes."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from loyalty.staff import Role
from server import bootstrap, settings
from tests.browser.chromium import TIMEOUT_MS, window
from tests.support.office_web import signed_in
from tests.system.processes import PINS, PROGRAM, Company, JsonTill, paired

pytestmark = pytest.mark.slow
expect.set_options(timeout=TIMEOUT_MS)
UNLIMITED = PROGRAM | {"cooldown_minutes": 0, "max_stamps_per_day": 100, "max_stamps_per_visit": 10}


def test_a_conflict_of_two_tills_is_read_and_decided_in_the_office(tmp_path: Path, browser: Browser) -> None:
    company = Company(tmp_path / "server", cards=1, program=UNLIMITED)
    code = company.cards[0]["qr_code"]
    with ExitStack() as stack:
        stack.callback(company.stop)
        company.serve()
        here, there = (JsonTill(paired(tmp_path / name, company, name)) for name in ("Till 1", "Till 2"))
        for till in (here, there):
            stack.callback(till.close)
            done(till, do="sync", timeout_s=20)
            done(till, do="pin", staff="Anna", pin=PINS["Anna"])
        done(here, do="enrol", code=code, name="Mila Weber")
        done(here, do="stamp", count=10)
        for till in (here, there):
            done(till, do="sync", timeout_s=20)

        company.stop()
        for till in (here, there):
            done(till, do="scan", code=code)
            done(till, do="redeem", reward="stamps")

        company.serve()
        for till in (here, there):
            done(till, do="sync", timeout_s=20)
        decide_in_the_office(company, browser)

        for till in (here, there):
            done(till, do="sync", timeout_s=20)
            (case,) = done(till, do="cases")["cases"]
            assert (case["kind"], case["state"], case["choice"]) == ("balance_too_small", "decided", "reverse")


def done(till: JsonTill, **ask: object) -> dict[str, list[dict[str, object]]]:
    """The reply to what the till does."""
    reply = till.ask(**ask)
    assert reply["ok"], reply
    return reply


def decide_in_the_office(company: Company, browser: Browser) -> None:
    """A manager takes back what the later till gave."""
    server = bootstrap.open_server(settings.read({"ORION_DATABASE": company.url}))
    token = signed_in(server, "aurora", Role.MANAGER, email="sofie.klein@example.com")
    url = f"http://127.0.0.1:{company.port}"
    with window(browser, url, token) as context:
        page = context.new_page()
        page.goto(f"{url}/office/aurora/cases")
        page.get_by_role("link", name="Balance too small").click()
        expect(page.locator(".story")).to_contain_text("It knew the card with 10 stamps.")
        page.get_by_label("Take it back").check()
        page.get_by_role("button", name="Decide case").click()
        expect(page.locator(".notice.ok")).to_contain_text("is decided: Take it back.")
