"""Settings of an installation, read from environment and command line. Nothing is opened here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from server.problems import KeysUnnamed


class NotAnAddress(ValueError):
    """An unreadable database address. It is left out of the message, because it may contain a password."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an installation."""

    database: URL
    keys: Path
    snapshots: Path

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        name = self.database.database
        return Path(name) if self.is_sqlite and name is not None else None

    @property
    def address(self) -> str:
        """The complete address with its password, for the engine; it must not be logged."""
        return self.database.render_as_string(hide_password=False)

    @property
    def is_sqlite(self) -> bool:
        return self.database.get_backend_name() == "sqlite"


def read(environment: Mapping[str, str], database: str | None = None) -> Settings:
    """Reads the settings from the environment; *database* from the command line has priority."""
    address = database or environment.get("ORION_DATABASE") or f"sqlite:///{default_file()}"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise NotAnAddress from None
    kind = url.get_backend_name()
    if kind not in {"sqlite", "postgresql"} or (kind == "sqlite" and url.database in {None, "", ":memory:"}):
        raise NotAnAddress
    if kind == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    keys = _keys(environment, url)
    beside = keys.parent / "snapshots" if kind == "postgresql" else Path(f"{url.database}.snapshots")
    return Settings(url, keys, Path(environment.get("ORION_SNAPSHOTS") or beside))


def _keys(environment: Mapping[str, str], url: URL) -> Path:
    if named := environment.get("ORION_KEYS"):
        return Path(named)
    if url.get_backend_name() != "sqlite":
        raise KeysUnnamed
    return Path(f"{url.database}.keys")


def default_file() -> Path:
    """The SQLite file used by default."""
    return user_data_path("orion-terminal") / "server.db"
