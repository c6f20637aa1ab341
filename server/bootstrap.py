"""The company server's composition root: opens database and keys, and builds the app. Services are constructed only
here.

It must not create new keys for a database that already has some, because every encrypted row would be lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from server import logs
from server.companies import companies
from server.companies.companies import Company
from server.db.outages import database_problems
from server.db.tables import platform
from server.db.units import Units, open_engine
from server.keys import Keys
from server.problems import DatabaseMissing, DatabaseNotMigrated, DatabaseUnusable, FolderUnusable, KeysForeign
from server.settings import HERE, LOOPBACK, AppleWallet, GoogleWallet, Settings, Smtp

if TYPE_CHECKING:
    from fastapi import FastAPI

    from server.hints import Carrier
    from server.jobs.runner import Runner
    from server.operations.metrics import Meters, Number
    from server.wallet.apple.maker import Apple
    from server.wallet.badges import Badges
    from server.wallet.google.maker import Google
    from server.wallet.telling import Teller


@dataclass(frozen=True, slots=True)
class Server:
    """An open database with its keys and a clock."""

    units: Units
    keys: Keys
    now: Callable[[], datetime]
    snapshots: Path | None = None  # folder for snapshots; None: no snapshots
    url: str = HERE  # every link begins with it
    smtp: Smtp | None = None  # None: no mail can be sent
    proxies: tuple[str, ...] = LOOPBACK
    apple: AppleWallet | None = None  # None: no passes for it
    google: GoogleWallet | None = None
    badges: Path | None = None

    def company(self, slug: str) -> Company:
        """The company with this slug."""
        with self.units.read() as conn:
            return companies.by_slug(conn, slug)


def now() -> datetime:
    """The current time, with its zone."""
    return datetime.now(UTC)


def open_server(chosen: Settings, *, create: bool = False) -> Server:
    """Opens the server on its database; with *create*, a missing SQLite file is created."""
    file = chosen.file
    if file is not None and not file.exists():
        if not create:
            raise DatabaseMissing
        return prepare(chosen)
    units = _units(chosen)
    try:
        with units.read() as conn:
            keys_id = _keys_id(conn)
    except DBAPIError as error:
        raise DatabaseUnusable(str(error.orig)) from error
    if keys_id is None:
        raise DatabaseNotMigrated
    return _server(chosen, units, _own_keys(chosen, keys_id))


def prepare(chosen: Settings) -> Server:
    """Migrates the database to this program's version; an empty one gets new keys."""
    if chosen.file is not None:
        try:
            chosen.file.parent.mkdir(parents=True, exist_ok=True)
            chosen.file.touch(mode=0o600)  # SQLite copies the mode to its other files
        except OSError as error:
            raise FolderUnusable(chosen.file.parent) from error
    engine = open_engine(chosen.address)
    from server.db.migration import migrate  # noqa: PLC0415 - most commands migrate nothing
    from server.ledger.feed.recount import is_counted, recount_all  # noqa: PLC0415

    try:
        with database_problems():
            migrate(engine, check=companies.require_free_slugs)
    except DBAPIError as error:
        raise DatabaseUnusable(str(error.orig)) from error
    units = Units(engine)
    with units.platform_write() as conn:
        keys_id = _keys_id(conn)
        if keys_id is not None:
            if not is_counted(conn):
                recount_all(conn, now())
            return _server(chosen, units, _own_keys(chosen, keys_id))
        # A crash after this line leaves a key file without a database; the next run uses it.
        keys = Keys.load(chosen.keys) if chosen.keys.exists() else Keys.create(chosen.keys)
        at = now()
        row = {"id": 1, "epoch": 1, "keys_id": keys.id, "limits": {}, "created_at": at, "updated_at": at}
        conn.execute(insert(platform).values(row))
        recount_all(conn, at)
    return _server(chosen, units, keys)


def _server(chosen: Settings, units: Units, keys: Keys) -> Server:
    reached, wallets = (chosen.url, chosen.smtp, chosen.proxies), (chosen.apple, chosen.google, chosen.badges)
    return Server(units, keys, now, chosen.snapshots, *reached, *wallets)


def require_current(server: Server) -> None:
    """Raises if the database belongs to another version of the program, or a company's slug is reserved."""
    from server.db.migration import is_migrated  # noqa: PLC0415
    from server.ledger.feed.recount import is_counted  # noqa: PLC0415

    with server.units.read() as conn:
        if not (is_migrated(conn) and is_counted(conn)):
            raise DatabaseNotMigrated
        companies.require_free_slugs(conn)


