"""A company with two stores whose people serve in a browser, and another company on the same platform."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from loyalty.staff import Role
from server import bootstrap
from server.companies import companies
from server.db.units import Units
from server.ledger.judging import program_changes
from tests.support.builders import a_reward
from tests.support.office_web import Caller, signed_in
from tests.support.paper_shop import PaperShop, a_coffee_program

SLUG = "bean-scene"
PATH = f"/api/store/v1/{SLUG}/counter/"


@dataclass
class Counters:
    """The counter's routes and pages, and who calls them."""

    shop: PaperShop
    app: FastAPI
    gare: UUID
    bonnevoie: UUID
    people: dict[str, Caller] = field(default_factory=dict)

    def post(self, who: str, what: str, key: str | None = None, **body: Any) -> httpx.Response:
        """Sends a request to the counter; in Gare unless another store is named."""
        said = {name: str(value) if isinstance(value, UUID) else value for name, value in body.items()}
        return self.people[who].post(PATH + what, {"store": str(self.gare)} | said, idempotency_key=key or str(uuid4()))

    def new_card(self, who: str = "ana", **person: Any) -> dict[str, Any]:
        """A customer's card for the phone: its view, number and code."""
        answer = self.post(who, "enrol", **person)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["card"]) | {one: answer.json()[one] for one in ("card_number", "qr_code")}

    def found(self, who: str, **by: str) -> dict[str, Any]:
        """What a stamp or the like on the card that was looked up names."""
        card = self.post(who, "look-up", **by).json()
        return {"card": card["id"], "by": card["by"]}


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """SQLite alone: nothing here is about the database."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'server.db')}"


@pytest.fixture
def counters(units: Units, tmp_path: Path) -> Counters:
    program = a_coffee_program(stamps_target=3, max_stamps_per_visit=3, rewards=[a_reward(60)])
    shop = PaperShop(units, tmp_path, program)
    with shop.units.write(shop.company_id) as conn:
        gare, bonnevoie = shop.store(conn, "Gare"), shop.store(conn, "Bonnevoie")
    server = shop.server
    found = Counters(shop, bootstrap.build_app(server), gare.id, bonnevoie.id)
    tokens = {
        "ana": signed_in(server, SLUG, Role.CASHIER, "Gare", email="ana@example.com"),
        "joel": signed_in(server, SLUG, Role.CASHIER, "Gare", email="joel@example.com"),
        "sofie": signed_in(server, SLUG, Role.MANAGER, email="sofie@example.com"),
    }
    found.people = {name: Caller(found.app, token) for name, token in tokens.items()}
    return found


@pytest.fixture
def other_company(counters: Counters) -> UUID:
    """The id of another company with a program."""
    shop, company_id = counters.shop, uuid4()
    with shop.units.platform_write() as conn:
        companies.create(conn, company_id, name="Other", slug="other", choices={}, now=shop.now)
        shop.keys.add_company(company_id)
    with shop.units.write(company_id) as conn:
        program_changes.publish(conn, company_id, a_coffee_program(), shop.keys, shop.now)
    return company_id
