"""The address that browsers reach this server at: by setting, never by the `Host` that a caller writes."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Place:
    """The address that browsers and links in mails use; `settings` has checked it."""

    url: str  # scheme, host and port, without a slash at the end

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def may_set_cookies(self) -> bool:
        """True if a session's cookie cannot be read on the way: over TLS, or without leaving this machine."""
        return self.is_https or _is_loopback(urlsplit(self.url).hostname or "")

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; browsers keep `__Host-` ones to this host and to TLS."""
        return "__Host-orion" if self.is_https else "orion"


def caller(address: str) -> str:
    """The address of a request's sender, or nothing if a proxy handed on what is none."""
    return address if _is_address(address) else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)
