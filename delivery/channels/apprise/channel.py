"""Sends alerts to a chat group of staff with apprise: DingTalk, Feishu, WeCom group robots, Matrix, ntfy and
others.

`config`: `service` (for display); secret `url`, an apprise URL with the group's token. Only services of an
allow-list: apprise can also run programs or write files on this machine. README.md.
"""

import sys
from logging import Handler, Logger, LogRecord
from typing import Any

from django.utils.translation import gettext as _

from delivery.channels.base import (
    Account,
    AfterLostReply,
    LostReply,
    Message,
    Receipt,
    TemporaryFailure,
)
from delivery.channels.outgoing import problem_of

KIND = "apprise"
MEANS = "group"
PARALLEL = 1
TIMEOUT_SECONDS = 10.0  # seconds
SERVICES = {
    "dingtalk": "钉钉 DingTalk",
    "feishu": "飞书 Feishu",
    "lark": "Lark",
    "wecombot": "企业微信群机器人 WeCom",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "matrix": "Matrix",
    "matrixs": "Matrix",
    "gotify": "Gotify",
    "gotifys": "Gotify",
    "bark": "Bark",
    "barks": "Bark",
    "slack": "Slack",
    "tgram": "Telegram",
    "mmost": "Mattermost",
    "mmosts": "Mattermost",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat",
}
NOT_IN_ADDRESS = {"template", "attach"}


def send(message: Message, account: Account) -> Receipt:
    """Send. Apprise says yes or no but not why: a no counts as not sent, a lost answer as unknown."""
    target = _target(account.secret.get("url") or "")
    if target is None:
        raise TemporaryFailure("bad_gateway_settings", "no usable address")
    errors = _Errors()
    target.logger = Logger("room")
    target.logger.addHandler(errors)
    try:
        is_sent = target.notify(body=message.text, title=message.subject)
    except Exception as error:
        raise LostReply("lost_reply", type(error).__name__) from error
    if not is_sent and any(map(_may_be_heard, errors.seen)):
        raise LostReply("lost_reply", type(errors.seen[-1]).__name__)
    if not is_sent:
        raise TemporaryFailure("provider_refused", account.config.get("service", ""))
    return Receipt()


class _Errors(Handler):
    """Keeps the errors that apprise turns into a no: it logs while it handles them. No words are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[BaseException] = []

    def emit(self, record: LogRecord) -> None:
        error = sys.exception()
        if error is not None:
            self.seen.append(error)


def _may_be_heard(error: BaseException) -> bool:
    """Return whether a request was under way; `requests` wraps a MaxRetryError if nobody could be reached.

    A ValueError is about the address, or about an answer that came.
    """
    from requests import RequestException
    from urllib3.exceptions import MaxRetryError

    is_on_the_way = isinstance(error, RequestException) and not isinstance(error, ValueError)
    return is_on_the_way and not any(isinstance(one, MaxRetryError) for one in error.args)


def _target(url: str) -> Any:
    """Return None if apprise cannot read the address, or it does more than write to a group."""
    from apprise import Apprise
    from apprise.plugins import url_to_dict

    if schema_of(url) not in SERVICES:
        return None
    # As apprise itself reads it: it also splits settings at ";", and finds them after "/#".
    read = url_to_dict(url)
    if read is None or not NOT_IN_ADDRESS.isdisjoint(read.get("qsd", {})):
        return None  # a file of this machine as template, or a file to fetch and attach
    target = Apprise.instantiate(read)
    if target is not None:
        target.redirects, target.verify_certificate = False, True
        target.socket_connect_timeout = target.socket_read_timeout = TIMEOUT_SECONDS
    return target


def schema_of(url: str) -> str:
    return url.partition("://")[0].strip().lower() if "://" in url else ""


def look_up(message: Message, account: Account) -> Receipt | None:
    raise NotImplementedError("a room cannot be asked")


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.ASK_A_PERSON


def timeout_of(config: dict[str, Any]) -> float:
    return TIMEOUT_SECONDS


def check_config(config: dict[str, Any]) -> dict[str, str]:
    return {}


def problem_of_url(url: str) -> str:
    """Return why we cannot use an address, in words for the administrator; "" if we can."""
    if schema_of(url) not in SERVICES:
        return _("Only these services: %(names)s.") % {
            "names": ", ".join(dict.fromkeys(SERVICES.values()))
        }
    target = _target(url)
    if target is None:
        return _(
            "Apprise cannot read this address. Copy it again, or ask the person who set up the group."
        )
    return problem_of(target.host) if getattr(target, "host", "") else ""


def summary(config: dict[str, Any]) -> str:
    return config.get("service") or _("no room yet")
