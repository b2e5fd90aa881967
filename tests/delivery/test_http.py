"""The client of all HTTP channels: what each failure says about a message, and that none goes out twice."""

import datetime as dt
import ipaddress
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from delivery.channels import http
from delivery.channels.base import LostReply, TemporaryFailure
from tests.delivery.wire import HOST, Wire, gives, resets, said

SECONDS = 0.5  # seconds; the time-out of each request here
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_kept_connections():
    http.close_connections()
    yield
    http.close_connections()


def post(wire: Wire, body: bytes, seconds: float = SECONDS, **more):
    return http.reply_to("POST", wire.url, seconds, content=body, **more)


# --- kept connections ---------------------------------------------------------------------------


def test_one_connection_serves_many_requests():
    with Wire() as wire:
        assert [post(wire, b"%d" % n).content for n in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
        assert wire.connections == 1


def test_a_server_that_closes_after_each_answer_gets_each_message_once():
    """It says so, or just closes."""
    plain, told = gives(said(), closes=True), gives(said(b"ok", "200 OK", "Connection: close"))
    with Wire(plain, plain, told, told) as wire:
        for number in range(5):
            assert post(wire, b"%d" % number).status_code == 200
            time.sleep(0.05)  # until its closing has arrived here
        assert wire.bodies() == [b"0", b"1", b"2", b"3", b"4"]
        assert wire.connections == 5


def test_a_connection_that_was_closed_while_it_was_idle_is_not_used():
    with Wire() as wire:
        post(wire, b"first")
        wire.close_all()
        time.sleep(0.05)
        assert post(wire, b"second").content == b"second"
        assert wire.bodies() == [b"first", b"second"]


@pytest.mark.parametrize("ends", [gives(closes=True), resets])
def test_a_kept_connection_that_ends_under_a_request_leaves_it_in_doubt(ends):
    """Whether the server took it before it closed, nobody knows: it must not go out again by itself."""
    with Wire(gives(said()), ends) as wire:
        post(wire, b"first")
        with pytest.raises(LostReply) as lost:
            post(wire, b"second")
        time.sleep(0.1)
        assert lost.value.cause == "lost_reply"
        assert wire.bodies() == [b"first", b"second"]
        assert wire.connections == 1
        assert post(wire, b"third").content == b"third"


def test_a_connection_that_ends_as_the_request_is_on_its_way_leaves_it_in_doubt(monkeypatch):
    """The server closes between our look at the connection and our first byte."""
    monkeypatch.setattr(http, "_is_open", lambda connection: True)
    with Wire() as wire:
        post(wire, b"first")
        wire.close_all()
        time.sleep(0.05)
        with pytest.raises(LostReply) as lost:
            post(wire, b"second")
        assert lost.value.cause == "lost_reply"
        assert wire.bodies() == [b"first"]
        assert wire.connections == 1


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"HTTP/1.1 20",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf",
        b"220 mail.example.org ESMTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnothing\r\n",
        b"\x16\x03\x01\x00",
    ],
)
def test_half_an_answer_is_a_lost_reply(half):
    with Wire(gives(half, closes=True)) as wire:
        with pytest.raises(LostReply) as lost:
            post(wire, b"first")
        assert lost.value.cause == "lost_reply"
        assert "mail.example.org" not in str(lost.value)
        assert post(wire, b"second").content == b"second"
        assert wire.bodies() == [b"first", b"second"]


def test_a_late_answer_is_never_taken_for_that_to_the_next_message():
    with Wire(gives(said()), gives(0.8, said(b"late"))) as wire:
        post(wire, b"first")
        with pytest.raises(LostReply) as lost:
            post(wire, b"second")
        assert lost.value.cause == "timeout"
        assert post(wire, b"third").content == b"third"
        time.sleep(0.5)
        assert post(wire, b"fourth").content == b"fourth"


