"""Settings of an installation, read from environment and command line. Nothing is opened here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from platformdirs import user_data_path
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from server.problems import KeysUnnamed, SettingUnreadable

HERE = "http://127.0.0.1:8400"  # where `serve` listens unless it is told otherwise
LOOPBACK = ("127.0.0.0/8", "::1/128")
APPLE_PUSH, GOOGLE_API = "https://api.push.apple.com", "https://walletobjects.googleapis.com"
_OF_APPLE = ("ORION_APPLE_TEAM", "ORION_APPLE_PASS_TYPE", "ORION_APPLE_CERT", "ORION_APPLE_KEY", "ORION_APPLE_WWDR")
_SMTP_PORTS = {"smtp": 587, "smtps": 465}


class NotAnAddress(ValueError):
    """An unreadable database address. It is left out of the message, because it may contain a password."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server that mails are handed to, and their sender."""

    host: str
    port: int
    sender: str
    is_tls: bool = False  # encrypted from the first byte; otherwise by STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AppleWallet:
    """Who makes passes for Apple Wallet: an Apple developer's team, with the certificate of a pass type."""

    team: str
    pass_type: str
    certificate: Path  # PEM, like the next two
    key: Path
    intermediate: Path  # Apple's, which signed the certificate
    push: str = APPLE_PUSH


@dataclass(frozen=True, slots=True)
class GoogleWallet:
    """Who makes passes for Google Wallet: an issuer, with a service account that may write its passes."""

    issuer: str
    key: Path  # the service account's, as JSON
    api: str = GOOGLE_API


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an installation."""

    database: URL
    keys: Path
    snapshots: Path
    url: str = HERE  # where people reach the server; every link begins with it
    smtp: Smtp | None = None
    proxies: tuple[str, ...] = LOOPBACK  # whose word on where a request came from is taken
    apple: AppleWallet | None = None  # None: no passes for it
    google: GoogleWallet | None = None
    badges: Path | None = None  # folder of the makers' badges

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
    snapshots = Path(environment.get("ORION_SNAPSHOTS") or beside)
    public, smtp, proxies = _public_url(environment), _smtp(environment), _proxies(environment)
    apple, google = _apple(environment), _google(environment)
    if (apple or google) and not (public.startswith("https://") or _is_loopback(public)):
        raise SettingUnreadable("ORION_URL")  # wallets open nothing else
    badges = Path(environment["ORION_BADGES"]) if environment.get("ORION_BADGES") else None
    return Settings(url, keys, snapshots, public, smtp, proxies, apple, google, badges)


def _public_url(environment: Mapping[str, str]) -> str:
    text = environment.get("ORION_URL") or HERE
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.path in {"", "/"}
    except ValueError:
        whole = False
    whole = whole and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not whole or not text.isprintable() or " " in text:
        raise SettingUnreadable("ORION_URL")
    return text.rstrip("/")


def _proxies(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses and networks in `ORION_PROXIES`."""
    named = environment.get("ORION_PROXIES", "")
    try:
        return tuple(str(ip_network(one.strip())) for one in named.split(",")) if named.strip() else LOOPBACK
    except ValueError:
        raise SettingUnreadable("ORION_PROXIES") from None


def _apple(environment: Mapping[str, str]) -> AppleWallet | None:
    named = _all_or_none(environment, _OF_APPLE)
    if named is None:
        return None
    team, pass_type, certificate, key, intermediate = named
    push = _maker(environment, "ORION_APPLE_PUSH", APPLE_PUSH)
    return AppleWallet(team, pass_type, Path(certificate), Path(key), Path(intermediate), push)


def _google(environment: Mapping[str, str]) -> GoogleWallet | None:
    named = _all_or_none(environment, ["ORION_GOOGLE_ISSUER", "ORION_GOOGLE_KEY"])
    if named is None:
        return None
    issuer, key = named
    return GoogleWallet(issuer, Path(key), _maker(environment, "ORION_GOOGLE_API", GOOGLE_API))


def _all_or_none(environment: Mapping[str, str], names: Sequence[str]) -> list[str] | None:
    """The values of settings that belong together; None if none is there."""
    found = {name: environment.get(name, "").strip() for name in names}
    if not any(found.values()):
        return None
    for name, value in found.items():
        if not value:
            raise SettingUnreadable(name)
    return list(found.values())


def _maker(environment: Mapping[str, str], name: str, usual: str) -> str:
    """Another server in a maker's place, for tests: on this machine alone, as nobody else may see passes."""
    url = environment.get(name)
    if url and not _is_loopback(url):
        raise SettingUnreadable(name)
    return (url or usual).rstrip("/")


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}
    except ValueError:
        return False


def _smtp(environment: Mapping[str, str]) -> Smtp | None:
    address = environment.get("ORION_SMTP")
    if not address:
        return None
    try:
        parts = urlsplit(address)
        port = parts.port or _SMTP_PORTS.get(parts.scheme)
    except ValueError:
        raise SettingUnreadable("ORION_SMTP") from None
    if port is None or parts.hostname is None or parts.scheme not in _SMTP_PORTS:
        raise SettingUnreadable("ORION_SMTP")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Smtp(parts.hostname, port, _sender(environment), parts.scheme == "smtps", user, password)


def _sender(environment: Mapping[str, str]) -> str:
    sender = environment.get("ORION_MAIL_FROM", "")
    try:
        is_whole = bool(Address(addr_spec=sender).domain)
    except (MessageError, ValueError, IndexError):
        is_whole = False
    if not is_whole:
        raise SettingUnreadable("ORION_MAIL_FROM")
    return sender


def _keys(environment: Mapping[str, str], url: URL) -> Path:
    if named := environment.get("ORION_KEYS"):
        return Path(named)
    if url.get_backend_name() != "sqlite":
        raise KeysUnnamed
    return Path(f"{url.database}.keys")


def default_file() -> Path:
    """The SQLite file used by default."""
    return user_data_path("orion-terminal") / "server.db"
