"""Storage of a till's keys in a secret store.

Only known keyrings are used, and each is tested first, since some installations keep plain text or nothing. Without a
safe store the till reports a problem; keys must not be stored in plain text.
"""

import msgspec

from sync.protocol import sealing
from sync.protocol.chain import SigningKey, new_signing_key
from sync.protocol.messages import KeyWithId
from sync.protocol.sealing import Key, SealingKey, new_sealing_key
from terminal.keys.secret_stores import Secrets
from terminal.problems import KeyringProblem, KeysMissing

FORMER_MAX = 4  # of each kind; some keyrings hold only 2,560 bytes


class _Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    signing: bytes | None = None
    sealing: bytes | None = None
    token: str | None = None
    lookup: KeyWithId | None = None
    data: KeyWithId | None = None
    pepper: KeyWithId | None = None
    former_data: tuple[KeyWithId, ...] = ()
    former_peppers: tuple[KeyWithId, ...] = ()
    pool: KeyWithId | None = None  # generated here, not sent
    next: "_Kept | None" = None  # keys of a pairing in progress; the others stay in use until it is done


class TillKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a paired till. Former keys decrypt older data."""

    signing: SigningKey
    sealing: SealingKey
    token: str
    lookup: Key
    data: Key
    pepper: Key
    pool: Key  # encrypts the codes of this till's blanks
    former_data: tuple[Key, ...] = ()
    former_peppers: tuple[Key, ...] = ()

    def __repr__(self) -> str:
        return "Keys(…)"

    def data_with(self, key_id: int) -> Key | None:
        """The data key with this id, or None."""
        return next((key for key in (self.data, *self.former_data) if key.id == key_id), None)

    def pepper_with(self, key_id: int) -> Key | None:
        """The pepper with this id, or None."""
        return next((key for key in (self.pepper, *self.former_peppers) if key.id == key_id), None)


class Vault:
    """A till's keys, stored under its profile's id."""

    def __init__(self, place: Secrets, profile_id: str) -> None:
        self._place = place
        self._name = f"till-{profile_id}"

    def keys(self) -> TillKeys:
        """The keys of a paired till; raises `KeysMissing`."""
        kept = self._read()
        if not (kept.signing and kept.sealing and kept.token and kept.lookup and kept.data and kept.pepper):
            raise KeysMissing
        pool = kept.pool
        if pool is None:  # paired by an older program
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
        """The terminal's own keys; kept from the first attempt to pair, so that a lost reply can be requested again.

        *again*: separate keys for pairing a till that is already paired.
        """
        kept = self._read()
        target = (kept.next or _Kept()) if again else kept
        if target.signing is None or target.sealing is None:
            target = _replaced(target, signing=new_signing_key().secret, sealing=new_sealing_key().secret)
            self._write(_replaced(kept, next=target) if again else target)
        assert target.signing is not None and target.sealing is not None, "made above"
        return SigningKey(target.signing), SealingKey(target.sealing)

    def keep(self, token: str, lookup: KeyWithId, data: KeyWithId, pepper: KeyWithId, *, again: bool = False) -> None:
        """Stores keys received at pairing; with *again*, beside those in use until `take_over`."""
        self.keys_to_pair(again=again)
        kept = self._read()
        target = (kept.next or _Kept()) if again else kept
        target = _replaced(target, token=token, lookup=lookup, data=data, pepper=pepper, pool=_new_pool_key())
        self._write(_replaced(kept, next=target) if again else target)

    def take_over(self) -> None:
        """Replaces the old keys by those of the new pairing."""
        kept = self._read()
        if kept.next is not None and kept.next.token is not None:
            self._write(kept.next)

    def renew(self, data: KeyWithId, pepper: KeyWithId) -> None:
        """Stores the company's newest keys; earlier ones are kept for rows that name them."""
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
        """Erases the keys in use."""
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