@pytest.mark.parametrize("more", [said(b"again"), b"junk"])
def test_what_comes_after_an_answer_is_nobody_s(more):
    with Wire(gives(said(b"first") + more), gives(said(b"second"), 0.05, more)) as wire:
        assert post(wire, b"1").content == b"first"
        assert post(wire, b"2").content == b"second"
        time.sleep(0.1)
        assert post(wire, b"3").content == b"3"


def test_many_at_once_get_their_own_answers():
    with Wire() as wire, ThreadPoolExecutor(8) as pool:
        bodies = [b"%d" % number for number in range(400)]
        answers = pool.map(lambda body: post(wire, body, 20.0).content, bodies)
        assert list(answers) == bodies
        assert wire.connections <= 8


def test_idle_connections_end_after_a_while(monkeypatch):
    monkeypatch.setattr(http, "KEPT_SECONDS", 0.1)
    with Wire() as wire, Wire() as other:
        post(wire, b"first")
        time.sleep(0.15)
        post(wire, b"second")
        assert wire.connections == 2
        time.sleep(0.15)
        post(other, b"third")
        assert len(http._idle) == 1


def test_no_more_than_a_few_are_kept(monkeypatch):
    monkeypatch.setattr(http, "KEPT_AT_MOST", 2)
    with Wire() as one, Wire() as two, Wire() as three:
        for wire in (one, two, three):
            post(wire, b"x")
        assert len(http._idle) == 2
        post(one, b"x")
        post(three, b"x")
        assert (one.connections, three.connections) == (2, 1)


FORKED = """
import os, sys
from delivery.channels import http
url = sys.argv[1]
http.reply_to("POST", url, 5.0, content=b"before")
if not os.fork():
    http.reply_to("POST", url, 5.0, content=b"child")
    os._exit(0)
os.wait()
http.reply_to("POST", url, 5.0, content=b"parent")
"""


def test_a_forked_worker_opens_its_own():
    """Two processes on one connection would read each other's answers."""
    with Wire() as wire:
        env = os.environ | {"OUTGOING_PRIVATE_HOSTS": HOST}
        setup = "import django; django.setup()"
        subprocess.run(
            [sys.executable, "-c", setup + FORKED, wire.url], check=True, env=env, cwd=ROOT
        )
        assert wire.bodies() == [b"before", b"child", b"parent"]
        assert wire.connections == 2


# --- surely not sent ----------------------------------------------------------------------------


def not_sent(url: str, seconds: float = SECONDS, **more) -> TemporaryFailure:
    with pytest.raises(TemporaryFailure) as caught:
        http.reply_to("POST", url, seconds, content=b"x", **more)
    assert caught.value.is_sure
    return caught.value


def test_nobody_listens():
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    assert not_sent(f"http://{HOST}:{port}/").cause == "no_connection"


def test_a_name_that_nobody_knows(monkeypatch):
    def ask(*rest, **more):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    assert not_sent("http://gateway.example.com/").cause == "no_connection"


def test_a_host_that_does_not_take_the_connection():
    with socket.create_server((HOST, 0), backlog=0) as busy:
        place = busy.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(place)
            began = time.monotonic()
            assert not_sent(f"http://{HOST}:{place[1]}/", 0.3).cause == "no_connection"
            assert time.monotonic() - began < 2
        finally:
            for one in waiting:
                one.close()


