"""Stores for secrets: the system's keyring, or an encrypted file if configured."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

import msgspec
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from sync.protocol import sealing
from sync.protocol.sealing import Key, Unopenable
from sync.replica.disk import to_disk
from terminal.problems import FolderUnusable, KeyringLocked, KeyringProblem

SERVICE = "orion-terminal"
PASSPHRASE_VARIABLE = "ORION_PASSPHRASE"  # noqa: S105 - its name, and no secret

_TRUSTED = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)


class Secrets(Protocol):
    """A store of named secrets."""

    def read(self, name: str) -> str | None: ...

    def write(self, name: str, secret: str) -> None: ...

    def forget(self, name: str) -> None:
        """Deletes a secret; harmless if there is none."""


class Keyring:
    """The system's keyring, if it is a known one."""

    def __init__(self) -> None:
        import keyring  # noqa: PLC0415 - searches for backends, not needed with a file

        backend = keyring.get_keyring()
        candidates = getattr(backend, "backends", [backend])
        trusted = [one for one in candidates if f"{type(one).__module__}.{type(one).__qualname__}" in _TRUSTED]
        if not trusted:
            raise KeyringProblem("there is no known safe keyring")
        self._backend = trusted[0]

    def read(self, name: str) -> str | None:
        with _keyring_troubles():
            secret: str | None = self._backend.get_password(SERVICE, name)
            return secret

    def write(self, name: str, secret: str) -> None:
        with _keyring_troubles():
            self._try_round_trip()
            self._backend.set_password(SERVICE, name, secret)

    def forget(self, name: str) -> None:
        with _keyring_troubles():
            if self._backend.get_password(SERVICE, name) is not None:
                self._backend.delete_password(SERVICE, name)

    def _try_round_trip(self) -> None:
        name, word = f"trial-{uuid4()}", secrets.token_hex(8)
        self._backend.set_password(SERVICE, name, word)
        answer = self._backend.get_password(SERVICE, name)
        self._backend.delete_password(SERVICE, name)
        if answer != word:
            raise KeyringProblem("the keyring does not store secrets")


@contextmanager
def _keyring_troubles() -> Iterator[None]:
    from keyring import errors  # noqa: PLC0415 - as above

    try:
        yield
    except (errors.KeyringLocked, errors.InitError) as error:
        raise KeyringLocked from error
    except errors.KeyringError as error:
        raise KeyringProblem(str(error)) from error


class _File(msgspec.Struct, frozen=True):
    salt: bytes
    box: bytes


_FILE_ROW = UUID(int=0)  # associated data of the file's encryption


class SecretsFile:
    """Secrets in a file encrypted under a passphrase, for tests and machines without a keyring."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        if not passphrase:
            raise KeyringProblem("a keyring in a file needs a passphrase")
        self._path = folder / "keys"
        self._passphrase = passphrase

    def read(self, name: str) -> str | None:
        return self._load()[0].get(name)

    def write(self, name: str, secret: str) -> None:
        kept, salt = self._load()
        self._save(kept | {name: secret}, salt)

    def forget(self, name: str) -> None:
        kept, salt = self._load()
        if kept.pop(name, None) is not None:
            self._save(kept, salt)

    def _save(self, kept: dict[str, str], salt: bytes) -> None:
        box = sealing.encrypt(self._key(salt), _FILE_ROW, msgspec.json.encode(kept).decode())
        new = self._path.with_suffix(f".{uuid4().hex}")
        try:
            if not self._path.parent.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.parent.chmod(0o700)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(_File(salt, box)))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            to_disk(self._path.parent)
        except OSError as error:
            raise FolderUnusable(self._path.parent) from error

    def _load(self) -> tuple[dict[str, str], bytes]:
        try:
            file = msgspec.json.decode(self._path.read_bytes(), type=_File)
            text = sealing.decrypt(self._key(file.salt), _FILE_ROW, file.box)
            return msgspec.json.decode(text, type=dict[str, str]), file.salt
        except FileNotFoundError:
            return {}, secrets.token_bytes(16)
        except (OSError, msgspec.MsgspecError) as error:
            raise KeyringProblem(str(error)) from error
        except Unopenable as error:
            raise KeyringLocked from error
        except HashingError as error:
            raise KeyringProblem("the file is not a key store") from error

    def _key(self, salt: bytes) -> Key:
        digest = hash_secret_raw(self._passphrase.encode(), salt, 3, 64 * 1024, 1, hash_len=32, type=Type.ID)
        return Key(1, digest)


def secrets_place(environment: dict[str, str]) -> Secrets:
    """The store configured by ORION_KEYRING=file:DIR, else the system's keyring."""
    named = environment.get("ORION_KEYRING", "")
    if folder := named.removeprefix("file:") if named.startswith("file:") else "":
        return SecretsFile(Path(folder), environment.get(PASSPHRASE_VARIABLE, ""))
    if named:
        raise KeyringProblem(f"ORION_KEYRING={named} is not understood; use file:FOLDER")
    return Keyring()
