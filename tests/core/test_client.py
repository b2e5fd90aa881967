"""Whose address a request has, whatever it claims."""

import pytest
from django.test import RequestFactory

from core import client
from core.client import client_address

PEER = "10.0.0.2"


@pytest.mark.parametrize(
    ("proxies", "forwarded_for", "address"),
    [
        (0, "", PEER),
        (0, "203.0.113.7", PEER),  # nobody of ours wrote it
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.9, 203.0.113.7", "203.0.113.7"),  # the first one was forged
        (1, "203.0.113.7,", PEER),
        (2, "198.51.100.9, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", PEER),  # a proxy less than stated was passed: nothing is believed
        (1, "", PEER),
        (1, "unknown", PEER),
        (1, "203.0.113.7:4711", PEER),
        (1, "\0", PEER),
        (1, "2001:DB8:0:0::7", "2001:db8::7"),
        (1, "::ffff:203.0.113.7", "203.0.113.7"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_so_many_th_from_the_right(proxies, forwarded_for, address):
    found = client_address(peer=PEER, forwarded_for=forwarded_for, proxies=proxies)
    assert found == address


def test_no_other_header_is_left_to_believe(settings):
    settings.TRUSTED_PROXIES = 1
    seen = {}
    forged = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6"}
    request = RequestFactory().get("/", headers=forged, REMOTE_ADDR=PEER)
    client.middleware(lambda one: seen.update(one.META))(request)
    assert seen["REMOTE_ADDR"] == "203.0.113.7"
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED"} & set(seen)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),  # a socket of this machine
    ],
)
def test_limits_count_a_whole_household(address, network):
    assert client.network(RequestFactory().get("/", REMOTE_ADDR=address)) == network
