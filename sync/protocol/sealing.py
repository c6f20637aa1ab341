"""Encryption and keyed hashes: sealed boxes, names under the data key, look-up hashes, PIN verifiers.

The only module that imports the cryptographic libraries for these; docs/protocol.md specifies every byte. Keys must not
appear in reprs, and undecryptable bytes raise `Unopenable` instead of the library's errors.
"""

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loyalty.texts import CONTACT_CHARS_MAX, OLD_CODE_CHARS_MAX, hides

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
SALT_BYTES: Final = 16

# OWASP's memory for Argon2id, and three times its passes: as slow as a till can bear that checks a PIN at every unlock,
# on hardware of ten years ago. More memory costs an old machine more than it costs whoever guesses.
PIN_MEMORY_KIB: Final = 19 * 1024
PIN_TIME_COST: Final = 6
PIN_PARALLELISM: Final = 1


class Unopenable(Exception):
    """Bytes that cannot be decrypted: wrong key, row or purpose, or damaged; these cannot be distinguished."""


class Purpose(StrEnum):
    """The purpose of a sealed box; a box opens only for its own purpose."""

    PAIRING = "orion-pairing-1"
    KEYS = "orion-keys-1"
    CONTACT = "orion-contact-1"
    POOL = "orion-pool-1"
    PIN = "orion-pin-1"


@dataclass(frozen=True, slots=True)
class Key:
    """A look-up key, data key, pepper or platform key; its id is stored beside what it encrypts."""

    id: int
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError("a key has 32 bytes")


@dataclass(frozen=True, slots=True)
class SealingKey:
    """An X25519 key of a terminal or the server, stored as its 32 raw bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError("a sealing key has 32 bytes")

    @property
    def public(self) -> bytes:
        """The 32-byte public key, for sealing."""
        return X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()


def new_key() -> Key:
    """A new random key. Its id is random too, so that a restored server does not reuse an id."""
    return Key(1 + secrets.randbelow(2**31 - 1), secrets.token_bytes(KEY_BYTES))


def new_sealing_key() -> SealingKey:
    """A new random sealing key."""
    return SealingKey(X25519PrivateKey.generate().private_bytes_raw())


# Sealed boxes: anyone can create one, only the holder of the private key opens it.


def seal(recipient_public: bytes, plaintext: bytes, purpose: str) -> bytes:
    """A box for the owner of *recipient_public*: ephemeral public key, nonce, ciphertext."""
    ephemeral = new_sealing_key()
    key = _box_key(ephemeral, recipient_public, ephemeral.public + recipient_public, purpose)
    return ephemeral.public + _encrypt(key, plaintext, b"")


def unseal(private_key: SealingKey, sealed: bytes, purpose: str) -> bytes:
    """Opens a box sealed to *private_key* for *purpose*; raises `Unopenable`."""
    ephemeral_public = sealed[:KEY_BYTES]
    try:
        key = _box_key(private_key, ephemeral_public, ephemeral_public + private_key.public, purpose)
    except ValueError as error:  # too short, or an invalid public key
        raise Unopenable("invalid sealed box") from error
    return _decrypt(key, sealed[KEY_BYTES:], b"")


def _box_key(own: SealingKey, theirs: bytes, salt: bytes, purpose: str) -> bytes:
    # Both public keys go into the salt: X25519 ignores the top bit of a public key, so the shared secret alone
    # would let a changed box still open.
    shared = X25519PrivateKey.from_private_bytes(own.secret).exchange(X25519PublicKey.from_public_bytes(theirs))
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=purpose.encode("ascii")).derive(shared)


# Under a company's data key: names, and on the server also tokens and card numbers.


def encrypt(data_key: Key, row_id: UUID, text: str) -> bytes:
    """Encrypts *text* for one row: nonce, ciphertext. The caller stores `data_key.id` beside it."""
    return encrypt_bytes(data_key, row_id, text.encode())


def decrypt(data_key: Key, row_id: UUID, encrypted: bytes) -> str:
    """Decrypts a row's text; raises `Unopenable`."""
    return decrypt_bytes(data_key, row_id, encrypted).decode()


def encrypt_bytes(data_key: Key, row_id: UUID, plaintext: bytes) -> bytes:
    """Encrypts what is no text, such as a part of a file, as `encrypt` does."""
    return _encrypt(data_key.secret, plaintext, row_id.bytes)


def decrypt_bytes(data_key: Key, row_id: UUID, encrypted: bytes) -> bytes:
    """Decrypts it; raises `Unopenable`."""
    return _decrypt(data_key.secret, encrypted, row_id.bytes)


def _encrypt(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, associated)


def _decrypt(key: bytes, encrypted: bytes, associated: bytes) -> bytes:
    if len(encrypted) < NONCE_BYTES + TAG_BYTES:
        raise Unopenable("too short")
    try:
        return AESGCM(key).decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], associated)
    except InvalidTag as error:
        raise Unopenable("wrong key or changed bytes") from error


