"""An office whose company has cards, for tests of its pages and routes."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from fastapi import FastAPI

from loyalty.program import Reward
from loyalty.staff import Role
from server import bootstrap
from server.accounts import sessions, support_view
from server.bootstrap import Server
from server.companies import companies
from server.db.units import Units, open_engine
from server.settings import Smtp
from server.translations import Translator
from tests.support.listed_cards import Cards
from tests.support.office_web import Caller, signed_in, signed_in_admin
from tests.support.paper_shop import PaperShop, a_coffee_program

SLUG, OTHER = "bean-scene", "other-beans"
API, PAGE = f"/api/store/v1/{SLUG}/cards", f"/office/{SLUG}/cards"
REWARDS = (Reward(id="croissant", name="Croissant", cost=60), Reward(id="breakfast", name="Breakfast", cost=250))


@dataclass(frozen=True)
class CardOffice:
    """An office whose company has cards, one person of each role, and the owner of another company."""

    app: FastAPI
    server: Server
    cards: Cards
    owner: Caller
    manager: Caller  # of Gare only
    cashier: Caller
    support: Caller
    stranger: Caller
    ids: dict[str, UUID]


def _support(server: Server) -> str:
    token, now = signed_in_admin(server, "support@example.com"), server.now()
    with server.units.platform_write() as conn:
        session = sessions.find(conn, token, now)
        assert session is not None
        company = companies.by_slug(conn, SLUG)
        view = support_view.begin(
            conn,
            server.keys,
            session,
            company,
            reason="a question",
            address="127.0.0.1",
            words=lambda language: Translator(language or "en"),
            can_mail=False,
            now=now,
        )
    return view.token


def _other_company(server: Server) -> str:
    company_id = uuid4()
    with server.units.platform_write() as conn:
        companies.create(conn, company_id, name="Other Beans", slug=OTHER, choices={}, now=server.now())
        server.keys.add_company(company_id)
    return signed_in(server, OTHER, Role.OWNER)


@contextmanager
def card_office(migrated_file: Path, folder: Path, smtp: Smtp | None = None) -> Iterator[CardOffice]:
    """The office, on a database file of its own in *folder*."""
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, folder / 'server.db')}")
    shop = PaperShop(Units(engine), folder)
    cards = Cards(shop, a_coffee_program(welcome_bonus=0, rewards=REWARDS))
    ids = {
        "Marie Weber": cards.enrol("Marie Weber", email="marie@example.org", phone="621 123 456"),
        "Tom Kieffer": cards.enrol("Tom Kieffer", till=1),
        "=1+1": cards.enrol("=1+1", till=1, phone="621 999 000"),
    }
    gare, belval = cards.tills
    shop.passes(hours=1)
    gare.stamp(ids["Marie Weber"], 7)
    gare.earn(ids["Marie Weber"], 12_40, "G-1")
    belval.stamp(ids["Tom Kieffer"], 10)
    belval.earn(ids["Tom Kieffer"], 412_00)
    cards.sync()
    server = replace(shop.server, smtp=smtp)
    app = bootstrap.build_app(server)
    people = {
        "owner": signed_in(server, SLUG, Role.OWNER),
        "manager": signed_in(server, SLUG, Role.MANAGER, "Gare"),
        "cashier": signed_in(server, SLUG, Role.CASHIER),
        "support": _support(server),
        "stranger": _other_company(server),
    }
    yield CardOffice(app, server, cards, **{name: Caller(app, token) for name, token in people.items()}, ids=ids)
    engine.dispose()


def text(page: str) -> str:
    """A page's words."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())
