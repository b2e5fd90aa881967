"""WeChat official account (service account): template messages, and one message for one tap.

`config`: `app_id`, `mode` (`template` | `one_time` | `subscribe`), `templates` ({kind: {"code", "fields":
[[name, variable], …]}}), `one_time_template`, `endpoint`, `timeout_seconds`, `per_second`; secrets
`app_secret`, `hook_token`, `aes_key`. What the provider promises: README.md beside this file.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from delivery.channels.base import (
    Account,
    AfterLostReply,
    Failure,
    Hook,
    Incoming,
    Message,
    PermanentFailure,
    Rate,
    Receipt,
    Reports,
    TemporaryFailure,
)
from delivery.channels.http import REST_SECONDS, parsed, request, timeout_of
from delivery.channels.outgoing import problem_of_endpoint
from delivery.channels.templates import AS_QUESTION
from delivery.channels.tokens import Api
from delivery.channels.wechat import hooks, permissions

KIND = "wechat"
MEANS = "wechat"
ISSUER = "app_id"
PARALLEL = 1  # a permission is taken in the database, in the caller's thread
ENDPOINT = "https://api.weixin.qq.com"
DOMAINS = ("weixin.qq.com",)  # the provider has other hosts, such as sh.api.weixin.qq.com
PER_SECOND = 50  # requests; our own choice, far below an account's limit
MINUTE = 60.0
THING_CHARS = 20  # characters of a template field of the type "thing"
TITLE_CHARS = 15  # characters of a one-time message's title
CONTENT_CHARS = 200  # characters of a one-time message

TEMPLATE, ONE_TIME, SUBSCRIBE = "template", "one_time", "subscribe"
KINDS = ("check_in", "notice", "thread", "received", "invite")
VARIABLES = ("school", "teacher", "subject", "words", "date")

# Global return codes of the official account platform, read in November 2026.
STALE_TOKEN = frozenset({40001, 40014, 42001})
KEY_REFUSED = (40001, 40002, 40013, 40014, 40125, 41001, 41002, 41004, 42001, 89503, 89506, 89507)
NOT_ALLOWED = (48001, 48004, 48006, 50001, 50002)
TEMPLATE_REFUSED = {40037, 40036, 41028, 41029, 41030, 43116, 47001, 47003}
REFUSALS = {40003: "bad_open_id", 43004: "not_following", 43101: "no_permission"}
BUSY, MINUTE_LIMIT = -1, 45011
# The account cannot send at all for now.
CLOSES = {
    40164: "server_not_listed",
    45009: "provider_limit",
    **dict.fromkeys(KEY_REFUSED, "key_refused"),
    **dict.fromkeys(NOT_ALLOWED, "account_may_not"),
}


def send(message: Message, account: Account) -> Receipt:
    mode = account.config.get("mode") or TEMPLATE
    if mode == TEMPLATE:
        body = _template_body(message, account.config) | {"client_msg_id": message.key}
        return _receipt(_api(account).call("/cgi-bin/message/template/send", body))
    with permissions.taken(message, account) as permission:
        if mode == ONE_TIME:
            body = {
                "touser": message.address,
                "template_id": account.config.get("one_time_template"),
                "url": message.parts.get("url", ""),
                "scene": str(permission.scene or 0),
                "title": message.parts.get("school", "")[:TITLE_CHARS],
                "data": {"content": {"value": message.subject[:CONTENT_CHARS]}},
            }
            return _receipt(_api(account).call("/cgi-bin/message/template/subscribe", body))
        body = _template_body(message, account.config)
        body["page"] = body.pop("url")
        return _receipt(_api(account).call("/cgi-bin/message/subscribe/bizsend", body))


def _receipt(answer: dict[str, Any]) -> Receipt:
    return Receipt(str(answer.get("msgid") or ""))


def _template_body(message: Message, config: dict[str, Any]) -> dict[str, Any]:
    known = config.get("templates") or {}
    kind = "check_in" if message.kind in AS_QUESTION else message.kind
    template = known.get(kind) or {}
    if not template.get("code"):
        raise PermanentFailure("no_template", message.kind, is_about_address=False)
    values = {
        "school": message.parts.get("school", ""),
        "teacher": message.parts.get("teacher_surname", ""),
        "subject": message.subject,
        "words": message.parts.get("words") or message.subject,
        "date": date_format(timezone.localdate(), "Y-m-d"),
    }
    data = {}
    for name, variable in template.get("fields") or []:
        # WeChat refuses a field that is too long (47003) or empty.
        value = values.get(variable, "") or "-"
        if name.startswith("thing") and len(value) > THING_CHARS:
            value = value[: THING_CHARS - 1] + "…"
        data[name] = {"value": value}
    return {
        "touser": message.address,
        "template_id": template["code"],
        "url": message.parts.get("url", ""),
        "data": data,
    }


def takes(kind: str, config: dict[str, Any]) -> bool:
    """Return whether it accepts this kind.

    Codes, sign-in links and alerts never go by WeChat: codes and links go to the phone that they verify,
    and alerts are for staff.
    """
    kind = "check_in" if kind in AS_QUESTION else kind
    if (config.get("mode") or TEMPLATE) == ONE_TIME:
        return kind in KINDS
    return kind in KINDS and bool(((config.get("templates") or {}).get(kind) or {}).get("code"))


def fetch_media(media_id: str, account: Account) -> bytes:
    """Return a picture or voice that somebody sent. WeChat keeps it for three days."""
    return _api(account).download("/cgi-bin/media/get", media_id=media_id).content


def read_hook(hook: Hook, account: Account) -> Reports:
    return hooks.read(hook, account)


def answer_to(told: Incoming, words: str, account: Account, at: datetime) -> str:
    return hooks.answer_to(told, words, account, at)


def after_lost_reply(account: Account) -> AfterLostReply:
    """`client_msg_id` is valid for ten minutes, and a message may wait longer, so ask a person."""
    return AfterLostReply.ASK_A_PERSON


def rate_of(account: Account) -> Rate:
    per_second = float(account.config.get("per_second") or PER_SECOND)
    name = f"wechat:{account.config.get('app_id') or account.pk}"
    return Rate(name, per_second, max(int(per_second), 1))


def _api(account: Account) -> Api:
    config, secret = account.config, account.secret.get("app_secret") or ""
    app_id = config.get("app_id") or ""
    if not app_id or not secret:
        raise TemporaryFailure("key_refused", "no key", closes=REST_SECONDS)
    base = (config.get("endpoint") or ENDPOINT).rstrip("/")
    seconds = timeout_of(config)

    def fetch(is_forced: bool) -> dict[str, Any]:
        body = {
            "grant_type": "client_credential",
            "appid": app_id,
            "secret": secret,
            "force_refresh": is_forced,
        }
        return parsed(request("POST", f"{base}/cgi-bin/stable_token", seconds, json=body))

    name = f"wechat|{base}|{app_id}|{secret}"
    return Api(name, base, seconds, STALE_TOKEN, fetch, _refusal)


def _refusal(code: int) -> Failure:
    detail = f"{code}"
    if code in REFUSALS:
        return PermanentFailure(REFUSALS[code], detail)
    if code in TEMPLATE_REFUSED:
        return PermanentFailure("template_refused", detail, is_about_address=False)
    if code == BUSY:
        return TemporaryFailure("provider_error", detail, is_sure=False)
    if code == MINUTE_LIMIT:
        return TemporaryFailure("provider_busy", detail, MINUTE)
    if code in CLOSES:
        return TemporaryFailure(CLOSES[code], detail, closes=REST_SECONDS)
    return PermanentFailure("provider_refused", detail, is_about_address=False)


def check_config(config: dict[str, Any]) -> dict[str, str]:
    problems: dict[str, str] = {}
    app_id = config.get("app_id") or ""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("weixin", {}).get("APPS") or [{}]
    linked = apps[0].get("client_id", "")
    if not app_id:
        problems["app_id"] = _("The official account platform gives you an AppID.")
    elif linked and linked != app_id:
        problems["app_id"] = _(
            "Families link WeChat with the account %(app_id)s; only that one can write to them."
        ) % {"app_id": linked}
    if problem := problem_of_endpoint(config, DOMAINS):
        problems["endpoint"] = problem
    if (config.get("mode") or TEMPLATE) == ONE_TIME:
        if not config.get("one_time_template"):
            problems["one_time_template"] = _("Without this template nothing can be sent.")
        return problems
    known = config.get("templates") or {}
    if not (known.get("check_in") or {}).get("code"):
        problems["template_check_in"] = _("Without this template no parent can be asked.")
    for kind, template in known.items():
        unknown = [one for _name, one in template.get("fields") or [] if one not in VARIABLES]
        if unknown:
            problems[f"fields_{kind}"] = _(
                "There is no variable %(name)s. There are: %(names)s."
            ) % {"name": unknown[0], "names": ", ".join(VARIABLES)}
        elif template.get("code") and not template.get("fields"):
            problems[f"fields_{kind}"] = _("Name its fields, such as thing1=school.")
    return problems


def summary(config: dict[str, Any]) -> str:
    modes = {
        TEMPLATE: _("template messages"),
        ONE_TIME: _("one message for one tap"),
        SUBSCRIBE: _("subscription notices"),
    }
    return f"{config.get('app_id') or ''} · {modes[config.get('mode') or TEMPLATE]}"