# Look-up hashes: equal inputs give equal bytes, which reveal nothing without the key.


def token_hash(token: str) -> bytes:
    """The stored hash of a QR token or terminal token; 192 random bits need no key."""
    return sha256(token.encode("ascii")).digest()


def number_hmac(key: Key, number: str) -> bytes:
    """The look-up hash of a normalised card number (12 digits)."""
    assert len(number) == 12 and number.isascii() and number.isdecimal(), "the card number is not normalised"
    return _lookup(key, b"number", number)


def email_hmac(key: Key, email: str) -> bytes | None:
    """The look-up hash of an e-mail address as typed, or None if it is invalid."""
    normal = normal_email(email)
    return None if normal is None else _lookup(key, b"email", normal)


def phone_hmac(key: Key, phone: str, country: str) -> bytes | None:
    """The look-up hash of a phone number as typed in *country*, or None if it is invalid."""
    normal = normal_phone(phone, country)
    return None if normal is None else _lookup(key, b"phone", normal)


def old_code_hmac(key: Key, code: str) -> bytes | None:
    """The look-up hash of another program's code, or None if it is empty or longer than such codes may be."""
    normal = normal_old_code(code)
    return None if normal is None else _lookup(key, b"code", normal)


_OLD_CODE_READ_MAX = 4 * OLD_CODE_CHARS_MAX  # before it is trimmed and composed


def normal_old_code(text: str) -> str | None:
    """Trimmed and NFC, 1 to 128 characters; None for any other text."""
    if len(text) > _OLD_CODE_READ_MAX:
        return None
    normal = unicodedata.normalize("NFC", text.strip())
    return normal if 1 <= len(normal) <= OLD_CODE_CHARS_MAX and not hides(normal) else None


def normal_email(text: str) -> str | None:
    """Trimmed, NFC, case-folded; None unless it reads somebody@somewhere."""
    text = _bare_address(text)
    # Folding can decompose letters, so NFC is applied before and after it.
    normal = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
    somebody, _, somewhere = normal.rpartition("@")
    readable = normal.isprintable() and not hides(normal) and _NO_ADDRESS.search(normal) is None
    fits = len(normal) <= CONTACT_CHARS_MAX and "@" not in somebody
    return normal if somebody and all(somewhere.split(".")) and readable and fits else None


_NO_ADDRESS = re.compile(r"[\s,;:<>()\[\]\\\"]")
_NAMED_ADDRESS = re.compile(r"[^<>]*<([^<>]*)>")


def _bare_address(text: str) -> str:
    """The bare address, without `mailto:`, a name before angle brackets, or a trailing comma or full stop."""
    bare = text.strip(_AROUND).rstrip(_AROUND + ".")
    if (named := _NAMED_ADDRESS.fullmatch(bare)) is not None:
        bare = named[1].strip(_AROUND)
    if bare[:7].casefold() == "mailto:":
        bare = bare[7:].partition("?")[0].strip(_AROUND)
    return bare.rstrip(_AROUND + ".")


_AROUND = " \t\r\n\f\v\u00a0\u2028\u2029\ufeff,;"


_TRUNK_ZERO = re.compile(r"(?P<before>\s*(?:\+|00)[\s./-]*(?P<code>\d{1,3})[\s./-]*)\(0\)")
_ZERO_STAYS = frozenset({"39", "378", "379"})


def normal_phone(text: str, country: str) -> str | None:
    """The E.164 form of a phone number as dialled in *country* (ISO 3166), or None if it is invalid."""
    import phonenumbers  # noqa: PLC0415 - its tables would slow every start

    typed = text.strip(_AROUND)
    if len(typed) > CONTACT_CHARS_MAX:
        return None
    # A zero in brackets is dialled within the country only, except after the codes of Italy and its neighbours.
    if (trunk := _TRUNK_ZERO.match(typed)) is not None and trunk["code"] not in _ZERO_STAYS:
        typed = trunk["before"] + typed[trunk.end() :]
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return None
    # Length, not "valid": which ranges are in use changes with the library's tables, and both ends must agree.
    # A local number without its area code would be a different phone in each town; an extension names many people.
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or number.extension:
        return None
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Leading zeros ("000-917") may pass by length, and would parse as another number the next time.
    return normal if phonenumbers.parse(normal, None) == number else None


def _lookup(key: Key, kind: bytes, normal: str) -> bytes:
    return hmac.digest(key.secret, kind + b"\x00" + normal.encode(), "sha256")


# PIN verifiers: all PINs can be guessed in minutes, so the hash is encrypted under a pepper kept elsewhere.


@dataclass(frozen=True, slots=True)
class PinVerifier:
    """The stored verifier of a PIN, with its parameters, so that these can be raised later."""

    salt: bytes
    memory_kib: int
    time_cost: int
    parallelism: int
    pepper_id: int
    nonce: bytes
    ciphertext: bytes


