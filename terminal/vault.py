"""Where a till's keys live: the system's keyring, or, where one is asked for by name, an encrypted file.

Known keyrings only, each tried before it is trusted: some installations answer with a plain file or with nothing at
all. Without a safe place the till says so; it never falls back to plain text.
"""

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
from sync.protocol.chain import SigningKey, new_signing_key
from sync.protocol.messages import KeyWithId
from sync.protocol.sealing import Key, SealingKey, Unopenable, new_sealing_key
from terminal.problems import KeyringLocked, KeyringProblem, KeysMissing

SERVICE = "orion-terminal"
FORMER_MAX = 4  # of each kind; some keyrings hold 2,560 bytes, and each revocation makes new ones
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
    """A place for secrets by name."""

    def read(self, name: str) -> str | None: ...

    def write(self, name: str, secret: str) -> None: ...

    def forget(self, name: str) -> None:
        """Also where there is none."""


class Keyring:
    """The system's keyring, if it is one we know."""

    def __init__(self) -> None:
        import keyring  # noqa: PLC0415 - looks for backends, which a till with a file does not need

        backend = keyring.get_keyring()
        candidates = getattr(backend, "backends", [backend])
        trusted = [one for one in candidates if f"{type(one).__module__}.{type(one).__qualname__}" in _TRUSTED]
        if not trusted:
            raise KeyringProblem("no keyring that is known to be safe")
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
            raise KeyringProblem("the keyring does not keep what it is given")


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


_FILE_ROW = UUID(int=0)  # the associated data of the one box in the file


class SecretsFile:
    """Secrets in a file, under a passphrase. For tests, and for machines without a keyring."""

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
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(_File(salt, box)))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            raise KeyringProblem(str(error)) from error

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
            raise KeyringProblem("the file is not a keyring") from error

    def _key(self, salt: bytes) -> Key:
        digest = hash_secret_raw(self._passphrase.encode(), salt, 3, 64 * 1024, 1, hash_len=32, type=Type.ID)
        return Key(1, digest)


