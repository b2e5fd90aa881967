"""Limits the addresses that this server calls to the open internet and private hosts that its environment
names.

A school's administrator types addresses (gateway, group room, a provider's endpoint), and a browser names its
push service. Without a limit, each of them could lead into this server's own network: its database, its
neighbours, a cloud's metadata with keys in it. So we check every connection when it is made, after DNS, and
connect to the very address that we checked: a name that changes its meaning a moment later gains nothing, nor
does another spelling of a number, nor a redirect. TLS still checks the name.

`http.py` connects by `connection_to`. Libraries on `requests` (apprise, the providers' SDKs, WeChat's
sign-in) connect by urllib3, into which `check_urllib3` puts the same check.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable
from typing import Any
from urllib.parse import urlsplit

import urllib3.util.connection
from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")  # all that has been assigned so far (RFC 4291, 2.4)
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # an IPv4 address in its last 32 bits (RFC 6052)
# A cloud's metadata at an address that looks public: Azure's. Those of other clouds are private or
# link-local.
METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})
# Names of this machine or its neighbours, whatever a resolver says (RFC 6761, 6762, 8375, ICANN).
LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa", "lan")


class AddressRefused(OSError):
    """The name leads to an address that this server does not call."""


def is_public(address: str) -> bool:
    """Return whether an IP address, as the resolver writes it, belongs to the open internet."""
    return _is_public(ipaddress.ip_address(address.partition("%")[0]))


def _is_public(ip: Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        # The IPv4 address inside it, by NAT64, mapped or by 6to4.
        by_nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None
        inner = by_nat64 or ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return _is_public(inner)
        if ip not in GLOBAL_IPV6 or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in METADATA


def is_named(host: str, port: int | None) -> bool:
    """Return whether the environment names this host: "host" for every port, "host:port" for one."""
    host = host.strip("[]").rstrip(".").lower()
    written = f"[{host}]" if ":" in host else host
    return not {written, f"{written}:{port}"}.isdisjoint(settings.OUTGOING_PRIVATE_HOSTS)


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses that we may connect to. One private address among them refuses the whole name.

    Raises AddressRefused, or OSError for an unknown name.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no name of a host") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not is_named(host, port) and not all(map(is_public, addresses)):
        raise AddressRefused("private address")
    return addresses


def was_refused(error: BaseException | None) -> bool:
    """Return whether our check broke a request, somewhere behind the exception that a library raised."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, AddressRefused):
            return True
        seen.add(id(error))
        error = getattr(error, "inner_exception", None) or error.__cause__ or error.__context__
    return False


def connection_to(host: str, port: int, seconds: float) -> socket.socket:
    """Connect within `seconds` to the first address that answers.

    Raises OSError, or AddressRefused if this server may not call the host.
    """
    return _first_that_answers(
        addresses_of(host, port), lambda address: _connect((address, port), seconds)
    )


def _first_that_answers(
    addresses: Iterable[str], connect: Callable[[str], socket.socket]
) -> socket.socket:
    broken = OSError("no address")
    for address in addresses:
        try:
            return connect(address)
        except OSError as error:
            broken = error
    raise broken


_connect = urllib3.util.connection.create_connection  # before the check is added


def check_urllib3() -> None:
    """Check every connection that `requests` makes in this process from now on."""

    def checked_connection(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        host, port = address
        return _first_that_answers(
            addresses_of(host, port), lambda checked: _connect((checked, port), *rest, **more)
        )

    urllib3.util.connection.create_connection = checked_connection


def problem_of(url: str, domains: Collection[str] = ()) -> str:
    """Return what is wrong with a typed address, in words for the administrator; "" if nothing.

    DNS is not queried. `domains`: a provider's; outside them, only a host that the server's environment names
    is allowed.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return _("This address cannot be read.")
    if not host:
        return _("This address cannot be read.")
    if is_named(host, port or {"http": 80, "https": 443}.get(parts.scheme)):
        return ""
    if domains and not is_within(host, domains):
        return _("Only addresses of the provider: %(names)s.") % {"names": ", ".join(domains)}
    if is_within(host, LOCAL_NAMES) or not _is_public_number(host):
        return _(
            "This server does not call addresses of its own network. The person who runs the server can"
            " allow one."
        )
    return ""


def problem_of_endpoint(config: dict[str, Any], domains: Collection[str]) -> str:
    """Check a provider's `endpoint`, if one was typed: the account's keys must not be sent anywhere else."""
    endpoint = config.get("endpoint")
    return problem_of(endpoint, domains) if endpoint else ""


def is_within(host: str, domains: Collection[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in domains)


def _is_public_number(host: str) -> bool:
    """Return False for a private address in any spelling of a number, True for public ones and for names."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return True
    return all(is_public(str(one[4][0])) for one in found)
