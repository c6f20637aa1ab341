"""A company server's address as somebody types it → the one spelling that is stored and called.

It never asks the network whether anybody is there.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit


class NotAnAddress(ValueError):
    """Nothing that a server can be reached at."""


def server_url(typed: str) -> str:
    """`shop.example` → `https://shop.example`; plain http is taken where it is typed, or never leaves this machine."""
    text = typed.strip()
    if not text or any(character.isspace() or not character.isprintable() for character in text):
        raise NotAnAddress("empty, or with a space in it")
    scheme, separator, _ = text.partition("://")
    try:
        parts = urlsplit(text if separator else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotAnAddress("its port or its brackets do not read") from error
    if not host:
        raise NotAnAddress("no host")
    if parts.username is not None or parts.query or parts.fragment or "@" in text:
        raise NotAnAddress("more than an address")
    if not separator:
        scheme = "http" if is_loopback(host) else "https"
    if scheme.lower() not in ("http", "https"):
        raise NotAnAddress("neither http nor https")
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = f":{port}" if port is not None else ""
    return f"{scheme.lower()}://{shown_host}{shown_port}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Whether what is said to *host* stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
