"""Hands mails to the mail server. What it answers is an outcome; nothing it says about a mail is raised."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from enum import Enum, auto
from types import TracebackType
from typing import Self

from server.mail.outbox import Mail
from server.settings import Smtp
from sync.protocol.sealing import normal_email

TIMEOUT_S = 20.0
_CODES = re.compile(rb"\s*(\d\.\d{1,3}\.\d{1,3})\b")
_PERMANENT = range(500, 600)
_ENCODED = "=?"  # how an encoded word of RFC 2047 begins; what it stands for may end the header and begin another


class Verdict(Enum):
    """What became of a mail."""

    SENT = auto()
    LATER = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the mail server made of a mail; *error* holds codes only, as its words may quote an address."""

    verdict: Verdict
    error: str = ""
    no_such_address: bool = False


class Sender:
    """A connection to the mail server, made when the first mail is sent and again after it broke."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hang_up()

    def send(self, mail: Mail, now: datetime) -> Outcome:
        """Sends one mail."""
        try:
            message = message_of(mail, self._smtp.sender, now)
        except (ValueError, UnicodeError):
            return Outcome(Verdict.NEVER, "address", no_such_address=True)
        try:
            self._connected().send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            return self._refused(code, said, is_address=True)
        except smtplib.SMTPDataError as refused:
            return self._refused(refused.smtp_code, refused.smtp_error)
        except smtplib.SMTPNotSupportedError:  # a letter in the address that this mail server cannot take
            return Outcome(Verdict.NEVER, "SMTPUTF8")
        except smtplib.SMTPResponseException as refused:  # of the sender or the password, so not the mail's fault
            self._hang_up()
            return Outcome(Verdict.LATER, _codes(refused.smtp_code, refused.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Outcome(Verdict.LATER, type(error).__name__)
        return Outcome(Verdict.SENT)

    def _refused(self, code: int, said: bytes | str, *, is_address: bool = False) -> Outcome:
        if code not in _PERMANENT:
            self._hang_up()  # 421 closes the connection
            return Outcome(Verdict.LATER, _codes(code, said))
        return Outcome(Verdict.NEVER, _codes(code, said), no_such_address=is_address)

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = _connect(self._smtp)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
            self._connection = None


def message_of(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """The mail as it is sent; raises `ValueError` for an address that is none."""
    if mail.address is None or mail.body is None:
        raise ValueError("nothing is left of this mail")
    if _ENCODED in mail.address:
        raise ValueError("not an address but an encoded word")
    address = normal_email(mail.address)  # the one that was looked up; a text can hold another before it
    if address is None:
        raise ValueError("not an address")
    somebody, _, somewhere = address.rpartition("@")
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    message["To"] = f"{somebody}@{somewhere.encode('idna').decode('ascii')}"
    message["Subject"] = mail.body.subject.replace(_ENCODED, "= ?")
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"  # alike at every try
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.language
    if mail.body.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{mail.body.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(mail.body.text)
    message.add_alternative(mail.body.html, subtype="html")
    return message


def _connect(smtp: Smtp) -> smtplib.SMTP:
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if smtp.is_tls:
        connection = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT_S)
    try:
        is_encrypted = smtp.is_tls
        connection.ehlo_or_helo_if_needed()
        if not is_encrypted and connection.has_extn("starttls"):
            connection.starttls(context=context)
            is_encrypted = True
        if smtp.user:
            if not is_encrypted:
                raise smtplib.SMTPException("no password is said in clear")
            connection.login(smtp.user, smtp.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _codes(code: int, said: bytes | str) -> str:
    found = _CODES.match(said if isinstance(said, bytes) else said.encode())
    return f"{code} {found[1].decode()}" if found else str(code)
