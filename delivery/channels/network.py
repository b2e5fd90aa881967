"""What a broken request says: not sent at all, or nobody knows. For SDKs that hide the cause."""

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from delivery.channels.base import LostReply, TemporaryFailure
from delivery.channels.outgoing import was_refused

BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError, NameResolutionError)


REST_SECONDS = 600.0  # seconds until an account that may not call its address is tried again


def broken(error: BaseException) -> LostReply | TemporaryFailure:
    """`error`: what an SDK raised; the exception of the network hangs behind it as its context.

    Only kinds of exceptions are told: their words hold the address with its keys, or the other side's words.
    """
    network = _of_the_network(error)
    kind = type(network or error).__name__
    if was_refused(error):
        return TemporaryFailure("private_address", "", closes=REST_SECONDS)
    if isinstance(network, requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return TemporaryFailure("no_connection", kind)
    if isinstance(network, requests.exceptions.ConnectTimeout) or _never_connected(network):
        return TemporaryFailure("no_connection", kind)
    if isinstance(network, requests.exceptions.Timeout) or "timed out" in str(network):
        return LostReply("timeout", kind)
    return LostReply("lost_reply", kind)


def _of_the_network(error: BaseException) -> BaseException | None:
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, requests.exceptions.RequestException):
        seen = getattr(seen, "inner_exception", None) or seen.__cause__ or seen.__context__
    return seen


def _never_connected(error: BaseException | None) -> bool:
    """Looks for urllib3's reason inside of requests' ConnectionError."""
    for cause in getattr(error, "args", ()):
        reason = getattr(cause, "reason", cause)
        if isinstance(reason, BEFORE_SENDING):
            return True
    return False
