"""Clients of Alibaba Cloud and Tencent Cloud, for SMS and for calls.

Their packages sign the requests; here one client is kept for each key and address.
"""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from delivery.channels.base import Account, TemporaryFailure

TIMEOUT_SECONDS = 10.0  # seconds; Alibaba's documentation requires at least one
CONNECT_SECONDS = 5.0
REST_SECONDS = 600.0  # seconds until an account that cannot send at all is tried again

_clients: dict[tuple, Any] = {}
_lock = threading.Lock()
_threads = threading.local()


def timeout_of(config: dict[str, Any]) -> float:
    try:
        return min(max(float(config.get("timeout_seconds") or TIMEOUT_SECONDS), 1.0), 30.0)
    except (TypeError, ValueError):
        return TIMEOUT_SECONDS


def alibaba(account: Account, make: Callable[[Any], Any], endpoint: str) -> Any:
    """Return the client that `make` creates from the package's settings, shared by all threads.

    Raises TemporaryFailure without a key. `endpoint`: used if the account names none.
    """
    from alibabacloud_tea_openapi.utils_models import Config

    config = account.config
    key, secret = _key(account, "access_key_id", "access_key_secret")
    seconds, parts = timeout_of(config), address_of(config, endpoint)
    name = (make, key, secret, parts, seconds)
    with _lock:
        if name not in _clients:
            settings = Config(
                access_key_id=key,
                access_key_secret=secret,
                endpoint=parts.netloc,
                protocol=parts.scheme.upper(),
                connect_timeout=int(min(CONNECT_SECONDS, seconds) * 1000),
                read_timeout=int(seconds * 1000),
            )
            _clients[name] = make(settings)
        return _clients[name]


def tencent(
    account: Account, make: Callable[[Any, str, Any], Any], endpoint: str, region: str
) -> Any:
    """Return this thread's client, which `make` creates from credential, region and profile.

    It is per thread because the SDK does not say that threads may share one. Raises TemporaryFailure without
    a key.
    """
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile

    config = account.config
    key, secret = _key(account, "secret_id", "secret_key")
    seconds, parts = timeout_of(config), address_of(config, endpoint)
    region = config.get("region") or region
    name = (make, key, secret, parts, region, seconds)
    clients = _threads.__dict__.setdefault("clients", {})
    if name not in clients:
        http = HttpProfile(
            protocol=parts.scheme,
            endpoint=parts.netloc,
            reqTimeout=(min(CONNECT_SECONDS, seconds), seconds),
            keepAlive=True,
        )
        profile = ClientProfile(signMethod="TC3-HMAC-SHA256", httpProfile=http)
        clients[name] = make(Credential(key, secret), region, profile)
    return clients[name]


def _key(account: Account, key: str, secret: str) -> tuple[str, str]:
    found = account.config.get(key) or "", account.secret.get(secret) or ""
    if not all(found):
        raise TemporaryFailure("key_refused", "no key", closes=REST_SECONDS)
    return found


def address_of(config: dict[str, Any], endpoint: str) -> SplitResult:
    address = config.get("endpoint") or endpoint
    return urlsplit(address if "://" in address else f"https://{address}")
