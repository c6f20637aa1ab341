"""Networks of addresses: as limits count them, and as the audit log keeps them."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_LIMITED = {4: 32, 6: 64}
_KEPT = {4: 24, 6: 48}


def limited(address: str) -> str:
    """Who is limited together: an IPv4 address, or 64 bits of IPv6, which one customer has."""
    return _cut(address, _LIMITED)


def kept(address: str) -> str:
    """What may be kept of an address: 24 bits of IPv4, 48 bits of IPv6; nothing of what is no address."""
    return _cut(address, _KEPT)


def _cut(address: str, bits: dict[int, int]) -> str:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    plain: IPv4Address | IPv6Address = found
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        plain = found.ipv4_mapped
    return str(ip_network(f"{plain}/{bits[plain.version]}", strict=False).network_address)
