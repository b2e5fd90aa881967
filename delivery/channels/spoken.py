"""Providers that call and speak a text of their own: a template for each kind of call, and one menu of keys.

`config["spoken"]`: {kind: the template's number}, "thanks" and `AFTER` for what is said after a key. Such a
provider does not number events, so the events of a call have fixed numbers: an event that is reported twice,
or in two reports, counts once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.channels import costs
from delivery.channels.base import (
    Account,
    LostReply,
    Message,
    PermanentFailure,
    Receipt,
    Report,
    TemporaryFailure,
    code_of,
)
from delivery.channels.outgoing import problem_of_endpoint
from delivery.channels.voice_models import VoiceCall
from delivery.voice import rules

KINDS = {
    "check_in": gettext_lazy("The question of the week"),
    "concern": gettext_lazy("Alert to staff"),
    "at_home": gettext_lazy("Is an adult at home tonight?"),
    "nearby": gettext_lazy("Can you go to a child tonight?"),
    "test": gettext_lazy("Test"),
}
THANKS = "thanks"
# If "thank you" would be wrong, in any call: key → what is said instead, if the account has a text for it.
AFTER = {"3": "after_help", "9": "after_stranger"}
# The text to submit for approval: in Chinese for its listeners, with the keys of the call's own script.
SUGGESTED = {
    "check_in": (
        "您好，这里是学校。这个星期，孩子和在外的爸爸妈妈通过话吗？通过话了，请按您和学校约定的键。"
        "还没有，请按2。需要帮助，请按3。您不认识我们，请按9。"
    ),
    "concern": "这里是家桥。有一个孩子现在需要大人。您来处理，请按1。",
    "at_home": (
        "您好，这里是学校。今晚家里有大人陪孩子吗？有，请按1。没有，请按2，我们会去问邻居。"
        "您不认识我们，请按9。"
    ),
    "nearby": (
        "您好，这里是学校。今晚有孩子身边没有大人。您能过去陪，请按1。不能，请按2。"
        "您不认识我们，请按9。"
    ),
    "test": "您好，这是家桥的测试电话。听到了，请按1。",
    THANKS: "好的，我们记下了。再见。",
    "after_help": "我们听到了，学校会有人给您打电话。现在有危险，请打110。再见。",
    "after_stranger": "对不起，打扰您了。这个号码我们不再打。再见。",
}
TICKET_CHARS = 15  # characters; Alibaba Cloud returns at most this many
NAME_CHARS = 64  # characters of the provider's own number of a call, as VoiceCall.ticket stores it
RANG, ANSWERED, FIRST_KEY, ENDED = 1, 2, 101, 999  # numbers of events
# From the request to the report of a key: the phone rings, people talk, and reports come a little later.
MAY_GO_ON = timedelta(seconds=rules.RINGS_SECONDS, minutes=rules.TALKS_MINUTES + 4)

Place = Callable[[str], Receipt]
Named = VoiceCall | str  # a call, or only the number by which the provider identifies it


def code_for(message: Message, config: Mapping[str, Any]) -> str:
    """Return the template of this call.

    Raises PermanentFailure if the account has none, or the call is not a one-step menu: another account may
    place it.
    """
    code = (config.get("spoken") or {}).get(message.kind)
    if not code or message.script is None or message.script.only is None:
        raise PermanentFailure("no_template", message.kind, is_about_address=False)
    return str(code)


def menu(message: Message) -> list[str]:
    """Return the keys that count. The provider itself repeats the sentence."""
    return list(rules.menu(message.script)) if message.script else []


def after_key(key: str, config: Mapping[str, Any]) -> str:
    """Return the template of what is said after a key."""
    said = config.get("spoken") or {}
    return str(said.get(AFTER.get(key, "")) or said.get(THANKS) or "")


def takes(kind: str, config: Mapping[str, Any]) -> bool:
    return bool((config.get("spoken") or {}).get(kind))


def place(
    message: Message,
    account: Account,
    limits: rules.Limits,
    placed: Place,
) -> Receipt:
    """Book the call, then let `placed` place it; `placed` is given the call's ticket.

    If the process dies in between, the booking remains and forbids a second call: the message becomes "not
    known".
    """
    ticket = get_random_string(TICKET_CHARS)
    if not costs.book(message, account, limits=limits, ticket=ticket):
        raise LostReply("lost_reply", "booked before")
    try:
        return placed(ticket)
    except (TemporaryFailure, PermanentFailure) as failure:
        if failure.cause == "number_limit":
            costs.refused(message)
        else:
            costs.take_back(message)
        raise


def name_of(told: Any) -> str:
    """Return the provider's number of a call as we store it, whether it was reported as text or as digits."""
    is_name = isinstance(told, str | int) and not isinstance(told, bool)
    return str(told)[:NAME_CHARS] if is_name else ""


