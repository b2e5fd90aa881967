"""Shared by channels that call a provider over HTTP: kept connections, time-outs, what a failure means.

A lean client on the standard library's HTTP, because most of the work of sending is here. The step in which a
request fails tells us what happened to the message: until the connection is established, nothing was sent;
from the first byte on, nobody knows. Nothing is sent twice here, even if a kept connection turns out to be
closed. outgoing.py decides where a connection may lead.

A failure reports the status of an answer, never its words: otherwise the person who enters an address could
read what is there.
"""

import atexit
import base64
import contextlib
import functools
import io
import json as jsons
import os
import re
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPResponse, IncompleteRead
from socket import socket
from typing import Any, cast
from urllib.parse import unquote, urlencode

import certifi
from urllib3.util import Url, parse_url
from urllib3.util.wait import wait_for_read

from delivery.channels.base import Failure, LostReply, TemporaryFailure
from delivery.channels.outgoing import AddressRefused, connection_to

TIMEOUT_SECONDS = 10.0  # seconds; if the account has no setting of its own
CONNECT_SECONDS = 5.0
REST_SECONDS = 600.0  # seconds until an account that cannot send at all is tried again
# We close idle connections before common servers do (5 s and more): a request over a connection that was just
# closed looks like a lost reply.
KEPT_SECONDS = 4.0
KEPT_AT_MOST = 16  # connections of this process; twice as many as a channel uses in parallel
REPLY_BYTES = 1_000_000  # bytes of an answer; a list of a class's parents has some 100,000
FILE_BYTES = 25_000_000  # bytes of a picture or voice
PIECE_BYTES = 65_536  # bytes read at once
# Time-outs that a whole answer may take, however small the pieces in which it arrives.
WHOLE_TIMES = 3
# An answer names its charset; some of Python's decoders take quadratic time.
CHARSETS = ("utf-8", "gbk", "gb2312", "gb18030", "big5", "us-ascii", "iso-8859-1")
PORTS = {"http": 80, "https": 443}
# No compression: a small answer cannot expand to a large one.
HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "jiaqiao"}
OURS = ("content-length", "transfer-encoding")  # headers that nobody else may set
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # of a header or a method (RFC 9110, 5.6.2)
BREAKS = re.compile(r"[\r\n\0]")

Place = tuple[str, str, int]  # scheme, host, port


@dataclass(frozen=True)
class Reply:
    """A complete answer."""

    status_code: int
    headers: Message
    content: bytes

    @property
    def text(self) -> str:
        charset = self.headers.get_content_charset("utf-8")
        return self.content.decode(charset if charset in CHARSETS else "utf-8", errors="replace")


def timeout_of(config: dict[str, Any]) -> float:
    try:
        return min(max(float(config.get("timeout_seconds") or TIMEOUT_SECONDS), 0.1), 30.0)
    except (TypeError, ValueError):
        return TIMEOUT_SECONDS


def retry_after(reply: Reply) -> float | None:
    """Return the seconds until we may ask again. The provider names them or a time (RFC 9110, 10.2.3)."""
    value = reply.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(seconds, 0.0)


def parsed(reply: Reply) -> dict[str, Any]:
    try:
        answer = jsons.loads(reply.content)
    except (ValueError, RecursionError) as error:
        raise LostReply("unexpected_answer", f"{reply.status_code}, no JSON") from error
    if not isinstance(answer, dict):
        raise LostReply("unexpected_answer", f"{reply.status_code}, no object")
    return answer


def request(method: str, url: str, seconds: float, **more: Any) -> Reply:
    """Do the same as `reply_to`, but raise a failure for 429 and other answers that mean "not now"."""
    reply = reply_to(method, url, seconds, **more)
    if reply.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise TemporaryFailure("provider_busy", "429", retry_after(reply))
    if reply.status_code >= HTTPStatus.BAD_REQUEST:
        raise TemporaryFailure("provider_error", f"{reply.status_code}", is_sure=False)
    return reply


def reply_to(
    method: str,
    url: str,
    seconds: float,
    *,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    json: Any = None,
    most_bytes: int = REPLY_BYTES,
) -> Reply:
    """Return any answer of the other side. Without one, raise a Failure that says whether the request was
    heard.

    `seconds`: how long each step may take (connecting at most CONNECT_SECONDS). `params` are added to the
    query of `url`; `json` is sent in place of `content`. A redirect is an answer like any other.
    """
    try:
        if json is not None:
            content = jsons.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            headers = {"Content-Type": "application/json"} | dict(headers or {})
        place, data = _encoded(method, url, params or {}, headers or {}, content)
        connection = _idle_connection(place) or _connected(place, min(CONNECT_SECONDS, seconds))
    except AddressRefused as error:
        raise TemporaryFailure("private_address", "", closes=REST_SECONDS) from error
    except OSError as error:
        raise TemporaryFailure("no_connection", _plain(error)) from error
    except ValueError as error:
        cause = "bad_gateway_settings"
        raise TemporaryFailure(cause, _plain(error), closes=REST_SECONDS) from error
    is_kept = False
    try:
        reply, is_kept = _exchange(connection, method, data, seconds, most_bytes)
    except Failure:
        raise
    except TimeoutError as error:
        raise LostReply("timeout", _plain(error)) from error
    except Exception as error:  # whatever the error is, the request may have been heard
        raise LostReply("lost_reply", _plain(error)) from error
    finally:
        if is_kept:
            _keep(connection)
        else:
            connection.socket.close()
    return reply


