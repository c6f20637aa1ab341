"""What a form for a card carries: a signed token, so that only forms of ours are taken, each once and not at once.

The codes of cards that are only pretended, to robots, are signed as well: their pages look like those of real ones.
"""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from loyalty.codes import TOKEN_BYTES, Token, make_number, make_token, parse
from server.keys import Keys

GOOD_FROM, GOOD_UNTIL = timedelta(seconds=2), timedelta(hours=2)
CHARS_MAX = 80
_ID_BYTES, _TIME_BYTES, _MAC_BYTES = 16, 8, 16
_FORM, _PRETENDED = b"orion-join-form-1", b"orion-join-pretended-1"
_HALF = TOKEN_BYTES // 2


@dataclass(frozen=True, slots=True)
class FormToken:
    """A form that was shown."""

    id: UUID  # of what is booked by it
    shown_at: datetime

    def is_good(self, now: datetime) -> bool:
        """True once somebody can have read the form, and while they may still be at it."""
        return GOOD_FROM <= now - self.shown_at <= GOOD_UNTIL

    def is_late(self, now: datetime) -> bool:
        """True if another form has to be shown."""
        return now - self.shown_at > GOOD_UNTIL


def make(keys: Keys, company_id: UUID, now: datetime) -> str:
    """The token of a form that is shown now."""
    said = uuid4().bytes + int(now.timestamp()).to_bytes(_TIME_BYTES)
    return base64.urlsafe_b64encode(said + _mac(keys, _FORM + company_id.bytes + said)).decode()


def read(keys: Keys, company_id: UUID, text: str) -> FormToken | None:
    """The form that a token is of; None for one that we did not make for this company."""
    try:
        data = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    said, mac = data[: _ID_BYTES + _TIME_BYTES], data[_ID_BYTES + _TIME_BYTES :]
    if not hmac.compare_digest(mac, _mac(keys, _FORM + company_id.bytes + said)):
        return None
    shown_at = datetime.fromtimestamp(int.from_bytes(said[_ID_BYTES:]), UTC)
    return FormToken(uuid5(company_id, f"customer enrolments {said[:_ID_BYTES].hex()}"), shown_at)


def pretended_code(keys: Keys) -> str:
    """The code of a card that is only pretended."""
    said = secrets.token_bytes(_HALF)
    return make_token(said + _mac(keys, _PRETENDED + said)[:_HALF])


def is_pretended(keys: Keys, text: str) -> bool:
    """True for a code that `pretended_code` has made."""
    code = parse(text)
    if not isinstance(code, Token):
        return False
    data = base64.urlsafe_b64decode(code.text)
    return hmac.compare_digest(data[_HALF:], _mac(keys, _PRETENDED + data[:_HALF])[:_HALF])


def pretended_number(keys: Keys, code: str) -> str:
    """The number of a card that is only pretended, always the same for its code."""
    return make_number(_mac(keys, _PRETENDED + code.encode()))


def _mac(keys: Keys, data: bytes) -> bytes:
    return hmac.digest(keys.platform.secret, data, "sha256")[:_MAC_BYTES]
