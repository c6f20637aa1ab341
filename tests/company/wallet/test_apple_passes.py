"""Pass files as Apple's format wants them, and what is said of certificates that do not do."""

import io
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image

from server.settings import AppleWallet
from server.translations import Translator
from server.wallet import pass_content, strip
from server.wallet.apple import pass_file
from server.wallet.apple.pass_file import Made
from server.wallet.apple.signer import Fault, Identities, IdentityUnusable
from server.wallet.pass_content import PassContent, VoidReason
from tests.company.wallet.test_pass_content import LOOK, PAGE, TOKEN, shown
from tests.support.wallets import certificates
from tests.support.wallets.iphone import WalletPass, opened

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ID = uuid4()


def made(content: PassContent, folder: Path, logo: bytes | None = None) -> WalletPass:
    identity = Identities(certificates.settings_in(folder)).present(NOW)
    service = "https://loyalty.example/wallet/apple"
    beside = Made(ID, "a" * 43, certificates.TEAM, certificates.PASS_TYPE, service, logo, NOW)
    file = pass_file.packed(content, beside, identity)
    assert len(file) < pass_file.BYTES_MAX
    return opened(file)


def test_a_pass_has_the_keys_that_apple_asks_for(tmp_path: Path) -> None:
    found = made(shown(7, 12), tmp_path).json
    assert found["formatVersion"] == 1
    assert (found["passTypeIdentifier"], found["teamIdentifier"]) == (certificates.PASS_TYPE, certificates.TEAM)
    assert (found["serialNumber"], found["sharingProhibited"]) == (ID.hex, True)
    assert (found["webServiceURL"], found["authenticationToken"]) == ("https://loyalty.example/wallet/apple", "a" * 43)
    assert (found["organizationName"], found["description"]) == ("Café Lumière", "Loyalty card of Café Lumière")
    assert (found["backgroundColor"], found["foregroundColor"]) == ("rgb(18, 32, 74)", "rgb(255, 255, 255)")
    (code,) = found["barcodes"]
    assert code == {
        "format": "PKBarcodeFormatQR",
        "message": TOKEN,
        "messageEncoding": "iso-8859-1",
        "altText": "4821-0937-5516",
    }
    card = found["storeCard"]
    assert [field["value"] for field in card["headerFields"]] == [12]
    assert [field["value"] for field in card["secondaryFields"]] == [
        "7 of 10, 3 more to: Free coffee",
        "2027-11-21T12:00:00Z",
    ]
    assert {field["key"] for field in card["backFields"]} >= {"rewards", "stores", "page", "leave"}
    assert [field["key"] for part in card.values() for field in part if "changeMessage" in field] == ["status"]
    assert "groupingIdentifier" not in found and "voided" not in found and "Marie" not in json.dumps(found)


@pytest.mark.parametrize("logo", [True, False], ids=["logo", "no logo"])
def test_a_pass_has_its_pictures_in_three_sizes(tmp_path: Path, logo: bool) -> None:
    picture = strip.icon("#112233", "#FFFFFF", "star", 400) if logo else None
    files = made(shown(7), tmp_path, picture).files
    for name, size in {"icon": (29, 29), "logo": (50, 50), "strip": strip.APPLE}.items():
        for scale, suffix in {1: "", 2: "@2x", 3: "@3x"}.items():
            with Image.open(io.BytesIO(files[f"{name}{suffix}.png"])) as drawn:
                assert (drawn.format, drawn.size) == ("PNG", (size[0] * scale, size[1] * scale))


@pytest.mark.parametrize("reason", VoidReason)
def test_a_void_pass_says_so_and_has_no_code(tmp_path: Path, reason: VoidReason) -> None:
    found = made(pass_content.of_void(reason, LOOK, Translator("en"), card_page=PAGE), tmp_path).json
    assert (found["voided"], found["expirationDate"]) == (True, "2026-03-02T12:00:00+00:00")
    assert "barcodes" not in found and TOKEN not in json.dumps(found)


