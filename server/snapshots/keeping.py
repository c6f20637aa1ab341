"""Keeps snapshots ready: has them built before a pairing code is used, or when a till asks.

A build runs in its own process, so that it does not slow down requests, and ends with this process. Without a snapshot,
tills use the feed.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, select

from server.companies import companies
from server.db.tables import cards, pairing_codes, platform
from server.db.units import Units
from server.ledger.rows import erasures
from server.snapshots.files import SnapshotFolder, Stored
from sync.protocol.messages import SNAPSHOT_ROWS_MIN
from sync.replica.tables import FILE_FORMAT

LOOK_EACH_S = 15.0
AGAIN_S = 300.0  # wait after a failed build
AGE_MAX = timedelta(hours=24)  # erased data must not stay in snapshots for long
COMMITS_WITHIN = timedelta(minutes=1)  # what is erased is gone for readers so long after its time, at the latest
_IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_BUILD = "from server.cli import main; main()"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Offer:
    """The snapshot for a till: a stored one, one being built, or neither."""

    stored: Stored | None = None
    building: bool = False


class Snapshots:
    """The snapshots of all companies, in one folder."""

    def __init__(
        self, units: Units, folder: Path, keys: Path, now: Callable[[], datetime], *, rows_min: int = SNAPSHOT_ROWS_MIN
    ) -> None:
        self._units = units
        self._folder = folder
        self._keys = keys
        self._now = now
        self._rows_min = rows_min
        self._gate = threading.Lock()  # guards what follows
        self._builds: dict[UUID, subprocess.Popen[bytes]] = {}
        self._failed: dict[UUID, float] = {}
        self._closed = False

    def place(self, company_id: UUID) -> SnapshotFolder:
        """The folder of the company's snapshot."""
        return SnapshotFolder(self._folder, company_id)

    def offer(self, company_id: UUID) -> Offer:
        """The company's snapshot; starts a build if there is no usable one. Blocks, so call it in a thread."""
        place = self.place(company_id)
        stored = place.stored()
        with self._units.read() as conn:
            clock, epoch = companies.version(conn, company_id), _epoch(conn)
            erased_at = erasures.newest(conn, company_id)
            if stored is not None and stored.rows >= self._rows_min and self._is_fresh(stored, clock, epoch, erased_at):
                return Offer(stored)
            count = 0 if clock < self._rows_min else _count(conn, company_id, up_to=self._rows_min)
        return Offer(building=count >= self._rows_min and self._begin(company_id, place))

    def prepare(self) -> None:
        """Removes snapshots from before an erasure, and starts builds for companies with open pairing codes."""
        self._forget_erased()
        with self._units.read() as conn:
            codes = select(pairing_codes.c.company_id).where(
                pairing_codes.c.used_at.is_(None), pairing_codes.c.expires_at > self._now()
            )
            expecting = set(conn.execute(codes).scalars())
        for company_id in expecting:
            self.offer(company_id)

    def _forget_erased(self) -> None:
        for company_id in self._stored():
            stored = self.place(company_id).stored()
            with self._units.read() as conn:
                erased_at = erasures.newest(conn, company_id)
            if stored is not None and not _is_after(stored, erased_at):
                self.place(company_id).remove()

    def _stored(self) -> list[UUID]:
        """The companies that have a folder."""
        names = [one.name for one in self._folder.iterdir()] if self._folder.is_dir() else []
        return [UUID(name) for name in names if _IS_ID.match(name)]

    def close(self) -> None:
        """Ends running builds; the next build cleans up."""
        with self._gate:
            self._closed = True
            for build in self._builds.values():
                build.kill()

    def _is_fresh(self, stored: Stored, clock: int, epoch: int, erased_at: datetime | None) -> bool:
        """True if little has changed since, relative to its size, nobody was erased, and no restore happened."""
        return (
            stored.format == FILE_FORMAT
            and stored.epoch == epoch
            and stored.version <= clock
            and clock - stored.version <= stored.rows // 5
            and self._now() - stored.built_at < AGE_MAX
            and _is_after(stored, erased_at)
        )

    def _begin(self, company_id: UUID, place: SnapshotFolder) -> bool:
        """True if a build is running now, by this or another worker; starts one if allowed."""
        with self._gate:
            build = self._builds.get(company_id)
            if build is not None and build.poll() is None:
                return True
            if build is not None and self._builds.pop(company_id).returncode != 0:
                self._failed[company_id] = monotonic()
                _log.warning("building a snapshot failed", company=str(company_id), exit=build.returncode)
            if self._closed or monotonic() - self._failed.get(company_id, -AGAIN_S) < AGAIN_S:
                return False
            try:
                with place.turn() as ours:
                    if not ours:
                        return True
            except OSError as error:
                _log.warning("the snapshot folder cannot be used", company=str(company_id), error=str(error))
                return False
            self._builds[company_id] = self._build(company_id)
            return True

    def _build(self, company_id: UUID) -> "subprocess.Popen[bytes]":
        environment = os.environ | {
            "ORION_DATABASE": self._units.address.render_as_string(hide_password=False),
            "ORION_KEYS": str(self._keys),
            "ORION_SNAPSHOTS": str(self._folder),
        }
        words = [sys.executable, "-P", "-c", _BUILD, "snapshot", "--id", str(company_id), "--while-asked"]
        return subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603


def _is_after(stored: Stored, erased_at: datetime | None) -> bool:
    """True if the snapshot's rows were read after somebody was erased last; its time is that of its beginning."""
    return erased_at is None or stored.built_at > erased_at + COMMITS_WITHIN


def _count(conn: Connection, company_id: UUID, *, up_to: int) -> int:
    """The number of the company's cards, counted up to a limit."""
    some = select(cards.c.card_id).where(cards.c.company_id == company_id).limit(up_to).subquery()
    return conn.execute(select(func.count()).select_from(some)).scalar_one()


def _epoch(conn: Connection) -> int:
    epoch: int = conn.execute(select(platform.c.epoch)).scalar_one()
    return epoch