def test_the_second_address_of_a_name_is_tried(monkeypatch):
    """A machine without IPv6 reaches a name that has both."""
    with Wire() as wire:
        places = [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", wire.port, 0, 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, wire.port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *rest, **more: places)
        monkeypatch.setattr("delivery.channels.outgoing.is_named", lambda *place: True)
        url = f"http://gateway.example.com:{wire.port}/"
        assert http.reply_to("POST", url, SECONDS, content=b"x").content == b"x"


def test_each_connection_is_checked_anew(monkeypatch, settings):
    """DNS rebinding: the name was public for the first message and leads inside for the second."""
    with Wire() as wire:
        named = [True, False]
        monkeypatch.setattr("delivery.channels.outgoing.is_named", lambda *place: named.pop(0))
        post(wire, b"first")
        wire.close_all()
        time.sleep(0.05)
        refused = not_sent(wire.url)
        assert (refused.cause, refused.closes) == ("private_address", http.REST_SECONDS)
        assert wire.bodies() == [b"first"]


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/x", "file:///etc/passwd", "//127.0.0.1/x", "http://", "http://[::1/",
            "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "", "http://\ud800/"],
)  # fmt: skip
def test_an_address_that_is_none(url):
    failure = not_sent(url)
    assert (failure.cause, failure.closes) == ("bad_gateway_settings", http.REST_SECONDS)


@pytest.mark.parametrize("value", ["张老师", "a\r\nX-More: b"])
def test_a_header_that_is_none(value):
    with Wire() as wire:
        post(wire, b"first")
        failure = not_sent(wire.url, headers={"X-From": value})
        assert failure.cause == "bad_gateway_settings"
        assert post(wire, b"second").content == b"second"
        assert wire.bodies() == [b"first", b"second"]