def call_of(account: Account, ticket: str) -> VoiceCall | None:
    """Return the call to which a report belongs. Only the provider has been told its ticket."""
    if not ticket:
        return None
    return VoiceCall.objects.filter(
        account__in=account.copies or [account.pk], ticket=ticket
    ).first()


def calls_to(account: Account, address: str, at: datetime) -> list[str]:
    """Return the keys of the calls to a number that may be going on at this time."""
    calls = VoiceCall.objects.filter(
        account__in=account.copies or [account.pk],
        address=address,
        placed_at__range=(at - MAY_GO_ON, at),
    )
    return [str(key) for key in calls.values_list("idempotency_key", flat=True)]


def keys_of(call: Named, digits: Any, perhaps: Sequence[str] = ()) -> list[Report]:
    """Return a report for each key. A key counts once in a call.

    `perhaps`: for a call that nothing identifies yet, which calls it may be. The number by which they were
    found is not stored.
    """
    pressed = dict.fromkeys(str(digits or ""))
    found = [report_of(call, key_event(call, one)) for one in pressed if one in rules.KEYS]
    if not perhaps:
        return found
    return [replace(one, raw={**one.raw, rules.PERHAPS: list(perhaps)}) for one in found]


def key_event(call: Named, digit: str) -> rules.Event:
    number = FIRST_KEY + rules.KEYS.index(digit)
    step = call.step if isinstance(call, VoiceCall) else ""  # otherwise dispatch.heard finds it
    return rules.Event(number, rules.KEY, step=step, digit=digit)


def rang() -> rules.Event:
    return rules.Event(RANG, rules.RANG)


def answered() -> rules.Event:
    return rules.Event(ANSWERED, rules.ANSWERED)


def ended(result: str, seconds: int | None) -> rules.Event:
    return rules.Event(ENDED, rules.ENDED, result=result, seconds=seconds)


def report_of(call: Named, event: rules.Event, cause: str = "", code: str = "") -> Report:
    """Return a report about one event.

    `call` is one of ours, or only the provider's number of a call that is not recorded yet: such a report
    waits until it matches.
    """
    verdict, usual = rules.verdict_of(event)
    return Report(
        verdict,
        key=str(call.idempotency_key) if isinstance(call, VoiceCall) else "",
        reference="" if isinstance(call, VoiceCall) else call,
        cause=cause or usual,
        code=code or event.result or event.kind,
        raw=rules.told(event),
    )


def end_of(
    call: Named, results: Mapping[str, tuple[str, str]], code: str, seconds: int | None
) -> Report:
    """Return a report about how a call has ended.

    `results`: the provider's code → our result, and a cause if the result does not say enough.
    """
    result, cause = results.get(code, ("failed", ""))
    return report_of(call, ended(result, seconds), cause, code_of(code))


def number_of(told: Any, digits: int) -> int | None:
    """Return a whole number as providers report it, as text or not; None for anything else."""
    written = str(told or "")
    is_number = written.isascii() and written.isdecimal() and len(written) <= digits
    return int(written) if is_number else None


def problems_of(
    config: dict[str, Any],
    needed: Mapping[str, str],
    templates: Iterable[str],
    domains: tuple[str, ...],
) -> dict[str, str]:
    """Return what is missing or wrong, by form field. `needed`: what to say if a field is empty."""
    problems = {name: line for name, line in needed.items() if not config.get(name)}
    if problem := problem_of_endpoint(config, domains):
        problems["endpoint"] = problem
    spoken = config.get("spoken") or {}
    line = _("Without this template no call can be placed.")
    return problems | {f"spoken_{name}": line for name in templates if not spoken.get(name)}


def kinds_without(config: Mapping[str, Any]) -> list[str]:
    return [str(label) for kind, label in KINDS.items() if not takes(kind, config)]
