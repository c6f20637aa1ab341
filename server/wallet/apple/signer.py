"""Who signs passes for Apple Wallet: the certificate of a pass type with its key, and Apple's that signed it.

The files are read when they are first needed, and again when they have changed: a renewed certificate of the same pass
type needs no restart, and no new passes.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Lock

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7
from cryptography.x509.oid import NameOID

from server.settings import AppleWallet

WARNED_BEFORE = tuple(timedelta(days=days) for days in (60, 30, 7))
_OPTIONS = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]


class Fault(StrEnum):
    """What is wrong with certificate or key."""

    FILE_UNREADABLE = "file_unreadable"
    KEY_EXPOSED = "key_exposed"  # other users of the machine can read it
    KEY_OF_ANOTHER = "key_of_another"  # certificate
    NOT_SIGNED_BY_INTERMEDIATE = "not_signed_by_intermediate"
    PASS_TYPE_DIFFERS = "pass_type_differs"  # noqa: S105 - no password
    TEAM_DIFFERS = "team_differs"
    NOT_YET_VALID = "not_yet_valid"
    ENDED = "ended"
    ENDS_SOON = "ends_soon"  # the only one with which passes are still signed


class IdentityUnusable(Exception):
    """Passes cannot be signed."""

    def __init__(self, fault: Fault, about: str = "") -> None:
        super().__init__(f"{fault} {about}".strip())
        self.fault, self.about = fault, about


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    intermediate: x509.Certificate

    def signature(self, manifest: bytes) -> bytes:
        """The signature of a pass: PKCS #7, detached, with both certificates and the time of signing."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(manifest)
        builder = builder.add_signer(self.certificate, self.key, SHA256()).add_certificate(self.intermediate)
        return builder.sign(Encoding.DER, _OPTIONS)

    @property
    def ends_at(self) -> datetime:
        """When the first of its certificates ends."""
        return min(self.certificate.not_valid_after_utc, self.intermediate.not_valid_after_utc)


class Identities:
    """The present identity of an installation."""

    def __init__(self, settings: AppleWallet) -> None:
        self.settings = settings
        self._gate = Lock()
        self._read: tuple[tuple[int, ...], Identity] | None = None

    def present(self, now: datetime) -> Identity:
        """The identity that signs now; raises `IdentityUnusable`."""
        found = self._present()
        for fault, about in faults(self.settings, found, now):
            if fault is not Fault.ENDS_SOON:
                raise IdentityUnusable(fault, about)
        return found

    def look(self, now: datetime) -> list[tuple[Fault, str]]:
        """What is wrong, or soon will be; nothing if all is well."""
        try:
            return list(faults(self.settings, self._present(), now))
        except IdentityUnusable as unusable:
            return [(unusable.fault, unusable.about)]

    def ends_at(self) -> datetime | None:
        """When passes can be signed no longer; None if they cannot be now."""
        try:
            return self._present().ends_at
        except IdentityUnusable:
            return None

    def _present(self) -> Identity:
        files = (self.settings.certificate, self.settings.key, self.settings.intermediate)
        with self._gate:
            stamp = tuple(number for file in files for number in _stamp(file))
            if self._read is None or self._read[0] != stamp:
                self._read = stamp, _read(self.settings)
            return self._read[1]


def faults(settings: AppleWallet, found: Identity, now: datetime) -> Iterator[tuple[Fault, str]]:
    """What is wrong with an identity, the worst first."""
    certificate = found.certificate
    if certificate.public_key() != found.key.public_key():
        yield Fault.KEY_OF_ANOTHER, settings.key.name
    try:
        certificate.verify_directly_issued_by(found.intermediate)
    except (InvalidSignature, TypeError, ValueError):
        yield Fault.NOT_SIGNED_BY_INTERMEDIATE, settings.intermediate.name
    pass_type, team = _named(certificate, NameOID.USER_ID), _named(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if pass_type != settings.pass_type:
        yield Fault.PASS_TYPE_DIFFERS, pass_type
    if team != settings.team:
        yield Fault.TEAM_DIFFERS, team
    if now < max(certificate.not_valid_before_utc, found.intermediate.not_valid_before_utc):
        yield Fault.NOT_YET_VALID, ""
    day = found.ends_at.date().isoformat()
    if found.ends_at <= now:
        yield Fault.ENDED, day
    elif found.ends_at - now <= max(WARNED_BEFORE):
        yield Fault.ENDS_SOON, day


def _named(certificate: x509.Certificate, part: x509.ObjectIdentifier) -> str:
    return next((str(one.value) for one in certificate.subject.get_attributes_for_oid(part)), "")


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        raise IdentityUnusable(Fault.FILE_UNREADABLE, file.name) from None
    return found.st_mtime_ns, found.st_ino


def _read(settings: AppleWallet) -> Identity:
    if (
        settings.key.stat().st_mode & stat.S_IRWXO
    ):  # group access is allowed, as secrets mounted into containers have it
        raise IdentityUnusable(Fault.KEY_EXPOSED, settings.key.name)
    certificate = _certificate(settings.certificate)
    intermediate = _certificate(settings.intermediate)
    try:
        key = load_pem_private_key(settings.key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise IdentityUnusable(Fault.FILE_UNREADABLE, settings.key.name)
    return Identity(certificate, key, intermediate)


def _certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        raise IdentityUnusable(Fault.FILE_UNREADABLE, file.name) from None