def _encoded(
    method: str,
    url: str,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    content: bytes | None,
) -> tuple[Place, bytes]:
    """Return where a request goes and all its bytes. ValueError: the address or a header is not valid.

    A name and password in the address are sent as RFC 7617 requires.
    """
    place, parts = _address(url)
    query = "&".join(filter(None, (parts.query, urlencode(params))))
    target = f"{parts.path or '/'}?{query}" if query else parts.path or "/"
    given = {name.lower() for name in headers}
    fields = {"Host": parts.netloc or ""} | HEADERS
    if parts.auth:
        fields["Authorization"] = f"Basic {base64.b64encode(unquote(parts.auth).encode()).decode()}"
    fields = {name: value for name, value in fields.items() if name.lower() not in given}
    fields |= {name: value for name, value in headers.items() if name.lower() not in OURS}
    if content is not None or method != "GET":
        fields["Content-Length"] = str(len(content or b""))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
    if not all(map(NAME.fullmatch, [method, *fields])) or any(map(BREAKS.search, lines)):
        raise ValueError("no header")
    head = "\r\n".join(lines).encode("latin-1")
    return place, head + b"\r\n\r\n" + (content or b"")


@functools.lru_cache(maxsize=64)
def _address(url: str) -> tuple[Place, Url]:
    parts = parse_url(url)
    if parts.scheme not in PORTS or not parts.host:
        raise ValueError("no address of the web")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    return (parts.scheme, parts.host, port), parts


# --- connections --------------------------------------------------------------------------------


@dataclass(eq=False)
class _Connection:
    place: Place
    socket: socket
    idle_since: float = 0.0


_idle: list[_Connection] = []  # the most recently used one is last
_lock = threading.Lock()


def _connected(place: Place, seconds: float) -> _Connection:
    """Open a connection. It uses no proxy from the environment, because an account gives its provider's full
    address.
    """
    scheme, host, port = place
    plain = connection_to(host, port, seconds)
    if scheme == "http":
        return _Connection(place, plain)
    try:
        return _Connection(place, _tls().wrap_socket(plain, server_hostname=host.strip("[]")))
    except BaseException:
        plain.close()
        raise


@functools.cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def _idle_connection(place: Place) -> _Connection | None:
    """Take a kept connection to this place that is still open.

    From then on it belongs to the caller alone.
    """
    while True:
        with _lock:
            found = next((one for one in reversed(_idle) if one.place == place), None)
            if found is None:
                return None
            _idle.remove(found)
        if time.monotonic() - found.idle_since < KEPT_SECONDS and _is_open(found.socket):
            return found
        found.socket.close()


def _is_open(idle: socket) -> bool:
    """Return whether the other side has neither closed it nor sent anything unasked."""
    is_unread = isinstance(idle, ssl.SSLSocket) and idle.pending() > 0
    return not is_unread and not wait_for_read(idle, timeout=0)


def _keep(connection: _Connection) -> None:
    connection.idle_since = time.monotonic()
    with _lock:
        _idle.append(connection)
        too_old = connection.idle_since - KEPT_SECONDS
        while len(_idle) > KEPT_AT_MOST or _idle[0].idle_since < too_old:
            _idle.pop(0).socket.close()


@atexit.register
def close_connections() -> None:
    with _lock:
        while _idle:
            _idle.pop().socket.close()


def _forget_connections() -> None:
    """Drop all connections in a forked process.

    Its parent still uses them, and the two would read each other's answers.
    """
    global _lock
    _lock = threading.Lock()
    close_connections()


os.register_at_fork(after_in_child=_forget_connections)


# --- one request and its answer -----------------------------------------------------------------


class _Incoming(io.RawIOBase):
    """Incoming data until a given time. A server that sends a byte now and then would otherwise never time
    out.
    """

    def __init__(self, source: socket, until: float) -> None:
        self._source, self._until = source, until
        self.has_ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if time.monotonic() > self._until:
            raise TimeoutError
        count = self._source.recv_into(buffer)
        self.has_ended = count == 0
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader, as HTTPResponse requests it from a socket."""
        return io.BufferedReader(self)


def _exchange(
    connection: _Connection, method: str, data: bytes, seconds: float, most_bytes: int
) -> tuple[Reply, bool]:
    """Send and read the whole answer. Also return whether the connection can be kept."""
    connection.socket.settimeout(seconds)
    is_all_sent = False
    # A server that refuses a long request may answer and close before it is all sent: the answer still
    # counts.
    with contextlib.suppress(ConnectionError):
        connection.socket.sendall(data)
        is_all_sent = True
    incoming = _Incoming(connection.socket, time.monotonic() + WHOLE_TIMES * seconds)
    source = cast(socket, incoming)  # HTTPResponse calls only its makefile()
    with contextlib.closing(HTTPResponse(source, method=method)) as response:
        response.begin()
        if incoming.has_ended:  # HTTPResponse mistakes half a header for a whole one
            raise IncompleteRead(b"")
        if response.status < HTTPStatus.OK:  # the data after it is not the next message's answer
            raise LostReply("unexpected_answer", f"{response.status}")
        content = _content(response, most_bytes)
        reply = Reply(response.status, response.headers, content)
        return reply, is_all_sent and not response.will_close


def _content(response: HTTPResponse, most_bytes: int) -> bytes:
    length, content = response.length, bytearray()  # None: until the last chunk, or the end
    while length is None or len(content) < length:
        if max(len(content), length or 0) > most_bytes:
            raise LostReply("unexpected_answer", f"{response.status}, too long")
        left = PIECE_BYTES if length is None else min(PIECE_BYTES, length - len(content))
        piece = response.read1(left)
        if not piece and length is None:
            break
        if not piece:
            raise IncompleteRead(b"")
        content += piece
    return bytes(content)


def _plain(error: Exception) -> str:
    """Return only the error's type.

    Its text may contain the address with the token, or the other side's words.
    """
    return type(error).__name__
