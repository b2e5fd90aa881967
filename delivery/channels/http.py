"""What channels that call a provider over HTTP share: kept connections, time-outs, what a failure means.

outgoing.py decides where a request may go. Of an answer that went wrong we tell only the status, never the
words: whoever typed the address could read there what it holds.
"""

import atexit
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from delivery.channels.base import LostReply, TemporaryFailure
from delivery.channels.outgoing import CheckedNetwork, was_refused

TIMEOUT_SECONDS = 10.0  # seconds; without a setting of the account's own
CONNECT_SECONDS = 5.0
REST_SECONDS = 600.0  # seconds until an account that cannot send at all is tried again
# We close idle connections before common servers do (5 s and more): a request over a connection that was just
# closed looks like a lost reply.
POOL = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=4)
REPLY_BYTES = 1_000_000  # bytes of an answer; a list of a class's parents has some 100,000
FILE_BYTES = 25_000_000  # bytes of a picture or voice
# An answer names its charset; some of Python's decoders take quadratic time.
CHARSETS = ("utf-8", "gbk", "gb2312", "gb18030", "big5", "us-ascii", "iso-8859-1")
# Time-outs that a whole answer may take, however small the pieces in which it comes.
WHOLE_TIMES = 3

_clients: dict[float, httpx.Client] = {}
_lock = threading.Lock()


class _Transport(httpx.HTTPTransport):
    """httpx's transport, with connections to checked addresses only; httpx has no setting for that."""

    def __init__(self) -> None:
        super().__init__(trust_env=False, limits=POOL)
        self._pool._network_backend = CheckedNetwork()


def client_for(seconds: float) -> httpx.Client:
    """Return the client of this time-out, with one pool of connections for all threads of the process."""
    with _lock:
        if seconds not in _clients:
            timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
            # No proxy from the environment and no redirect: an account names its provider in full.
            _clients[seconds] = httpx.Client(
                transport=_Transport(),
                timeout=timeout,
                trust_env=False,
                follow_redirects=False,
                # No compression: a small answer cannot expand to a large one.
                headers={"Accept-Encoding": "identity"},
            )
        return _clients[seconds]


@atexit.register
def close_clients() -> None:
    with _lock:
        while _clients:
            _clients.popitem()[1].close()


def timeout_of(config: dict[str, Any]) -> float:
    try:
        return min(max(float(config.get("timeout_seconds") or TIMEOUT_SECONDS), 0.1), 30.0)
    except (TypeError, ValueError):
        return TIMEOUT_SECONDS


def retry_after(reply: httpx.Response) -> float | None:
    """Return seconds until we may ask again; the provider names them or an instant (RFC 9110, 10.2.3)."""
    value = reply.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(seconds, 0.0)


def parsed(reply: httpx.Response) -> dict[str, Any]:
    try:
        answer = reply.json()
    except (ValueError, RecursionError) as error:
        raise LostReply("unexpected_answer", f"{reply.status_code}, no JSON") from error
    if not isinstance(answer, dict):
        raise LostReply("unexpected_answer", f"{reply.status_code}, no object")
    return answer


def request(method: str, url: str, seconds: float, **more: Any) -> httpx.Response:
    """Do as `reply_to`, but raise a failure for 429 and other answers that mean "not now"."""
    reply = reply_to(method, url, seconds, **more)
    if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise TemporaryFailure("provider_busy", "429", retry_after(reply))
    if reply.status_code >= httpx.codes.BAD_REQUEST:
        raise TemporaryFailure("provider_error", f"{reply.status_code}", is_sure=False)
    return reply


def reply_to(
    method: str, url: str, seconds: float, *, most_bytes: int = REPLY_BYTES, **more: Any
) -> httpx.Response:
    """Return any answer of the other side; without one raise a Failure that says whether the request was
    heard.
    """
    try:
        with client_for(seconds).stream(method, url, **more) as reply:
            return _whole(reply, most_bytes, time.monotonic() + WHOLE_TIMES * seconds)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        if was_refused(error):
            raise TemporaryFailure("private_address", "", closes=REST_SECONDS) from error
        raise TemporaryFailure("no_connection", _plain(error)) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError, ValueError) as error:
        cause = "bad_gateway_settings"
        raise TemporaryFailure(cause, _plain(error), closes=REST_SECONDS) from error
    except httpx.TimeoutException as error:
        raise LostReply("timeout", _plain(error)) from error
    except httpx.HTTPError as error:
        raise LostReply("lost_reply", _plain(error)) from error


def _whole(reply: httpx.Response, most_bytes: int, until: float) -> httpx.Response:
    """Read the whole answer, up to `most_bytes` and `until`. We asked for no compression and undo none."""
    content = bytearray()
    for piece in reply.iter_raw():
        content += piece
        if len(content) > most_bytes:
            raise LostReply("unexpected_answer", f"{reply.status_code}, too long")
        if time.monotonic() > until:
            raise LostReply("timeout", f"{reply.status_code}, too slow")
    headers = {name: value for name, value in reply.headers.items() if name != "content-encoding"}
    whole = httpx.Response(reply.status_code, headers=headers, content=bytes(content))
    charset = (reply.charset_encoding or "").lower()
    whole.encoding = charset if charset in CHARSETS else "utf-8"
    return whole


def _plain(error: Exception) -> str:
    """Return only the error's kind: its text may hold the address with the token, or the other side's
    words.
    """
    return type(error).__name__
