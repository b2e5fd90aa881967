"""WeCom's school contacts: a "school notice" to a parent, who reads it in WeChat.

`config`: `corp_id`, `agent_id`, `endpoint`, `timeout_seconds`, `per_second`; secret `corp_secret`. Which
parent is who: contacts.py. What the provider promises: README.md beside this file.
"""

from typing import Any

from django.utils.translation import gettext as _

from delivery.channels.base import (
    Account,
    AfterLostReply,
    Failure,
    Message,
    PermanentFailure,
    Rate,
    Receipt,
    TemporaryFailure,
)
from delivery.channels.http import REST_SECONDS, parsed, request, timeout_of
from delivery.channels.outgoing import problem_of_endpoint
from delivery.channels.tokens import Api

KIND = "wecom"
MEANS = "wecom"
ISSUER = "corp_id"
PARALLEL = 8
ENDPOINT = "https://qyapi.weixin.qq.com"
DOMAINS = ("weixin.qq.com",)
PER_SECOND = 30  # requests; our own choice, below the limit of a school's app
MINUTE = 60.0
KINDS = ("check_in", "at_home", "nearby", "notice", "thread", "received", "invite")
PARENTS_ONLY = 0  # recv_scope
SAME_FOR_SECONDS = 4 * 3600  # the longest time for which WeCom drops a repeated request
TITLE_BYTES = 128
DESCRIPTION_BYTES = 512

# Global error codes of WeCom, read in November 2026.
STALE_TOKEN = frozenset({40014, 42001, 41001})
KEY_REFUSED = {40001, 40013, 40014, 40091, 41001, 41004, 42001}
NOT_ALLOWED = {40056, 48002, 60011, 301002, 301005}
NOBODY = {40003, 60111, 81013}
BUSY, LIMIT, TOO_MANY_AT_ONCE, NO_IP = -1, 45009, 45033, 60020


def send(message: Message, account: Account) -> Receipt:
    article = {
        "title": _cut(message.subject or message.text, TITLE_BYTES),
        "description": _cut(message.parts.get("school", ""), DESCRIPTION_BYTES),
        "url": message.parts.get("url", ""),
    }
    content: dict[str, Any] = {"msgtype": "text", "text": {"content": message.text}}
    if article["url"]:
        content = {"msgtype": "news", "news": {"articles": [article]}}
    body = {
        "recv_scope": PARENTS_ONLY,
        "to_parent_userid": [message.address],
        "agentid": int(account.config.get("agent_id") or 0),
        **content,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": SAME_FOR_SECONDS,
    }
    answer = api_of(account).call("/cgi-bin/externalcontact/message/send", body)
    if message.address in (answer.get("invalid_parent_userid") or []):
        raise PermanentFailure("not_in_wecom", "invalid_parent_userid")
    return Receipt(str(answer.get("msgid") or ""))


def _cut(text: str, most: int) -> str:
    """Cut to bytes, as WeCom counts them. WeCom itself would cut in the middle of a Chinese character."""
    return text.encode()[:most].decode("utf-8", "ignore")


def takes(kind: str, config: dict[str, Any]) -> bool:
    """Return whether it accepts this kind. Codes and sign-in links go to the phone they verify, alerts
    elsewhere.
    """
    return kind in KINDS


def after_lost_reply(account: Account) -> AfterLostReply:
    """Ask a person: WeCom drops a repeated request for four hours at most, and a message may wait longer."""
    return AfterLostReply.ASK_A_PERSON


def rate_of(account: Account) -> Rate:
    per_second = float(account.config.get("per_second") or PER_SECOND)
    return Rate(f"wecom:{account.config.get('corp_id')}", per_second, max(int(per_second), 1))


def api_of(account: Account) -> Api:
    config, secret = account.config, account.secret.get("corp_secret") or ""
    corp_id = config.get("corp_id") or ""
    if not corp_id or not secret:
        raise TemporaryFailure("key_refused", "no key", closes=REST_SECONDS)
    base = (config.get("endpoint") or ENDPOINT).rstrip("/")
    seconds = timeout_of(config)

    def fetch(is_forced: bool) -> dict[str, Any]:
        """Ask for a token. WeCom returns the same one as long as it is good, and cannot be forced to renew
        it.
        """
        keys = {"corpid": corp_id, "corpsecret": secret}
        return parsed(request("GET", f"{base}/cgi-bin/gettoken", seconds, params=keys))

    return Api(f"wecom|{base}|{corp_id}|{secret}", base, seconds, STALE_TOKEN, fetch, _refusal)


def _refusal(code: int) -> Failure:
    detail = f"{code}"
    if code == BUSY:
        return TemporaryFailure("provider_error", detail, is_sure=False)
    if code == TOO_MANY_AT_ONCE:
        return TemporaryFailure("provider_busy", detail, MINUTE)
    if code in NOBODY:
        return PermanentFailure("not_in_wecom", detail)
    for causes, cause in (
        ({LIMIT}, "provider_limit"),
        ({NO_IP}, "server_not_listed"),
        (KEY_REFUSED, "key_refused"),
        (NOT_ALLOWED, "account_may_not"),
    ):
        if code in causes:
            return TemporaryFailure(cause, detail, closes=REST_SECONDS)
    return PermanentFailure("provider_refused", detail, is_about_address=False)


def check_config(config: dict[str, Any]) -> dict[str, str]:
    problems = {}
    if not config.get("corp_id"):
        problems["corp_id"] = _("You find it under “My enterprise” in WeCom's administration.")
    if not str(config.get("agent_id") or "").isdecimal():
        problems["agent_id"] = _("The number of the app that parents may use, such as 1000002.")
    if problem := problem_of_endpoint(config, DOMAINS):
        problems["endpoint"] = problem
    return problems


def summary(config: dict[str, Any]) -> str:
    return _("school contacts of %(corp)s") % {"corp": config.get("corp_id") or "-"}
