"""The key file: the server's signing and sealing keys, the platform key, and each company's keys.

It is stored beside the database, so that neither alone can decrypt anything. A key is on disk before the first row that
needs it. Keys must not be written elsewhere, logged or shown in a repr.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from server.problems import FolderUnusable, KeysExist, KeysExposed, KeysForeign, KeysMissing, KeysUnreadable
from sync.protocol.chain import SigningKey, new_signing_key
from sync.protocol.messages import KeyWithId, TerminalKeys
from sync.protocol.sealing import KEY_BYTES, Key, SealingKey, new_key, new_sealing_key
from sync.replica.disk import to_disk

FORMAT = 1


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """A company's keys for look-ups, for encrypted data, and for PIN verifiers.

    Former keys decrypt data from backups or from tills that were offline.
    """

    lookup: Key
    data: Key
    pepper: Key
    former_data: tuple[Key, ...] = ()
    former_peppers: tuple[Key, ...] = ()

    @property
    def all_data(self) -> tuple[Key, ...]:
        """All data keys the company has had, starting with the current one."""
        return (self.data, *self.former_data)

    def data_with(self, key_id: int) -> Key | None:
        """The data key with this id, or None."""
        return next((key for key in self.all_data if key.id == key_id), None)

    def pepper_with(self, key_id: int) -> Key | None:
        """The pepper with this id, or None."""
        return next((key for key in (self.pepper, *self.former_peppers) if key.id == key_id), None)


class _Key(Struct, frozen=True):
    id: int
    secret: bytes

    def __repr__(self) -> str:
        return f"_Key(id={self.id})"


class _Company(Struct, frozen=True, omit_defaults=True):
    lookup: _Key
    data: _Key
    pepper: _Key
    former_data: tuple[_Key, ...] = ()
    former_peppers: tuple[_Key, ...] = ()
    left_out: tuple[UUID, ...] = ()  # revoked terminals that have not received the current keys


class _File(Struct, frozen=True, kw_only=True):
    format: int
    id: str
    signing: bytes
    sealing: bytes
    platform: _Key
    companies: dict[UUID, _Company]

    def __repr__(self) -> str:
        return f"_File(id={self.id!r})"


@dataclass(slots=True)
class Keys:
    """The keys of an installation, and their file."""

    path: Path
    _file: _File = field(repr=False)
    _stamp: tuple[int, int] | None = field(repr=False, default=None)  # identifies the version of the file that was read

    @classmethod
    def create(cls, path: Path) -> "Keys":
        """Creates a new key file; raises `KeysExist` if there is one."""
        file = _File(
            format=FORMAT,
            id=secrets.token_hex(16),
            signing=new_signing_key().secret,
            sealing=new_sealing_key().secret,
            platform=_stored(new_key()),
            companies={},
        )
        with _locked(path):
            if path.exists():
                raise KeysExist(path)
            _write(path, file)
        return cls(path, file)

    @classmethod
    def load(cls, path: Path) -> "Keys":
        """Loads the key file; raises a problem."""
        return cls(path, _read(path))

    @property
    def id(self) -> str:
        """The id that ties this file to its database."""
        return self._file.id

    @property
    def signing(self) -> SigningKey:
        """The key that signs seals."""
        return SigningKey(self._file.signing)

    @property
    def sealing(self) -> SealingKey:
        """The key that contacts are sealed to."""
        return SealingKey(self._file.sealing)

    @property
    def platform(self) -> Key:
        """The key of the directory's number hashes."""
        return _key(self._file.platform)

    @property
    def platform_data(self) -> Key:
        """The key that rows of the platform's own tables are encrypted under."""
        platform = self.platform
        return Key(
            platform.id, HKDF(SHA256(), KEY_BYTES, salt=None, info=b"orion-platform-data-1").derive(platform.secret)
        )

    def company(self, company_id: UUID) -> CompanyKeys:
        """The company's keys; raises `KeysForeign` if the file has none.

        Reads the file again if it has changed, as another process may have added the company or newer keys.
        """
        if _stamp(self.path) not in (None, self._stamp):
            self._reread()
        found = self._file.companies.get(company_id)
        if found is None:
            raise KeysForeign(self.path, company_id)
        return CompanyKeys(
            _key(found.lookup),
            _key(found.data),
            _key(found.pepper),
            tuple(map(_key, found.former_data)),
            tuple(map(_key, found.former_peppers)),
        )

    def add_company(self, company_id: UUID) -> CompanyKeys:
        """Creates a company's keys; they are durable on return, before any row uses them."""
        added = CompanyKeys(new_key(), new_key(), new_key())
        with _locked(self.path):
            file = _read(self.path)
            assert company_id not in file.companies, "the company already has keys"
            row = _Company(_stored(added.lookup), _stored(added.data), _stored(added.pepper))
            _write(self.path, msgspec.structs.replace(file, companies={**file.companies, company_id: row}))
            self._reread()
        return added

    def renew(self, company_id: UUID, terminal_id: UUID) -> None:
        """Creates a new data key and pepper that a revoked terminal does not have; durable on return.

        Done once for each terminal, so that an interrupted revocation can be repeated.
        """
        with _locked(self.path):
            file = _read(self.path)
            row = file.companies[company_id]
            if terminal_id not in row.left_out:
                renewed = _Company(
                    row.lookup,
                    _stored(new_key()),
                    _stored(new_key()),
                    (row.data, *row.former_data),
                    (row.pepper, *row.former_peppers),
                    (*row.left_out, terminal_id),
                )
                _write(self.path, msgspec.structs.replace(file, companies={**file.companies, company_id: renewed}))
            self._reread()

    def _reread(self) -> None:
        stamp = _stamp(self.path)  # taken before reading, so that a concurrent change is noticed
        self._file, self._stamp = _read(self.path), stamp


def token_hash(token: str) -> bytes:
    """What a database keeps of a random token that somebody else holds."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def terminal_keys(keys: CompanyKeys) -> TerminalKeys:
    """The company's keys for a terminal; they must be sealed to it before sending."""
    lookup, data, pepper = (KeyWithId(key.id, key.secret) for key in (keys.lookup, keys.data, keys.pepper))
    return TerminalKeys(lookup=lookup, data=data, pepper=pepper)


def _key(stored: _Key) -> Key:
    return Key(stored.id, stored.secret)


def _stored(key: Key) -> _Key:
    return _Key(key.id, key.secret)


def _stamp(path: Path) -> tuple[int, int] | None:
    """A value that changes when the file is written; None if it is inaccessible."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _read(path: Path) -> _File:
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            data = stream.read()
    except FileNotFoundError as error:
        raise KeysMissing(path) from error
    except OSError as error:
        raise KeysUnreadable(path) from error
    if mode & stat.S_IRWXO:  # group access is allowed, as secrets mounted into containers have it
        raise KeysExposed(path)
    try:
        file = msgspec.json.decode(data, type=_File)
        whole = file.format == FORMAT and len(file.signing) == len(file.sealing) == 32
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise KeysUnreadable(path) from None  # the decoder's message may quote the file
    if not whole:
        raise KeysUnreadable(path)
    return file


def _write(path: Path, file: _File) -> None:
    """Replaces the file atomically and durably."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)  # possibly left by a crash
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)
    to_disk(path.parent)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Excludes other writers on this machine, so that concurrent additions do not lose keys."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise FolderUnusable(path.parent) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
