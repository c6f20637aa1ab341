"""Where the demo's mails end up: a mail server on this machine, and a page that shows what it was handed.

The company's server sends them as it would to any mail server; nothing is handed on.
"""

import re
import secrets
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.pages import assets

MAIL_BYTES_MAX = 1 << 20
CLOSES_WITHIN_S = 0.1
_LINK = re.compile(r"(https?://\S+)")
_PATH = "/demo/mails/{secret}"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
_PAGE = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mails of the demo</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="{style}"></head>'
    '<body><main class="page"><h1>Mails of the demo</h1><p class="sub">{count}, the newest first. None has left this '
    'machine. <a href="">Look again</a></p><br>{mails}</main></body></html>'
)
_MAIL = Markup('<section class="panel padded"><h2>{subject}</h2><p class="secondary">to {to}</p><br>{text}</section>')


class Letterbox:
    """Keeps the mails of one demo."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self._secret = secrets.token_urlsafe(24)  # whoever reads an invitation can accept it
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.mails = self.mails
        Thread(target=self._server.serve_forever, args=(CLOSES_WITHIN_S,), name="letterbox", daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._server.server_address[1]
        return port

    @property
    def path(self) -> str:
        """Where the page is."""
        return _PATH.format(secret=self._secret)

    def route(self) -> Route:
        """Answers with the page."""
        return Route(self.path, self._shown)

    def close(self) -> None:
        """Takes no more mails."""
        self._server.shutdown()
        self._server.server_close()

    def _shown(self, _request: Request) -> Response:
        count = f"{len(self.mails)} mail{'' if len(self.mails) == 1 else 's'}"
        mails = Markup().join(_shown(one) for one in reversed(self.mails))
        return HTMLResponse(
            _PAGE.format(style=assets.address("office.css"), count=count, mails=mails), headers=_HEADERS
        )


def _shown(mail: EmailMessage) -> Markup:
    """A mail's plain text, with its links to click on."""
    plain = mail.get_body(("plain",))
    text = "" if plain is None else str(plain.get_content()).strip()
    lines = Markup("<br>").join(map(_linked, text.splitlines()))
    return _MAIL.format(subject=mail["Subject"], to=mail["To"], text=lines)


def _linked(line: str) -> Markup:
    link = Markup('<a href="{0}">{0}</a>')
    return Markup().join(link.format(part) if _LINK.fullmatch(part) else part for part in _LINK.split(line))


class _Server(ThreadingTCPServer):
    daemon_threads = True
    mails: list[EmailMessage]


class _Session(StreamRequestHandler):
    """What a mail server says of RFC 5321 to one that hands it mails."""

    server: _Server

    def handle(self) -> None:
        self._say(b"220 demo")
        while line := self.rfile.readline(MAIL_BYTES_MAX):
            match line[:4].upper():
                case b"EHLO":
                    self._say(b"250-demo", b"250-8BITMIME", b"250 SMTPUTF8")
                case b"MAIL" | b"RCPT" | b"RSET" | b"NOOP" | b"HELO":
                    self._say(b"250 OK")
                case b"DATA":
                    self._say(b"354 go on")
                    if (mail := self._mail()) is None:
                        return
                    self.server.mails.append(message_from_bytes(mail, EmailMessage, policy=SMTP))
                    self._say(b"250 OK")
                case b"QUIT":
                    self._say(b"221 bye")
                    return
                case _:
                    self._say(b"502 not known here")

    def _mail(self) -> bytes | None:
        """The lines up to a point alone, None if the sender left before; one that began with a point came with two."""
        lines = []
        while (line := self.rfile.readline(MAIL_BYTES_MAX)) != b".\r\n":
            if not line:
                return None
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, *lines: bytes) -> None:
        self.wfile.write(b"\r\n".join((*lines, b"")))
