"""Apple as a maker of wallets: its passes, and the pushes by which phones learn that one has changed."""

import base64
import hmac
import ssl
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection

from server.companies import looks
from server.companies.looks import LogoSize
from server.db.units import Units
from server.keys import Keys
from server.settings import AppleWallet
from server.wallet.apple import devices, pass_file
from server.wallet.apple.apns import Answer, Apns, Push
from server.wallet.apple.devices import Device
from server.wallet.apple.pass_file import Made
from server.wallet.apple.signer import Fault, Identities, IdentityUnusable
from server.wallet.makers import MakerName, Outcome, Verdict
from server.wallet.pass_content import PassContent
from server.wallet.state import Pass
from sync.protocol.sealing import KEY_BYTES

SERVICE = "/wallet/apple"  # phones add "/v1/…"


class Apple:
    """The installation's passes at Apple."""

    maker = MakerName.APPLE

    def __init__(
        self, settings: AppleWallet, url: str, units: Units, keys: Keys, trusted: ssl.SSLContext | None = None
    ) -> None:
        self.identities = Identities(settings)
        self.pass_type = settings.pass_type
        self._settings, self._url, self._units, self._keys = settings, url, units, keys
        self._apns = Apns(settings.push, settings.pass_type, trusted)
        secret = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"orion-apple-pass-1").derive(keys.platform.secret)
        self._secret = secret  # of the tokens of all passes; tills do not have it

    def auth_token(self, company_id: UUID, pass_id: UUID) -> str:
        """The token by which a phone proves that it has a pass. It is computed, so it need not be kept."""
        digest = hmac.digest(self._secret, company_id.bytes + pass_id.bytes, "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def signs(self, now: datetime) -> bool:
        """True if passes can be made now."""
        return all(fault is Fault.ENDS_SOON for fault, _ in self.identities.look(now))

    def file(self, one: Pass, content: PassContent, logo: bytes | None, now: datetime) -> bytes:
        """The signed pass; raises `IdentityUnusable`."""
        made = Made(
            pass_id=one.id,
            auth_token=self.auth_token(one.company_id, one.id),
            team=self._settings.team,
            pass_type=self.pass_type,
            service=self._url + SERVICE,
            logo=logo,
            voided_at=one.voided_at,
        )
        return pass_file.packed(content, made, self.identities.present(now))

    def tell(self, told: Pass, content: PassContent, now: datetime) -> Outcome:
        """Pushes to the phones that have the pass, which then fetch it."""
        with self._units.read() as conn:
            phones = devices.of_pass(conn, self._keys.company(told.company_id), told)
        if not phones:
            return Outcome(Verdict.NOBODY)
        try:
            identity = self.identities.present(now)
        except IdentityUnusable as unusable:
            return Outcome(Verdict.LATER, str(unusable), is_ours=True)
        answers: list[Answer] = []
        gone: list[Device] = []
        for phone in phones:
            if phone.waits_until is not None and now < phone.waits_until:
                left = int((phone.waits_until - now).total_seconds()) + 1
                answers.append(Answer(Push.WAITS, "429 TooManyRequests", retry_after_s=left))
                continue
            if phone.push_token is None:
                gone.append(phone)
                continue
            answer = self._apns.push(phone.push_token, identity, now)
            if answer.push is Push.WAITS:
                with self._units.write_unlocked() as conn:
                    waits_s = devices.has_wait(conn, told, phone, now)
                answer = Answer(Push.WAITS, answer.error, retry_after_s=waits_s)
            if answer.push is Push.GONE:
                if answer.gone_since is None or phone.registered_at <= answer.gone_since:
                    gone.append(phone)
                else:  # it has registered since
                    answers.append(Answer(Push.WAITS, answer.error))
                continue
            answers.append(answer)
            if answer.push in (Push.OURS, Push.FAILED):
                break  # the others would meet the same
        if gone:
            with self._units.write_unlocked() as conn:
                devices.remove(conn, told, gone, now)
        return _outcome(answers)

    def close(self) -> None:
        """Closes the connection to Apple."""
        self._apns.close()


def logo_of(conn: Connection, company_id: UUID, content: PassContent) -> bytes | None:
    """The company's logo as PNG, if a pass shows one."""
    return looks.logo(conn, company_id, LogoSize.PICTURE)[0] if content.logo is not None else None


def _outcome(answers: list[Answer]) -> Outcome:
    """What became of the pushes together: the worst of them."""
    by = {answer.push: answer for answer in answers}
    if (ours := by.get(Push.OURS)) is not None:
        return Outcome(Verdict.LATER, ours.error, is_ours=True)
    if (failed := by.get(Push.FAILED)) is not None:
        return Outcome(Verdict.LATER, failed.error, failed.retry_after_s, is_general=True)
    if (waits := by.get(Push.WAITS)) is not None:
        return Outcome(Verdict.LATER, waits.error, waits.retry_after_s)
    if Push.TAKEN in by:
        return Outcome(Verdict.TOLD)
    if (wrong := by.get(Push.WRONG)) is not None:
        return Outcome(Verdict.NEVER, wrong.error)
    return Outcome(Verdict.NOBODY)