# --- TLS ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory) -> tuple[ssl.SSLContext, Path]:
    """A server's context for 127.0.0.1, and the certificate that a client must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    now, names = dt.datetime.now(dt.UTC), [x509.IPAddress(ipaddress.ip_address(HOST))]
    ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(ski, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


@pytest.fixture
def trusted(tls, monkeypatch):
    monkeypatch.setattr(certifi, "where", lambda: str(tls[1]))
    http._tls.cache_clear()
    yield tls[0]
    http._tls.cache_clear()


def test_a_server_that_proves_its_name_is_spoken_to(trusted):
    with Wire(tls=trusted) as wire:
        assert [post(wire, b"%d" % n, 5.0).content for n in range(3)] == [b"0", b"1", b"2"]
        assert wire.connections == 1


def test_a_server_of_another_name_gets_no_byte(trusted, monkeypatch):
    with Wire(tls=trusted) as wire:
        place = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (HOST, wire.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *rest, **more: place)
        monkeypatch.setattr("delivery.channels.outgoing.is_named", lambda *place: True)
        assert not_sent(f"https://sms.example.com:{wire.port}/", 5.0).cause == "no_connection"
        assert wire.requests == []


def test_a_server_that_nobody_vouches_for_gets_no_byte(tls):
    with Wire(tls=tls[0]) as wire:
        assert not_sent(wire.url, 5.0).cause == "no_connection"
        assert wire.requests == []


def test_a_server_that_speaks_no_tls_gets_no_byte():
    with Wire() as wire:
        assert not_sent(wire.url.replace("http:", "https:")).cause == "no_connection"
        assert wire.requests == []


def test_a_handshake_that_does_not_end():
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        assert not_sent(f"https://{HOST}:{port}/", 0.3).cause == "no_connection"


# --- what comes back ----------------------------------------------------------------------------

LONG = b"x" * 2000


@pytest.mark.parametrize(
    "answer",
    [
        gives(said(LONG)),
        gives(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nx"),
        gives(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"3e8\r\n" + LONG[:1000]
              + b"\r\n3e8\r\n" + LONG[:1000] + b"\r\n0\r\n\r\n"),
        gives(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + LONG, closes=True),
    ],
)  # fmt: skip
def test_a_longer_answer_than_allowed_is_refused(answer):
    with Wire(answer) as wire:
        with pytest.raises(LostReply) as lost:
            post(wire, b"first", most_bytes=1500)
        assert (lost.value.cause, lost.value.detail) == ("unexpected_answer", "200, too long")
        assert post(wire, b"second").content == b"second"


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"]
)
def test_an_answer_in_tiny_pieces_has_an_end(start):
    """Each piece comes within the time-out; the head may not be spun out for ever either."""
    with Wire(gives(start, *([b"x", 0.1] * 40))) as wire:
        began = time.monotonic()
        with pytest.raises(LostReply) as lost:
            post(wire, b"x", 0.3)
        assert lost.value.cause == "timeout"
        assert time.monotonic() - began < 0.3 * http.WHOLE_TIMES + 1


def test_a_server_that_takes_the_connection_and_says_nothing():
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(LostReply) as lost:
            http.reply_to("POST", f"http://{HOST}:{port}/", 0.3, content=b"x")
        assert lost.value.cause == "timeout"


def test_a_refusal_before_the_whole_request_is_read_is_heard():
    """A server may answer 413 and close while we still send."""
    with socket.create_server((HOST, 0)) as listener:

        def refuse() -> None:
            talk, _ = listener.accept()
            with talk:
                talk.recv(1000)
                talk.sendall(said(b"", "413 -"))

        thread = threading.Thread(target=refuse)
        thread.start()
        url = f"http://{HOST}:{listener.getsockname()[1]}/"
        assert http.reply_to("POST", url, 5.0, content=b"x" * 20_000_000).status_code == 413
        assert http._idle == []
        thread.join(5)


@pytest.mark.parametrize("status", ["301 -", "307 -", "308 -"])
def test_a_redirect_is_an_answer_like_any_other(status):
    with Wire() as wire:
        wire.answers = [gives(said(b"", status, f"Location: {wire.url}"))]
        assert post(wire, b"first").status_code == int(status[:3])
        assert len(wire.requests) == 1


def test_an_answer_ahead_of_the_answer_is_not_the_answer():
    """103 (RFC 8297): we did not ask for it and do not take what follows for the next message's."""
    with Wire(gives(b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", said(b"first"))) as wire:
        with pytest.raises(LostReply) as lost:
            post(wire, b"1")
        assert (lost.value.cause, lost.value.detail) == ("unexpected_answer", "103")
        assert post(wire, b"2").content == b"2"


def test_what_a_request_carries():
    with Wire() as wire:
        url = wire.url.replace("//", "//user:w%20rd@") + "?a=1&text=短信 x%20y"
        http.reply_to("POST", url, SECONDS, json={"to": "张"}, params={"token": "a&b"})
        http.reply_to("GET", wire.url, SECONDS, headers={"X-Key": "k", "User-Agent": "mine"})
        http.reply_to("POST", wire.url, SECONDS)
        heads = [request.partition(b"\r\n\r\n")[0].decode() for request in wire.requests]
        query = "a=1&text=%E7%9F%AD%E4%BF%A1%20x%20y&token=a%26b"
        assert heads[0].startswith(f"POST /send?{query} HTTP/1.1\r\n")
        assert f"Host: {HOST}:{wire.port}" in heads[0]
        assert "Authorization: Basic dXNlcjp3IHJk" in heads[0]
        assert "Content-Type: application/json" in heads[0]
        assert "Accept-Encoding: identity" in heads[0]
        assert wire.bodies()[0] == '{"to":"张"}'.encode()
        assert heads[1].startswith("GET /send HTTP/1.1\r\n")
        assert ("X-Key: k" in heads[1], "User-Agent: mine" in heads[1]) == (True, True)
        assert "Content-Length: 0" in heads[2]


def test_how_an_answer_is_read():
    gbk = said("短信".encode("gbk"), "200 OK", "Content-Type: text/plain; charset=GBK")
    odd = said(
        "短信".encode(), "200 OK", "Content-Type: text/plain; charset=idna", "Retry-After: 7"
    )
    packed = said(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip")
    with Wire(gives(gbk), gives(odd), gives(packed), gives(said(b'{"a": 1}'))) as wire:
        assert post(wire, b"x").text == "短信"
        second = post(wire, b"x")
        assert (second.text, http.retry_after(second)) == ("短信", 7.0)
        assert post(wire, b"x").content == b"\x1f\x8b"
        assert http.parsed(post(wire, b"x")) == {"a": 1}
