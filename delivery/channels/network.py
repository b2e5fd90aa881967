"""Tells what a broken request means, for SDKs that hide the cause: not sent at all, or nobody knows."""

import requests
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from delivery.channels.base import LostReply, TemporaryFailure
from delivery.channels.outgoing import was_refused

BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError, NameResolutionError)
REST_SECONDS = 600.0  # seconds until an account that may not call its address is tried again


def broken(error: BaseException) -> LostReply | TemporaryFailure:
    """Return the failure behind `error`, which an SDK raised; the network's exception is its cause or
    context.

    We report only the types of exceptions: their words contain the address with its keys, or the other side's
    words.
    """
    network: BaseException | None = error
    while network is not None and not isinstance(network, requests.exceptions.RequestException):
        inner = getattr(network, "inner_exception", None)
        network = inner or network.__cause__ or network.__context__
    # requests wraps urllib3's reason in a ConnectionError.
    reasons = [getattr(cause, "reason", cause) for cause in getattr(network, "args", ())]
    never_connected = any(isinstance(reason, BEFORE_SENDING) for reason in reasons)
    kind = type(network or error).__name__
    if was_refused(error):
        return TemporaryFailure("private_address", "", closes=REST_SECONDS)
    if isinstance(network, requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return TemporaryFailure("no_connection", kind)
    if isinstance(network, requests.exceptions.ConnectTimeout) or never_connected:
        return TemporaryFailure("no_connection", kind)
    if isinstance(network, requests.exceptions.Timeout) or "timed out" in str(network):
        return LostReply("timeout", kind)
    return LostReply("lost_reply", kind)
