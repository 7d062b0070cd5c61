"""Keeps every test on this machine: what would leave loopback is refused and the test fails.

An audit hook sees each connection before it is made, whatever library makes it; nothing is
replaced. Names are refused as well, since asking a resolver leaves the machine too.
"""

import ipaddress
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

WATCHED = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo"})
INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})
LOCAL_NAMES = frozenset({"", "localhost"})


class LeavesTheMachine(Exception):
    """A test tried to reach something that is not on this machine."""


class Guard:
    """What may be reached, and what was tried all the same."""

    def __init__(self) -> None:
        self.armed = False
        self.refused: list[str] = []
        self._named: frozenset[str] = frozenset()

    def allow(self, hosts: Iterable[str]) -> None:
        """Lets the tests reach the servers that the environment names for them."""
        self._named = frozenset(hosts)

    def see(self, event: str, arguments: tuple[object, ...]) -> None:
        """The audit hook: called for every audited event of the interpreter."""
        if event not in WATCHED or not self.armed:
            return
        host = _host(event, arguments)
        if host is None or host in self._named or _is_local(host):
            return
        self.refused.append(f"{event} {host}")
        raise LeavesTheMachine(f"{event} to {host}: tests stay on 127.0.0.1")


def _host(event: str, arguments: tuple[object, ...]) -> str | None:
    """The host that the event is about; None where there is none, as for a Unix socket."""
    if event == "socket.getaddrinfo":
        name = arguments[0]
        return name.decode() if isinstance(name, bytes) else name if isinstance(name, str) else None
    connection, address = arguments[0], arguments[1]
    if not isinstance(connection, socket.socket) or connection.family not in INTERNET:
        return None
    return str(address[0]) if isinstance(address, tuple) else str(address)


def _is_local(host: str) -> bool:
    if host in LOCAL_NAMES:
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return False


def hosts_of(environ: Mapping[str, str], names: Iterable[str]) -> set[str]:
    """Hosts of the URLs in these variables, and their addresses."""
    hosts = {host for name in names if (host := urlsplit(environ.get(name, "")).hostname)}
    return hosts | {str(found[4][0]) for host in hosts for found in socket.getaddrinfo(host, None)}


GUARD = Guard()
sys.addaudithook(GUARD.see)


@contextmanager
def armed(guard: Guard) -> Iterator[Guard]:
    """Refuses what leaves the machine until the block ends; the hook itself cannot be taken out."""
    guard.armed = True
    try:
        yield guard
    finally:
        guard.armed = False
