"""A notice on the phone's screen, through its browser's push service (RFC 8030, 8291, 8292).

`config`: `public_key`, `endpoint` (a push service in the school's own network), `timeout_seconds`; secret
`private_key`. The text is encrypted for that browser alone; the push service cannot read it.
"""

import hashlib
import json
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from delivery.channels.base import (
    Account,
    AfterLostReply,
    Message,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)
from delivery.channels.http import REST_SECONDS, reply_to, retry_after, timeout_of
from delivery.channels.outgoing import problem_of
from delivery.models import PushSubscription
from guardians.models import ContactPoint

KIND = "push"
MEANS = "push"
PARALLEL = 1  # the subscription is read from the database, in the caller's thread
KINDS = ("check_in", "at_home", "nearby", "notice", "thread", "received")
KEPT_SECONDS = 2 * 86400  # seconds for which the service keeps a notice for a phone that is off
SIGNED_SECONDS = 12 * 3600  # seconds for which the signature is valid; at most 24 hours (RFC 8292)
TOPIC_CHARS = 32  # maximum (RFC 8030)
GONE = (404, 410)
BUSY = 429

__all__ = ["timeout_of"]


def send(message: Message, account: Account) -> Receipt:
    """Send. The push service has accepted it, but nobody says whether the phone showed it."""
    from pywebpush import WebPusher

    found = PushSubscription.objects.filter(account_id=account.pk, point__address=message.address)
    subscription = found.select_related("point").first()
    if subscription is None:
        raise PermanentFailure("screen_off", "no subscription")
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    told = {
        "title": message.parts.get("school", ""),
        "body": message.subject,
        "url": message.parts.get("url", ""),
        "tag": message.key,
    }
    reply = reply_to(
        "POST",
        subscription.endpoint,
        timeout_of(account.config),
        content=pusher.encode(json.dumps(told, ensure_ascii=False).encode())["body"],
        headers=_headers(message, account, subscription.endpoint),
    )
    if reply.status_code in GONE:
        ContactPoint.objects.filter(pk=subscription.point_id).delete()
        raise PermanentFailure("screen_off", f"{reply.status_code}")
    if reply.status_code == BUSY:
        raise TemporaryFailure("provider_busy", "429", retry_after(reply))
    if reply.status_code >= 500:
        raise TemporaryFailure("provider_error", f"{reply.status_code}", is_sure=False)
    if reply.status_code >= 300:
        raise PermanentFailure("provider_refused", f"{reply.status_code}", is_about_address=False)
    return Receipt(reply.headers.get("Location", "")[-120:])


def _headers(message: Message, account: Account, endpoint: str) -> dict[str, str]:
    from py_vapid import Vapid02

    private = account.secret.get("private_key")
    if not private:
        raise TemporaryFailure("secret_unreadable", "no key", closes=REST_SECONDS)
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + SIGNED_SECONDS,
        "sub": f"mailto:{settings.DEFAULT_FROM_EMAIL}",
    }
    return {
        **Vapid02.from_string(private).sign(claims),
        "Content-Encoding": "aes128gcm",
        "TTL": str(KEPT_SECONDS),
        "Urgency": "normal",
        "Topic": hashlib.sha256(message.key.encode()).hexdigest()[:TOPIC_CHARS],
    }


def takes(kind: str, config: dict[str, Any]) -> bool:
    """Return whether it accepts this kind. Codes and sign-in links go to the number they verify, alerts
    elsewhere.
    """
    return kind in KINDS


def after_lost_reply(account: Account) -> AfterLostReply:
    """`Topic` replaces only what the phone has not fetched yet, so ask a person."""
    return AfterLostReply.ASK_A_PERSON


def check_config(config: dict[str, Any]) -> dict[str, str]:
    endpoint = config.get("endpoint") or ""
    problem = problem_of(endpoint) if endpoint else ""
    return {"endpoint": problem} if problem else {}


def summary(config: dict[str, Any]) -> str:
    return _("families switch it on themselves, on their own phone")
