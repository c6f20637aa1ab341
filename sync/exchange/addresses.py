"""Normalisation of a company server's address as typed. No network access."""

from ipaddress import ip_address
from urllib.parse import urlsplit


class NotAnAddress(ValueError):
    """The text is no usable server address."""


class PlainHttp(NotAnAddress):
    """An address of another machine without TLS."""


def server_url(typed: str, *, plain_http: bool = False) -> str:
    """`shop.example` → `https://shop.example`; plain http only if typed, or on this machine."""
    text = typed.strip()
    if not text or any(character.isspace() or not character.isprintable() for character in text):
        raise NotAnAddress("empty, or contains spaces")
    scheme, separator, _ = text.partition("://")
    try:
        parts = urlsplit(text if separator else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotAnAddress("invalid port or brackets") from error
    if not host:
        raise NotAnAddress("missing host")
    if parts.username is not None or parts.query or parts.fragment or "@" in text:
        raise NotAnAddress("contains more than scheme, host, port and path")
    if not separator:
        scheme = "http" if is_loopback(host) else "https"
    if scheme.lower() not in ("http", "https"):
        raise NotAnAddress("neither http nor https")
    if scheme.lower() == "http" and not (plain_http or is_loopback(host)):
        raise PlainHttp("anybody on the way could read and change what is said")
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = f":{port}" if port is not None else ""
    return f"{scheme.lower()}://{shown_host}{shown_port}{parts.path.rstrip('/')}"


def is_plain(address: str) -> bool:
    """True for an address of another machine without TLS."""
    parts = urlsplit(address)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """True if *host* is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
