"""Counts the unknown links that one address on the net opens, so that guessing them is in vain."""

import ipaddress
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST_UNKNOWN = 30
"""Unknown tokens that one address may try within `SPAN`: contract section 7."""

SPAN = timedelta(minutes=1)
MOST_ADDRESSES = 10_000
"""Addresses remembered at once; the one not heard of for longest is forgotten first."""

_NETWORK = 64  # bits of an IPv6 address that name a household; the others are free to choose


@dataclass(slots=True, kw_only=True)
class Strangers:
    """Remembers who tried unknown links of late; it never grows beyond its bounds."""

    _tried: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)

    def too_many(self, remote: str, now: datetime) -> bool:
        """Count one more unknown token from `remote`; whether that is more than are let pass."""
        tried = self._tried.setdefault(home := household(remote), deque(maxlen=MOST_UNKNOWN + 1))
        self._tried.move_to_end(home)
        if len(self._tried) > MOST_ADDRESSES:
            self._tried.popitem(last=False)
        tried.append(now)
        return len(tried) > MOST_UNKNOWN and tried[0] > now - SPAN


def household(remote: str) -> str:
    """Whom an address on the net counts as: all of an IPv6 network are one."""
    try:
        address = ipaddress.ip_address(remote.partition("%")[0])
    except ValueError:
        return remote
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _NETWORK), strict=False))
