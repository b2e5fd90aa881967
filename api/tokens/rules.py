"""How long a token holds, from where it may be used, what it looks like. Pure."""

import hashlib
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

PREFIX = "jq_"  # so that a token is known for one wherever it turns up
SECRET_BYTES = 32  # of chance: nobody guesses 256 bits
NETWORKS_MOST = 20
WARNED_DAYS = 14  # before its last day: time to make a new one and enter it in the other system
LENGTH = len(PREFIX) + 43  # signs: 32 bytes in base64 without what fills it up


def looks_like_one(given: str) -> bool:
    return given.isascii() and given.startswith(PREFIX) and len(given) == LENGTH


def digest_of(token: str) -> str:
    """No salt and no slow hash: of 256 bits of chance nobody can try out enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def network_of(text: str) -> str:
    """An address or a network as we keep it. Raises ValueError."""
    return str(ip_network(text.strip(), strict=False))


def is_from(address: str, networks: Iterable[str]) -> bool:
    """Whether a request from there may use it; without networks from anywhere."""
    networks = list(networks)
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(one) for one in networks)