@pytest.mark.slow
def test_openssl_verifies_the_signature_against_the_chain(tmp_path: Path) -> None:
    """OpenSSL is another program than the one that signs."""
    one = made(shown(7, 12), tmp_path)
    for name in ("manifest.json", "signature"):
        (tmp_path / name).write_bytes(one.files[name])

    def verified() -> int:
        command: list[str | Path] = [
            "openssl",
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            tmp_path / "signature",
        ]
        command += ["-content", tmp_path / "manifest.json", "-CAfile", tmp_path / "wwdr.pem", "-purpose", "any"]
        command += ["-attime", str(int(NOW.timestamp())), "-out", tmp_path / "verified"]
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode

    assert verified() == 0
    assert (tmp_path / "verified").read_bytes() == one.files["manifest.json"]
    command: list[str | Path] = [
        "openssl",
        "pkcs7",
        "-inform",
        "DER",
        "-in",
        tmp_path / "signature",
        "-print_certs",
        "-noout",
    ]
    listed = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
    assert certificates.PASS_TYPE in listed and "Made Worldwide Developer Relations" in listed
    command = ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", tmp_path / "signature"]
    assert b"signingTime" in subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    (tmp_path / "manifest.json").write_bytes(one.files["manifest.json"].replace(b"pass.json", b"pass.jsom"))
    assert verified() != 0


# Certificates.


def exposed(settings: AppleWallet, _folder: Path) -> AppleWallet:
    settings.key.chmod(0o644)
    return settings


def of_another_key(settings: AppleWallet, _folder: Path) -> AppleWallet:
    settings.key.write_bytes(certificates.pass_certificate().key_pem)
    return settings


def by_a_stranger(settings: AppleWallet, _folder: Path) -> AppleWallet:
    settings.intermediate.write_bytes(certificates.authority("a stranger").pem)
    return settings


def broken(settings: AppleWallet, _folder: Path) -> AppleWallet:
    settings.certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    return settings


def ended(_settings: AppleWallet, folder: Path) -> AppleWallet:
    return certificates.settings_in(folder, certificates.pass_certificate(ends=NOW - timedelta(days=1)))


FAULTY: list[tuple[Callable[[AppleWallet, Path], AppleWallet], Fault]] = [
    (lambda one, _: certificates.without_key(one), Fault.FILE_UNREADABLE),
    (broken, Fault.FILE_UNREADABLE),
    (exposed, Fault.KEY_EXPOSED),
    (of_another_key, Fault.KEY_OF_ANOTHER),
    (by_a_stranger, Fault.NOT_SIGNED_BY_INTERMEDIATE),
    (lambda one, _: replace(one, pass_type="pass.example.other"), Fault.PASS_TYPE_DIFFERS),
    (lambda one, _: replace(one, team="OTHERTEAM1"), Fault.TEAM_DIFFERS),
    (ended, Fault.ENDED),
]


@pytest.mark.parametrize(("changed", "fault"), FAULTY, ids=range(len(FAULTY)))
def test_an_identity_that_signs_nothing_says_why(
    tmp_path: Path, changed: Callable[[AppleWallet, Path], AppleWallet], fault: Fault
) -> None:
    identities = Identities(changed(certificates.settings_in(tmp_path), tmp_path))
    assert fault in {found for found, _ in identities.look(NOW)}
    with pytest.raises(IdentityUnusable):
        identities.present(NOW)


@pytest.mark.parametrize(("days", "said"), [(61, []), (60, [Fault.ENDS_SOON]), (1, [Fault.ENDS_SOON])])
def test_the_end_of_a_certificate_is_told_60_days_before(tmp_path: Path, days: int, said: list[Fault]) -> None:
    own = certificates.pass_certificate(ends=NOW + timedelta(days=days))
    identities = Identities(certificates.settings_in(tmp_path, own))
    assert [fault for fault, _ in identities.look(NOW)] == said
    assert identities.present(NOW).ends_at == NOW + timedelta(days=days)


def test_a_renewed_certificate_needs_no_restart(tmp_path: Path) -> None:
    identities = Identities(certificates.settings_in(tmp_path))
    before = identities.present(NOW)
    assert identities.present(NOW) is before
    certificates.settings_in(tmp_path, certificates.pass_certificate(ends=NOW + timedelta(days=90)))
    assert identities.present(NOW).ends_at == NOW + timedelta(days=90)