def build_app(server: Server, *, is_plain: bool = False, meters: "Meters | None" = None) -> "FastAPI":
    """Builds the web application. *is_plain*: it is reachable from other machines without TLS."""
    from server.api.app import build  # noqa: PLC0415 - commands must not wait for the web's libraries
    from server.api.sync.snapshots import SnapshotApi  # noqa: PLC0415
    from server.api.sync.terminals import SyncApi  # noqa: PLC0415
    from server.edge.asks import Installation  # noqa: PLC0415
    from server.edge.public_url import Place  # noqa: PLC0415
    from server.exchange.exchange import Exchanges  # noqa: PLC0415
    from server.hints import Hints  # noqa: PLC0415
    from server.office_mount import mount as office_at  # noqa: PLC0415
    from server.operations import readiness  # noqa: PLC0415
    from server.snapshots.keeping import Snapshots  # noqa: PLC0415

    logs.configure()
    hints = Hints(_carrier(server.units))
    apple, google = _apple(server), _google(server)
    jobs = runner(server, _tellers(apple, google))

    def committed(company_id: UUID, version: int) -> None:
        hints.committed(company_id, version)
        jobs.wake()

    server.units.on_commit, server.units.on_work = committed, jobs.wake
    exchanges = Exchanges(server.units, server.keys, server.now)
    if meters is not None:
        server.units.on_lock, exchanges.on_verdicts = meters.lock_waited, meters.judged
    folder = server.snapshots
    snapshots = None if folder is None else Snapshots(server.units, folder, server.keys.path, server.now)
    snapshot_api = SnapshotApi(snapshots, server.keys)
    sync = SyncApi(server.units, server.keys, exchanges, hints, snapshots=snapshot_api, now=server.now)
    ready = partial(readiness.look, server.units, server.keys, lambda: jobs.is_looping)
    app = build(sync, hints, jobs, snapshots, readiness=ready, is_plain=is_plain)
    place, can_mail = Place(server.url), server.smtp is not None
    here = Installation(
        server.units,
        server.keys,
        server.now,
        place,
        can_mail=can_mail,
        apple=apple,
        google=google,
        badges=_badges(server),
    )
    office_at(app, here, hints)
    app.state.hints = hints  # the web server closes it, as open streams would keep it from stopping
    return app


def _badges(server: Server) -> "Badges | None":
    """The makers' badges; None if the operator has put none anywhere."""
    if server.badges is None:
        return None
    from server.wallet.badges import Badges  # noqa: PLC0415

    return Badges(server.badges)


def answer_metrics(server: Server, port: int, meters: "Meters | None") -> str:
    """Answers Prometheus at a port of this machine, without *meters* for the workers; returns the address."""
    from server.jobs.schedule import JOBS  # noqa: PLC0415 - most commands measure nothing
    from server.operations import metrics  # noqa: PLC0415
    from server.wallet import state  # noqa: PLC0415

    following = [job.name for job in JOBS if job.follows]
    numbers = [metrics.Number("orion_wallets_behind", "Passes whose maker is yet to be told.", state.behind)]
    if server.apple is not None:
        numbers.append(_certificate_left(server.apple, server.now))
    return metrics.answer(port, metrics.DatabaseMetrics(server.units, following, numbers), meters)


def _certificate_left(chosen: AppleWallet, now: Callable[[], datetime]) -> "Number":
    """How long the certificate for Apple Wallet still lasts."""
    from server.operations.metrics import Number  # noqa: PLC0415
    from server.wallet.apple.signer import Identities  # noqa: PLC0415

    identities = Identities(chosen)

    def left(_conn: Connection) -> float | None:
        ends_at = identities.ends_at()
        return None if ends_at is None else max(0.0, (ends_at - now()).total_seconds())

    return Number("orion_apple_certificate_seconds", "Seconds until the certificate for Apple Wallet ends.", left)


def runner(server: Server, tellers: "Sequence[Teller] | None" = None) -> "Runner":
    """The runner of all jobs; they tell *tellers*, or makers of their own."""
    from server.jobs.runner import Runner, Services  # noqa: PLC0415 - most commands run no job
    from server.jobs.schedule import JOBS  # noqa: PLC0415

    if tellers is None:
        tellers = _tellers(_apple(server), _google(server))
    return Runner(Services(server.units, server.keys, server.smtp, server.url, tellers), JOBS)


def _tellers(*makers: "Teller | None") -> "list[Teller]":
    return [one for one in makers if one is not None]


def _apple(server: Server) -> "Apple | None":
    """Apple as a maker of wallets; None if the installation makes no passes for it."""
    if server.apple is None:
        return None
    from server.wallet.apple.maker import Apple  # noqa: PLC0415 - most installations and commands make no request

    return Apple(server.apple, server.url, server.units, server.keys)


def _google(server: Server) -> "Google | None":
    """Google as a maker of wallets; None if the installation has no issuer there."""
    if server.google is None:
        return None
    from server.wallet.google import maker  # noqa: PLC0415 - most installations and commands make no request

    return maker.opened(server.google, server.url, server.units, server.keys.platform, server.now)


def _carrier(units: Units) -> "Carrier | None":
    """The carrier of hints between workers; None for SQLite, which has only one worker."""
    if units.address.get_backend_name() == "sqlite":
        return None
    from server.db.notifications import Notifications  # noqa: PLC0415

    return Notifications(units.address)


def _units(chosen: Settings) -> Units:
    """Units of work that notify running workers of commits; the app replaces this notification by its own."""
    engine = open_engine(chosen.address)
    units = Units(engine)
    if not chosen.is_sqlite:
        from server.db.notifications import announcer  # noqa: PLC0415

        units.on_commit = announcer(engine)
    return units


def _keys_id(conn: Connection) -> str | None:
    keys_id: str | None = conn.execute(select(platform.c.keys_id)).scalar_one_or_none()
    return keys_id


def _own_keys(chosen: Settings, keys_id: str) -> Keys:
    keys = Keys.load(chosen.keys)
    if keys.id != keys_id:
        raise KeysForeign(chosen.keys)
    return keys
