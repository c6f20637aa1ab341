"""A real SMTP server on this machine, which takes mails or answers as a test says."""

import threading
from asyncio import Server
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from server.settings import Smtp

SENDER = "orion@loyalty.example"


class Postman:
    """The mails taken, and answers to give instead of taking one."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.at_recipient: list[str] = []
        self.at_data: list[str] = []
        self.came = threading.Event()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, to: str, _options: Any) -> str:  # noqa: N802
        if self.at_recipient:
            return self.at_recipient.pop(0)
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.at_data:
            return self.at_data.pop(0)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        self.came.set()
        return "250 OK"


class _AtAnyPort(Controller):
    """aiosmtpd's controller knows no free port: it asks itself at the port it was given."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server), "it runs"
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def running(postman: Postman, authenticate: Callable[..., Any] | None = None) -> Iterator[Smtp]:
    """The server, for as long as the block runs; with *authenticate* it wants a password."""
    wants: dict[str, Any] = {}
    if authenticate is not None:
        wants = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    controller = _AtAnyPort(postman, hostname="127.0.0.1", port=0, **wants)
    controller.start()
    try:
        yield Smtp("127.0.0.1", controller.port, SENDER)
    finally:
        controller.stop()