def make_verifier(pin: str, staff_id: UUID, pepper: Key) -> PinVerifier:
    """Makes a verifier for *pin*, valid for this member of staff only."""
    assert pin.isascii() and pin.isdecimal(), "a PIN consists of digits"
    salt = secrets.token_bytes(SALT_BYTES)
    digest = _pin_digest(pin, salt, PIN_MEMORY_KIB, PIN_TIME_COST, PIN_PARALLELISM)
    nonce, ciphertext = _under_pepper(pepper, digest, staff_id)
    return PinVerifier(salt, PIN_MEMORY_KIB, PIN_TIME_COST, PIN_PARALLELISM, pepper.id, nonce, ciphertext)


def no_pin(staff_id: UUID, pepper: Key) -> PinVerifier:
    """A verifier that fits no PIN, as a till needs one for everybody; made without hashing."""
    nonce, ciphertext = _under_pepper(pepper, secrets.token_bytes(KEY_BYTES), staff_id)
    salt = secrets.token_bytes(SALT_BYTES)
    return PinVerifier(salt, PIN_MEMORY_KIB, PIN_TIME_COST, PIN_PARALLELISM, pepper.id, nonce, ciphertext)


def pin_matches(pin: str, staff_id: UUID, verifier: PinVerifier, pepper: Key) -> bool:
    """True if *pin* is correct; raises `Unopenable` for a damaged verifier, or one of another person or pepper."""
    expected = _from_under_pepper(pepper, verifier, staff_id)
    if not pin.isascii():
        return False
    digest = _pin_digest(pin, verifier.salt, verifier.memory_kib, verifier.time_cost, verifier.parallelism)
    return hmac.compare_digest(digest, expected)


def repepper(verifier: PinVerifier, staff_id: UUID, old: Key, new: Key) -> PinVerifier:
    """The verifier re-encrypted under another pepper, without knowing the PIN; used after a revocation."""
    nonce, ciphertext = _under_pepper(new, _from_under_pepper(old, verifier, staff_id), staff_id)
    return replace(verifier, pepper_id=new.id, nonce=nonce, ciphertext=ciphertext)


# A till and its server share secrets that no other till has: for unlocking by telephone, and for responses.

PHONE_DIGITS: Final = 8


def phone_key(own: SealingKey, their_public: bytes, *, terminal_public: bytes, server_public: bytes) -> bytes:
    """The secret shared by one terminal and the server, computed by either."""
    return _common_key(own, their_public, terminal_public + server_public, b"orion-phone-1")


def answer_key(own: SealingKey, their_public: bytes, *, terminal_public: bytes, server_public: bytes) -> bytes:
    """The key of the codes on the server's responses to one terminal, computed by either."""
    return _common_key(own, their_public, terminal_public + server_public, b"orion-response-1")


def _common_key(own: SealingKey, their_public: bytes, salt: bytes, info: bytes) -> bytes:
    shared = X25519PrivateKey.from_private_bytes(own.secret).exchange(X25519PublicKey.from_public_bytes(their_public))
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=info).derive(shared)


def phone_answer(key: bytes, company: UUID, terminal: UUID, staff: UUID, challenge: str) -> str:
    """The digits that answer *challenge* for this person at this terminal."""
    assert len(challenge) == PHONE_DIGITS and challenge.isascii() and challenge.isdecimal(), (
        "a challenge consists of digits"
    )
    ids = company.bytes + terminal.bytes + staff.bytes
    digest = hmac.digest(key, b"orion-phone-1" + ids + challenge.encode("ascii"), "sha256")
    return f"{int.from_bytes(digest[:8]) % 10**PHONE_DIGITS:0{PHONE_DIGITS}}"


def spoken_digits(text: str) -> str | None:
    """The digits of a challenge or answer as typed; None if their number is wrong."""
    digits = "".join(text.replace("-", " ").split())
    return digits if len(digits) == PHONE_DIGITS and digits.isascii() and digits.isdecimal() else None


def _under_pepper(pepper: Key, digest: bytes, staff_id: UUID) -> tuple[bytes, bytes]:
    encrypted = _encrypt(pepper.secret, digest, staff_id.bytes)
    return encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]


def _from_under_pepper(pepper: Key, verifier: PinVerifier, staff_id: UUID) -> bytes:
    if verifier.pepper_id != pepper.id:
        raise Unopenable(f"under pepper {verifier.pepper_id}, not {pepper.id}")
    if len(verifier.nonce) != NONCE_BYTES:
        raise Unopenable("invalid nonce")
    return _decrypt(pepper.secret, verifier.nonce + verifier.ciphertext, staff_id.bytes)


def _pin_digest(pin: str, salt: bytes, memory_kib: int, time_cost: int, parallelism: int) -> bytes:
    try:
        return hash_secret_raw(
            pin.encode("ascii"), salt, time_cost, memory_kib, parallelism, hash_len=KEY_BYTES, type=Type.ID
        )
    except (HashingError, OverflowError) as error:
        raise Unopenable("invalid parameters of a PIN verifier") from error
