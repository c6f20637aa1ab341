"""A company whose office is called over HTTP, with one person of each role."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from loyalty.staff import Role
from server import bootstrap
from server.bootstrap import Server
from server.db.units import Units, open_engine
from tests.support.office_web import Caller, signed_in, signed_in_admin
from tests.support.paper_shop import PaperShop, a_coffee_program

SLUG = "bean-scene"


@dataclass(frozen=True)
class Staffed:
    """The office of one company and who works there."""

    shop: PaperShop
    server: Server
    app: FastAPI
    store_id: str
    owner: Caller
    manager: Caller
    cashier: Caller
    admin: Caller
    nobody: Caller


@contextmanager
def staffed_office(migrated_file: Path, folder: Path) -> Iterator[Staffed]:
    """The office of a new company on a copy of *migrated_file* in *folder*."""
    with staffed_on(f"sqlite:///{shutil.copy(migrated_file, folder / 'server.db')}", folder) as office:
        yield office


@contextmanager
def staffed_on(url: str, folder: Path) -> Iterator[Staffed]:
    """The office of a new company on a migrated database, with its keys in *folder*."""
    engine = open_engine(url)
    shop = PaperShop(Units(engine), folder, a_coffee_program())
    server = shop.server
    with server.units.write(shop.company_id) as conn:
        store = shop.store(conn, "Gare")
    app = bootstrap.build_app(server)
    owner, manager, cashier = (
        Caller(app, signed_in(server, SLUG, role)) for role in (Role.OWNER, Role.MANAGER, Role.CASHIER)
    )
    admin = Caller(app, signed_in_admin(server))
    yield Staffed(shop, server, app, str(store.id), owner, manager, cashier, admin, nobody=Caller(app))
    engine.dispose()
