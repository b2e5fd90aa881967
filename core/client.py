"""The address from which a request comes: determined here, once, and written to REMOTE_ADDR.

TRUSTED_PROXIES is the number of our own proxies one behind the other. Each appends the address that called it
to X-Forwarded-For, so the client is the entry at that position from the right; anything further left was sent
by the client itself. With 0, the header is ignored. Everything else (limits, history, log of readers, log
lines, libraries) uses REMOTE_ADDR and finds no other header to trust.
"""

from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

import structlog
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django_structlog.signals import bind_extra_request_metadata

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
# Anybody can send these headers, so no part of the project or of a library may trust them.
UNTRUSTED = (FORWARDED_FOR, "HTTP_FORWARDED", "HTTP_X_REAL_IP")
# Bits: the part assigned to one household or phone, which can change the rest at will.
IPV6_PREFIX = 64


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """The first middleware, so that everything after it sees only the client's address."""

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
    """Return the client's address in plain form.

    Return `peer` if the request passed fewer proxies than configured (as from a health check on the same
    server), or if a proxy wrote something that is not an address.
    """
    passed = forwarded_for.split(",")
    if 0 < proxies <= len(passed):
        return _plain(passed[-proxies]) or _plain(peer)
    return _plain(peer)


def _plain(written: str) -> str:
    """Return the address without its zone, and an IPv4 address inside IPv6 as IPv4; "" if it is not an
    address (a socket on the same machine has none).
    """
    try:
        found = ip_address(written.strip().partition("%")[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


@receiver(bind_extra_request_metadata)
def name_on_log_lines(request: HttpRequest, **_: Any) -> None:
    """django-structlog itself would search twenty headers for an address: 15 µs of every page."""
    structlog.contextvars.bind_contextvars(ip=request.META["REMOTE_ADDR"] or None)


def network(request: HttpRequest) -> str:
    """Return the value that limits count by: the IPv4 address, or the /64 of an IPv6 address."""
    address = request.META.get("REMOTE_ADDR", "")
    if ":" not in address:
        return address
    return str(IPv6Network((address, IPV6_PREFIX), strict=False))
