"""From which address a request comes: decided here, once, and written to REMOTE_ADDR.

TRUSTED_PROXIES says how many proxies of ours stand in front of each other. Each of them appends the address
that it was called from to X-Forwarded-For, so the client is the so-many-th entry from the right; whatever
stands further left was sent by the client itself. With 0 no header counts. Everything else (limits, history,
log of readers, log lines, libraries) reads REMOTE_ADDR and finds no other header to believe.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
# Said by anybody; no part of the project or of a library may believe them.
UNTRUSTED = (FORWARDED_FOR, "HTTP_FORWARDED", "HTTP_X_REAL_IP")
IPV6_PREFIX = 64  # bits: what one household or phone is given; it changes the rest as it likes


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """First of all: what comes after it sees the client's address only."""

    def answer(request: HttpRequest) -> HttpResponse:
        meta = request.META
        meta["REMOTE_ADDR"] = client_address(
            peer=meta.get("REMOTE_ADDR", ""),
            forwarded_for=meta.get(FORWARDED_FOR, ""),
            proxies=settings.TRUSTED_PROXIES,
        )
        for name in UNTRUSTED:
            meta.pop(name, None)
        return get_response(request)

    return answer


def client_address(*, peer: str, forwarded_for: str, proxies: int) -> str:
    """The client's address, plainly written; `peer` where fewer proxies than stated were passed, as from
    a health check beside the server, or where a proxy wrote something else than an address.
    """
    passed = forwarded_for.split(",")
    if 0 < proxies <= len(passed):
        return _plain(passed[-proxies]) or _plain(peer)
    return _plain(peer)


def _plain(written: str) -> str:
    """Without zone and without the IPv6 clothes of an IPv4 address; empty where it is no address (a socket
    of the same machine has none).
    """
    try:
        found = ip_address(written.strip().partition("%")[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def network(request: HttpRequest) -> str:
    """What limits count by: the IPv4 address, or the /64 of an IPv6 one."""
    address = request.META.get("REMOTE_ADDR", "")
    if ":" not in address:
        return address
    return str(IPv6Network((address, IPV6_PREFIX), strict=False))
