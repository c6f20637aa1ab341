"""Where a till's keys live: the system's keyring, or, where one is asked for by name, an encrypted file.

Known keyrings only, each tried before it is trusted: some installations answer with a plain file or with nothing at
all. Without a safe place the till says so; it never falls back to plain text.
"""

import msgspec

from sync.protocol import sealing
from sync.protocol.chain import SigningKey, new_signing_key
from sync.protocol.messages import KeyWithId
from sync.protocol.sealing import Key, SealingKey, new_sealing_key
from terminal.keys.secret_stores import Secrets
from terminal.problems import KeyringProblem, KeysMissing

FORMER_MAX = 4  # of each kind; some keyrings hold 2,560 bytes, and each revocation makes new ones


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


class TillKeys(msgspec.Struct, frozen=True, kw_only=True):
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

    def keys(self) -> TillKeys:
        """The keys of a paired till; `KeysMissing` when there are none."""
        kept = self._read()
        if not (kept.signing and kept.sealing and kept.token and kept.lookup and kept.data and kept.pepper):
            raise KeysMissing
        pool = kept.pool
        if pool is None:  # paired by a program that had none
            pool = _new_pool_key()
            self._write(_replaced(kept, pool=pool))
        return TillKeys(
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