class _Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    signing: bytes | None = None
    sealing: bytes | None = None
    token: str | None = None
    lookup: KeyWithId | None = None
    data: KeyWithId | None = None
    pepper: KeyWithId | None = None
    former_data: tuple[KeyWithId, ...] = ()
    former_peppers: tuple[KeyWithId, ...] = ()
    pool: KeyWithId | None = None  # made here, and never sent
    next: "_Kept | None" = None  # of a till that is being paired again, and goes on with its present ones till then


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What a paired till holds. Former keys open what came under them."""

    signing: SigningKey
    sealing: SealingKey
    token: str
    lookup: Key
    data: Key
    pepper: Key
    pool: Key  # what the codes of this till's own blanks lie under
    former_data: tuple[Key, ...] = ()
    former_peppers: tuple[Key, ...] = ()

    def __repr__(self) -> str:
        return "Keys(…)"

    def data_with(self, key_id: int) -> Key | None:
        """The data key that a name is under."""
        return next((key for key in (self.data, *self.former_data) if key.id == key_id), None)

    def pepper_with(self, key_id: int) -> Key | None:
        """The pepper that a verifier is under."""
        return next((key for key in (self.pepper, *self.former_peppers) if key.id == key_id), None)


class Vault:
    """A till's keys, by the id of its profile."""

    def __init__(self, place: Secrets, profile_id: str) -> None:
        self._place = place
        self._name = f"till-{profile_id}"

    def keys(self) -> Keys:
        """The keys of a paired till; `KeysMissing` when there are none."""
        kept = self._read()
        if not (kept.signing and kept.sealing and kept.token and kept.lookup and kept.data and kept.pepper):
            raise KeysMissing
        pool = kept.pool
        if pool is None:  # paired by a program that had none
            pool = _new_pool_key()
            self._write(_replaced(kept, pool=pool))
        return Keys(
            signing=SigningKey(kept.signing),
            sealing=SealingKey(kept.sealing),
            token=kept.token,
            lookup=_key(kept.lookup),
            data=_key(kept.data),
            pepper=_key(kept.pepper),
            pool=_key(pool),
            former_data=tuple(map(_key, kept.former_data)),
            former_peppers=tuple(map(_key, kept.former_peppers)),
        )

    def keys_to_pair(self, *, again: bool = False) -> tuple[SigningKey, SealingKey]:
        """The terminal's own keys; made at the first try to pair and kept, so that a lost reply can be asked again.

        *again* makes others beside those of a till that is paired.
        """
        kept = self._read()
        wanted = (kept.next or _Kept()) if again else kept
        if wanted.signing is None or wanted.sealing is None:
            wanted = _replaced(wanted, signing=new_signing_key().secret, sealing=new_sealing_key().secret)
            self._write(_replaced(kept, next=wanted) if again else wanted)
        assert wanted.signing is not None and wanted.sealing is not None, "made above"
        return SigningKey(wanted.signing), SealingKey(wanted.sealing)

    def keep(self, token: str, lookup: KeyWithId, data: KeyWithId, pepper: KeyWithId, *, again: bool = False) -> None:
        """Adds what the server gave; *again* still beside what the till works with, until `take_over`."""
        self.keys_to_pair(again=again)
        kept = self._read()
        wanted = (kept.next or _Kept()) if again else kept
        wanted = _replaced(wanted, token=token, lookup=lookup, data=data, pepper=pepper, pool=_new_pool_key())
        self._write(_replaced(kept, next=wanted) if again else wanted)

    def take_over(self) -> None:
        """The till is paired again: its new keys take the place of its old ones."""
        kept = self._read()
        if kept.next is not None and kept.next.token is not None:
            self._write(kept.next)

    def renew(self, data: KeyWithId, pepper: KeyWithId) -> None:
        """Keeps the company's newest keys; those before them stay for the rows that still name them."""
        kept = self._read()
        former_data = [one for one in (kept.data, *kept.former_data) if one is not None and one.id != data.id]
        former_peppers = [one for one in (kept.pepper, *kept.former_peppers) if one is not None and one.id != pepper.id]
        self._write(
            _replaced(
                kept,
                data=data,
                pepper=pepper,
                former_data=tuple(former_data[:FORMER_MAX]),
                former_peppers=tuple(former_peppers[:FORMER_MAX]),
            )
        )

    def forget(self) -> None:
        """Keeps nothing of what the till works with."""
        kept = self._read()
        if kept.next is None:
            self._place.forget(self._name)
        else:
            self._write(_Kept(next=kept.next))

    def _read(self) -> _Kept:
        text = self._place.read(self._name)
        try:
            return _Kept() if text is None else msgspec.json.decode(text, type=_Kept)
        except msgspec.MsgspecError as error:
            raise KeyringProblem("the keys of this till cannot be read") from error

    def _write(self, kept: _Kept) -> None:
        self._place.write(self._name, msgspec.json.encode(kept).decode())


def _key(kept: KeyWithId) -> Key:
    return Key(kept.id, kept.secret)


def _new_pool_key() -> KeyWithId:
    key = sealing.new_key()
    return KeyWithId(key.id, key.secret)


def _replaced(kept: _Kept, **changes: object) -> _Kept:
    return msgspec.structs.replace(kept, **changes)


def secrets_place(environment: dict[str, str]) -> Secrets:
    """The file that ORION_KEYRING=file:DIR names, or the system's keyring."""
    named = environment.get("ORION_KEYRING", "")
    if folder := named.removeprefix("file:") if named.startswith("file:") else "":
        return SecretsFile(Path(folder), environment.get("ORION_PASSPHRASE", ""))
    if named:
        raise KeyringProblem(f"ORION_KEYRING={named} is not understood; use file:FOLDER")
    return Keyring()
