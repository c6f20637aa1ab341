"""A made chain in Apple's place: an authority, certificates of pass types, and one of a server on this machine."""

import ssl
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.settings import AppleWallet

TEAM, PASS_TYPE = "ABCDE12345", "pass.example.loyalty"
BEGAN, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def authority(name: str = "Made Worldwide Developer Relations") -> Signed:
    """The authority that signs all others; made once, as it costs."""
    return _signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), None, ENDS)


def pass_certificate(
    team: str = TEAM, pass_type: str = PASS_TYPE, *, ends: datetime = ENDS, by: Signed | None = None
) -> Signed:
    """The certificate of a pass type."""
    named = [
        x509.NameAttribute(NameOID.USER_ID, pass_type),
        x509.NameAttribute(NameOID.COMMON_NAME, f"Pass Type ID: {pass_type}"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, team),
    ]
    return _signed(x509.Name(named), by or authority(), ends)


def _signed(subject: x509.Name, by: Signed | None, ends: datetime) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.issuer_name(subject if by is None else by.certificate.subject)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(BEGAN).not_valid_after(ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if by is not None:
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
        usage = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
        builder = builder.add_extension(own, critical=False)
    return Signed(builder.sign(key if by is None else by.key, SHA256()), key)


def settings_in(
    folder: Path, own: Signed | None = None, *, push: str = "https://127.0.0.1:1", by: Signed | None = None
) -> AppleWallet:
    """The settings of an installation with these files, which are written into *folder*."""
    own = own or pass_certificate()
    files = {"pass.pem": own.pem, "pass.key": own.key_pem, "wwdr.pem": (by or authority()).pem}
    for name, data in files.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o600)
    return AppleWallet(TEAM, PASS_TYPE, folder / "pass.pem", folder / "pass.key", folder / "wwdr.pem", push)


def environment(chosen: AppleWallet) -> dict[str, str]:
    """The same settings as an operator writes them."""
    return {
        "ORION_APPLE_TEAM": chosen.team,
        "ORION_APPLE_PASS_TYPE": chosen.pass_type,
        "ORION_APPLE_CERT": str(chosen.certificate),
        "ORION_APPLE_KEY": str(chosen.key),
        "ORION_APPLE_WWDR": str(chosen.intermediate),
        "ORION_APPLE_PUSH": chosen.push,
    }


def without_key(settings: AppleWallet) -> AppleWallet:
    return replace(settings, key=settings.key.with_name("missing.key"))


def trusting() -> ssl.SSLContext:
    """What a client trusts that speaks to servers of this chain."""
    return ssl.create_default_context(cadata=authority().pem.decode())


def server_context(folder: Path) -> ssl.SSLContext:
    """What a server of this chain presents; it asks its clients for a certificate of the same chain."""
    own = _signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), authority(), ENDS)
    file = folder / "server.pem"
    file.write_bytes(own.pem + own.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.load_verify_locations(cadata=authority().pem.decode())
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    return context
