"""How long a token is valid, from where it may be used, what it looks like. Pure."""

import hashlib
from collections.abc import Iterable
from ipaddress import ip_address, ip_network

PREFIX = "jq_"  # makes a token recognisable wherever it turns up
SECRET_BYTES = 32  # random: nobody guesses 256 bits
NETWORKS_MOST = 20
WARNED_DAYS = 14  # before its last day: time to make a new one and enter it in the other system
LENGTH = len(PREFIX) + 43  # characters: 32 bytes in base64, without padding


def looks_like_one(given: str) -> bool:
    return given.isascii() and given.startswith(PREFIX) and len(given) == LENGTH


def digest_of(token: str) -> str:
    """Return the digest. It needs no salt and no slow hash, because nobody can try out 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def network_of(text: str) -> str:
    """Return an address or a network in the form that we store. Raises ValueError if it is neither."""
    return str(ip_network(text.strip(), strict=False))


def is_from(address: str, networks: Iterable[str]) -> bool:
    """Return whether a request from this address may use the token; without networks, any may."""
    networks = list(networks)
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(one) for one in networks)
