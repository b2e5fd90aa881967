"""Providers that accept no text: they hold a template for each kind of message, with variables to fill in.

`config["templates"]`: {kind: {"code": "SMS_1234", "variables": ["school", "path"]}}. Chinese providers accept
no whole link in a variable, so the template holds the site's address and `path` follows it.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.channels.base import Message, PermanentFailure

KINDS = {
    "check_in": gettext_lazy("Question to a parent"),
    "link": gettext_lazy("Sign-in link"),
    "code": gettext_lazy("Code"),
    "invite": gettext_lazy("Invitation"),
    "notice": gettext_lazy("Notice"),
    "thread": gettext_lazy("Message in a conversation"),
    "received": gettext_lazy("Your message has arrived"),
    "concern": gettext_lazy("Alert to staff"),
    "account": gettext_lazy("News about a staff account"),
}
# A test, and the questions of an evening: they are sent like any question, without a template of their own.
AS_QUESTION = ("test", "at_home", "nearby")
SPOKEN_ONLY = ("join",)  # is a call and never written
NEEDED = ("check_in", "link", "code")
VARIABLES = ("school", "teacher", "name", "words", "code", "minutes", "path", "link")
DEFAULT_VARIABLES = {
    "check_in": "school, path",
    "link": "path",
    "code": "code, minutes",
    "invite": "school, path",
    "notice": "school, words, path",
    "thread": "school, path",
    "received": "school, words",
    "concern": "path",
    "account": "words",
}
# The text to submit for approval: in Chinese for its readers, whatever language the administrator uses.
SUGGESTED = {
    "check_in": "{school}的老师有一个小问题想问您，点一下就能回答：{site}/{path}",
    "link": "这是您要的登录链接，30分钟内有效：{site}/{path}",
    "code": "您的验证码是{code}，{minutes}分钟内有效，请不要告诉别人。",
    "invite": "您的孩子在{school}读书，点开可以看孩子在校的情况：{site}/{path}",
    "notice": "{school}通知您：{words}。点开查看：{site}/{path}",
    "thread": "{school}的老师给您写了一句话，点开就能看到：{site}/{path}",
    "received": "{school}已收到您的留言，老师上班后看。急事请拨打{words}。",
    "concern": "有一个孩子现在需要您看一看，请打开：{site}/{path}",
    "account": "{words}如果不是您本人操作，请马上告诉校长。",
}


@dataclass(frozen=True)
class Filled:
    code: str
    values: tuple[tuple[str, str], ...]  # name and value, in the order of the template


def fill(message: Message, config: dict[str, Any]) -> Filled:
    """Return the filled template.

    Raises PermanentFailure if the account has none for this kind: another account may.
    """
    templates = config.get("templates") or {}
    template = templates.get(message.kind) or {}
    if not template.get("code") and message.kind in AS_QUESTION:
        template = templates.get("check_in") or {}  # the template of questions that families see
    if not template.get("code"):
        raise PermanentFailure("no_template", message.kind, is_about_address=False)
    parts, url = message.parts, message.parts.get("url", "")
    values = {
        "school": parts.get("school", ""),
        "teacher": parts.get("teacher_surname", ""),
        "name": parts.get("name", ""),
        "words": parts.get("words", ""),
        "code": parts.get("code", ""),
        "minutes": parts.get("minutes", ""),
        # A test has no link, and providers refuse an empty variable: use the family's entrance.
        "path": urlsplit(url).path.strip("/") or "f",
        "link": url,
    }
    names = template.get("variables") or []
    return Filled(template["code"], tuple((name, values.get(name, "")) for name in names))


def problems_of(config: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with the templates, by form field."""
    templates = config.get("templates") or {}
    problems = {}
    for kind, label in KINDS.items():
        template = templates.get(kind) or {}
        unknown = [name for name in template.get("variables") or [] if name not in VARIABLES]
        if kind in NEEDED and not template.get("code"):
            problems[f"template_{kind}"] = _("Without this template no “%(kind)s” can be sent.") % {
                "kind": label
            }
        elif unknown:
            problems[f"variables_{kind}"] = _(
                "There is no variable %(name)s. There are: %(names)s."
            ) % {"name": unknown[0], "names": ", ".join(VARIABLES)}
    return problems


def kinds_without(config: dict[str, Any]) -> list[str]:
    """Return labels of the kinds that cannot be sent over this account."""
    templates = config.get("templates") or {}
    return [
        str(label) for kind, label in KINDS.items() if not (templates.get(kind) or {}).get("code")
    ]
