"""What channels that ask a provider over HTTP share: kept connections, time-outs, what a failure means."""

import atexit
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from messaging.channels.base import LostReply, TemporaryFailure

TIMEOUT_SECONDS = 10.0  # seconds; without a setting of the account's own
CONNECT_SECONDS = 5.0
REST_SECONDS = 600.0  # seconds until an account that cannot send at all is tried again
# Idle connections end before common servers end them (5 s and more): a request over a connection that has
# just been closed could not be told from a lost reply.
POOL = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=4)

_clients: dict[float, httpx.Client] = {}
_lock = threading.Lock()


def client_for(seconds: float) -> httpx.Client:
    """One pool of kept connections for each time-out, shared by all threads of the process."""
    with _lock:
        if seconds not in _clients:
            timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
            # No proxy from the environment, no way elsewhere: an account names its provider in full.
            _clients[seconds] = httpx.Client(
                timeout=timeout, limits=POOL, trust_env=False, follow_redirects=False
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
    """Seconds until the provider may be asked again; it names them or an instant (RFC 9110, 10.2.3)."""
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
    except ValueError as error:
        raise LostReply("unexpected_answer", reply.text[:200]) from error
    if not isinstance(answer, dict):
        raise LostReply("unexpected_answer", reply.text[:200])
    return answer


def request(method: str, url: str, seconds: float, **more: Any) -> httpx.Response:
    """As `reply_to`; 429 and other answers that say "not now" are failures, too."""
    reply = reply_to(method, url, seconds, **more)
    if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise TemporaryFailure("provider_busy", "429", retry_after(reply))
    if reply.status_code >= httpx.codes.BAD_REQUEST:
        raise TemporaryFailure("provider_error", f"{reply.status_code}", is_sure=False)
    return reply


def reply_to(method: str, url: str, seconds: float, **more: Any) -> httpx.Response:
    """Whatever the other side answers; without an answer a Failure that tells whether it was heard."""
    try:
        return client_for(seconds).request(method, url, **more)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise TemporaryFailure("no_connection", _plain(error)) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError, ValueError) as error:
        raise TemporaryFailure(
            "bad_gateway_settings", _plain(error), closes=REST_SECONDS
        ) from error
    except httpx.TimeoutException as error:
        raise LostReply("timeout", _plain(error)) from error
    except httpx.HTTPError as error:
        raise LostReply("lost_reply", _plain(error)) from error


def _plain(error: Exception) -> str:
    """The words of the failure; the address asked holds the token and is not kept."""
    return f"{type(error).__name__}: {str(error).partition('http')[0]}"
