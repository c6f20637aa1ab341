"""Rate limit on wrong pairing codes, since pairing requests carry no token.

Wrong codes are counted by network and in common. Codes from a network over its own limit are not looked at. While all
networks together are over the common limit, each has fewer tries. So strangers elsewhere keep no shop from pairing.
A code has 60 bits for that: somebody with 10,000 networks finds one of 100 open codes on one day in 40 million.
Counted for each process. Right codes are not counted, so pairing many tills in one morning is not slowed down.
"""

import threading
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

AT_ONCE = 20  # wrong codes per network
AT_ONCE_OF_ALL = 200
WHILE_ALL_ARE_OVER = 3  # per network while the total limit is exceeded
ONE_MORE_AFTER = timedelta(seconds=3)
NETWORKS_MAX = 10_000  # networks remembered
_FORGOTTEN = NETWORKS_MAX // 8  # at once: to look through all of them takes 8 ms, in which nobody pairs
_IPV6_PREFIX = 56  # the usual prefix of one customer


class _Tries:
    """Token bucket of wrong codes."""

    def __init__(self, at_once: int, now: datetime) -> None:
        self.wrong = 0.0
        self._at_once = at_once
        self._at = now

    def left(self, now: datetime, at_once: int | None = None) -> bool:
        """True if another code may be tried; *at_once* lowers the limit."""
        self.wrong = max(0.0, self.wrong - max(0.0, (now - self._at) / ONE_MORE_AFTER))
        self._at = now
        return self.wrong + 1 <= (self._at_once if at_once is None else at_once)


class PairingRateLimit:
    """Recent wrong codes, by network and in total."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._all: _Tries | None = None
        self._networks: dict[str, _Tries] = {}

    def may_try(self, address: str, now: datetime) -> bool:
        """True if a code from *address* may be tried now."""
        with self._gate:
            self._all = self._all or _Tries(AT_ONCE_OF_ALL, now)
            network = self._network(address, now)
            return network.left(now, None if self._all.left(now) else WHILE_ALL_ARE_OVER)

    def was_wrong(self, address: str, now: datetime) -> None:
        """Counts a wrong code."""
        with self._gate:
            self._all = self._all or _Tries(AT_ONCE_OF_ALL, now)
            self._all.wrong = min(self._all.wrong + 1, 2 * AT_ONCE_OF_ALL)
            self._network(address, now).wrong += 1

    def _network(self, address: str, now: datetime) -> _Tries:
        name = network_of(address)
        if name not in self._networks:
            if len(self._networks) >= NETWORKS_MAX:
                self._networks = {one: tries for one, tries in self._networks.items() if not tries.left(now, 1)}
                for oldest in list(self._networks)[: max(0, len(self._networks) - NETWORKS_MAX + _FORGOTTEN)]:
                    del self._networks[oldest]
            self._networks[name] = _Tries(AT_ONCE, now)
        return self._networks[name]


def network_of(address: str) -> str:
    """The network of an address: the IPv4 address itself, or the IPv6 prefix of one customer."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)
