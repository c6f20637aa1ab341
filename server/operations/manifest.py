"""A backup's own description: the file `manifest.json`, which names the other files in its folder with their hashes."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection, func, inspect, select, table

from server.problems import BackupBroken

FORMAT = 1
NAME = "manifest.json"
KEYS = "server.keys"
DATABASE = {"sqlite": "server.db", "postgresql": "server.dump"}
_AT_ONCE = 1 << 20

_Name = Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z]+\Z")]  # in the folder itself


class StoredFile(Struct, frozen=True):
    """A file of the backup."""

    name: _Name
    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """The contents of a backup."""

    format: int
    made_at: datetime
    program_version: str
    database: Literal["sqlite", "postgresql"]
    revision: str  # of the database's schema
    epoch: int
    keys_id: str
    rows: dict[str, int]  # by table
    files: tuple[StoredFile, ...]

    @property
    def has_keys(self) -> bool:
        """True if the key file is part of it."""
        return any(file.name == KEYS for file in self.files)


def counted(conn: Connection) -> dict[str, int]:
    """The number of rows of each table that there is, of whichever version of the program."""
    rows: dict[str, int] = {}
    for name in sorted(inspect(conn).get_table_names()):
        rows[name] = conn.execute(select(func.count()).select_from(table(name))).scalar_one()
    return rows


def described(path: Path) -> StoredFile:
    """A file as the manifest names it."""
    return StoredFile(path.name, path.stat().st_size, hash_of(path))


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while part := stream.read(_AT_ONCE):
            found.update(part)
    return found.hexdigest()


def read(folder: Path) -> Manifest:
    """The manifest of a backup all of whose files are whole; raises `BackupBroken`."""
    try:
        manifest = _decode((folder / NAME).read_bytes())
    except FileNotFoundError as error:
        raise BackupBroken(folder, f"it has no {NAME}") from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackupBroken(folder, f"its {NAME} cannot be read") from error
    if manifest.format != FORMAT:
        raise BackupBroken(folder, f"its format is {manifest.format}, and this program knows {FORMAT}")
    if DATABASE[manifest.database] not in {file.name for file in manifest.files}:
        raise BackupBroken(folder, f"its {NAME} names no database")
    for file in manifest.files:
        _check(folder, file)
    return manifest


def _check(folder: Path, file: StoredFile) -> None:
    path = folder / file.name
    try:
        size = path.stat().st_size
        if size != file.bytes:
            raise BackupBroken(folder, f"{file.name} has {size} bytes instead of {file.bytes}")
        if hash_of(path) != file.sha256:
            raise BackupBroken(folder, f"{file.name} has changed since: its SHA-256 is another")
    except FileNotFoundError as error:
        raise BackupBroken(folder, f"{file.name} is missing") from error
    except OSError as error:
        raise BackupBroken(folder, f"{file.name} cannot be read") from error


_decode = msgspec.json.Decoder(Manifest).decode
