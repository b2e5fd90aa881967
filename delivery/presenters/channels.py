"""Each channel as a line of the settings page, and the result of a test."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from core.days import stamp
from delivery.channels import costs, spoken, templates
from delivery.channels.forms import FORMS
from delivery.channels.registry import CHANNELS
from delivery.channels.settings_form import ChannelForm
from delivery.channels.wecom.contacts import Matched
from delivery.links import url_for
from delivery.models import (
    ChannelAccount,
    ChannelKind,
    CountyAccount,
    OutboxMessage,
    ProviderHealth,
)
from delivery.queries.calls import asked_by_telephone
from delivery.queries.sending import Refusal, refusals
from delivery.shared.kinds import SINGLE
from delivery.texts import cause_in_words
from schools.models import School

UNTRIED = ("push",)  # only a phone that has switched it on can show a test
# By what is reached: the heading and line of its group, in this order.
MEANS = {
    "wechat": (gettext_lazy("WeChat"), ""),
    "wecom": (gettext_lazy("WeCom"), ""),
    "phone": (
        gettext_lazy("SMS"),
        gettext_lazy("The first one sends; if it cannot, the next one does."),
    ),
    "call": (
        gettext_lazy("Telephone"),
        gettext_lazy("The first one makes the call; if it cannot, the next one does."),
    ),
    "email": (gettext_lazy("E-mail"), ""),
    "push": (gettext_lazy("Notice on the screen"), ""),
    "group": (
        gettext_lazy("Staff group"),
        gettext_lazy("Alerts go there when their person cannot be reached."),
    ),
}
DEMO = {"phone": ChannelKind.DEMO_PHONE, "call": ChannelKind.DEMO_CALL}
# seconds; a worker looks every five, so if it takes this long none is running
SLOW_AFTER_SECONDS = 20
State = OutboxMessage.State
# What the school does about a refusal; by default, the settings here are wrong.
AT_PROVIDER = gettext_lazy("Please settle it with the provider; then send a test.")
ADVICE = {
    "account_may_not": AT_PROVIDER,
    "cost_limit": gettext_lazy("Raise the limit, or wait for the next month."),
    "mail_refused": gettext_lazy("Ask the people who run the mail server."),
    "no_balance": AT_PROVIDER,
    "server_not_listed": AT_PROVIDER,
    "template_refused": AT_PROVIDER,
}


def groups(
    accounts: Iterable[ChannelAccount], school: School, at: datetime
) -> list[dict[str, Any]]:
    """Return accounts grouped by what they reach, in the order in which we try them."""
    # An account that the county has ended means nothing to a school that does not use it.
    found = [
        one
        for one in accounts
        if one.kind in CHANNELS
        and (one.of_county is None or one.is_enabled or one.of_county.in_force)
    ]
    refused = refusals(school, at)
    parts = []
    for means, (heading, line) in MEANS.items():
        mine = [account for account in found if means == CHANNELS[account.kind].MEANS]
        offers = [
            {
                "label": str(ChannelKind(kind).label),
                "url": reverse("delivery:new_channel", args=[kind]),
            }
            for kind in FORMS
            if means == CHANNELS[kind].MEANS and is_offered(kind, school)
        ]
        demo = None
        # Needs no settings: for a demo school that uses no phone channel of its own.
        if means in DEMO and school.is_demo and not any(one.is_enabled for one in mine):
            demo = {
                "label": DEMO[means].label,
                "where": _("only for trying out: nothing leaves this server"),
                "url": reverse("delivery:demo_phone"),
            }
        parts.append(
            {
                "means": means,
                "heading": heading,
                "line": line,
                "rows": [_row(account, place, at, refused) for place, account in enumerate(mine)],
                "offers": []
                if means in SINGLE and any(not one.of_county_id for one in mine)
                else offers,
                "demo": demo,
            }
        )
    return [part for part in parts if part["rows"] or part["offers"]]


def copy_words(account: ChannelAccount) -> str:
    """Return whether a school uses what the county gives, and what would change that."""
    if account.is_enabled:
        return _(
            "The county has set this account up for all its schools. Set up one of your own of this kind, and"
            " yours is used instead."
        )
    if account.of_county is None or not account.of_county.in_force:
        return _("The county has ended this account.")
    return _(
        "Your school does not use this account of the county: it has its own in use, or the county has left"
        " it out."
    )


def is_offered(kind: str, school: School) -> bool:
    """Return whether a school may set up this kind here. A demo school has its phone without settings."""
    return kind not in DEMO.values() or (settings.TEST_PHONE and not school.is_demo)


def may_test(kind: str) -> bool:
    return CHANNELS[kind].MEANS not in UNTRIED


def _row(
    account: ChannelAccount, place: int, at: datetime, refused: Mapping[int, Refusal]
) -> dict[str, Any]:
    rests = _rests_until(account, at)
    label, tone = _("not in use"), ""
    if account.is_enabled:
        in_use = _("in use"), "late" if account.pk in refused else "strength"
        label, tone = (_("rests"), "late") if rests else in_use
    summary = CHANNELS[account.kind].summary(account.config)
    where = [str(account.get_kind_display()), summary] if account.name else [summary]
    if account.of_county_id:
        where.insert(0, _("the county's account"))
    missing: list[str] = []
    if "spoken" in account.config:
        missing = spoken.kinds_without(account.config)
    elif "templates" in account.config:
        missing = templates.kinds_without(account.config)
    if missing:
        where.append(_("no template for: %(kinds)s") % {"kinds": _(", ").join(missing)})
    return {
        "pk": account.pk,
        "label": account.label,
        "is_of_county": account.of_county_id is not None,
        "where": " · ".join(part for part in where if part),
        "last": trouble(account, at, refused) or _last(account, at),
        "state_label": label,
        "tone": tone,
        "is_enabled": account.is_enabled,
        "may_move_up": place > 0,
        "may_test": may_test(account.kind),
        "url": reverse("delivery:channel", args=[account.pk]),
    }


def _health(account: ChannelAccount | None) -> ProviderHealth | None:
    return getattr(account, "health", None)


def _rests_until(account: ChannelAccount | None, at: datetime) -> datetime | None:
    health = _health(account)
    if health is None or health.open_until is None or health.open_until <= at:
        return None
    return health.open_until


def trouble(account: ChannelAccount | None, at: datetime, refused: Mapping[int, Refusal]) -> str:
    """Return until when the provider rests, or since when it refuses, and why; "" if it works."""
    if account is None:
        return ""
    zone, rests, health = account.school.time_zone, _rests_until(account, at), _health(account)
    if rests is not None and health is not None:
        when = {"cause": cause_in_words(health.last_cause), "when": stamp(rests, at, zone)}
        return _("%(cause)s: paused until %(when)s") % when
    one = refused.get(account.pk)
    if one is None:
        return ""
    advice = ADVICE.get(
        one.cause, gettext_lazy("Please correct the settings here; then send a test.")
    )
    if account.of_county_id:
        advice = gettext_lazy("Please tell the county's office: the account is theirs.")
    since = {"when": stamp(one.since, at, zone), "cause": cause_in_words(one.cause)}
    return " ".join([_("Refused since %(when)s: %(cause)s.") % since, str(advice)])


def _last(account: ChannelAccount, at: datetime) -> str:
    health, zone = _health(account), account.school.time_zone
    if health is not None and health.has_failed_last and health.last_failure_at:
        when = stamp(health.last_failure_at, at, zone)
        return f"{when} {cause_in_words(health.last_cause)}"
    if health is None or health.last_success_at is None:
        return _("nothing sent yet")
    return _("worked %(when)s") % {"when": stamp(health.last_success_at, at, zone)}


def note(form: ChannelForm) -> str:
    text = str(form.NOTE)
    return text % {"site": settings.PUBLIC_URL} if "%(site)s" in text else text


def hook_url(account: ChannelAccount | CountyAccount | None) -> str:
    """Return the address to which the provider reports; "" if it cannot."""
    if account is None or not hasattr(CHANNELS[account.kind], "read_hook"):
        return ""
    if isinstance(account, CountyAccount):
        return url_for(path=reverse("hooks:county_report", args=[account.pk, account.hook_key]))
    return url_for(path=reverse("hooks:report", args=[account.pk, account.hook_key]))


def plain_mode_trouble() -> str:
    return _(
        "WeChat sends in plain mode, so we accept nothing from it. On the official account "
        "platform, under “Basic configuration”, choose the safe mode, and enter the "
        "EncodingAESKey above."
    )


def matched_words(matched: Matched) -> str:
    words = [
        ngettext(
            "%(count)d parent of WeCom found by number.",
            "%(count)d parents of WeCom found by number.",
            matched.found,
        )
        % {"count": matched.found}
    ]
    if matched.not_following:
        line = ngettext(
            "%(count)d does not follow the school's notices yet.",
            "%(count)d do not follow the school's notices yet.",
            matched.not_following,
        )
        words.append(line % {"count": matched.not_following})
    if matched.strangers:
        line = ngettext(
            "%(count)d has a number that is not on record here.",
            "%(count)d have numbers that are not on record here.",
            matched.strangers,
        )
        words.append(line % {"count": matched.strangers})
    return " ".join(words)


def spending(account: ChannelAccount | None, at: datetime) -> str:
    """Return what calls over this account have cost this month, and what a week of questions will cost.

    "" for a channel that calls nobody, or whose price nobody has entered.
    """
    fen = account.config.get("fen") if account else None
    if account is None or not fen or CHANNELS[account.kind].MEANS != "call":
        return ""
    adults = asked_by_telephone(account)
    limit = account.config.get("limit_yuan")
    so_far = _("This month calls have cost %(spent)s yuan.")
    if limit:
        so_far = _("This month calls have cost %(spent)s of at most %(limit)s yuan.")
    week = ngettext(
        "%(n)s adult is asked by telephone: a week of questions costs %(week)s yuan"
        " if nobody is asked again.",
        "%(n)s adults are asked by telephone: a week of questions costs %(week)s yuan"
        " if nobody is asked again.",
        adults,
    )
    values = {
        "spent": _yuan(costs.spent(account.pk, at)),
        "limit": limit,
        "n": adults,
        "week": _yuan(adults * int(fen)),
    }
    return f"{so_far % values} {week % values}"


def _yuan(fen: int) -> str:
    return f"{fen / costs.FEN:.2f}"


def own_address(user: User, kind: str) -> dict[str, str]:
    means = CHANNELS[kind].MEANS
    known = {"email": user.email, "phone": user.phone, "call": user.phone}
    return {"address": known.get(means, "")}


def trial_url(school: School, accounts: list[ChannelAccount]) -> str:
    """Return where a school without any channel adds the demo phone; "" if it cannot."""
    is_free = not accounts and is_offered(ChannelKind.DEMO_PHONE, school)
    return reverse("delivery:new_channel", args=[ChannelKind.DEMO_PHONE]) if is_free else ""


def test_result(row: OutboxMessage, at: datetime, *, page: str) -> dict[str, Any]:
    """Return the state of a test. `poll_url` (of `page`) is set as long as the state may still change."""
    is_over = row.state not in (State.DUE, State.CLAIMED, State.RETRY)
    is_good = row.state in (State.ACCEPTED, State.DELIVERED)
    last = row.attempts.order_by("-at").first()
    cause = cause_in_words(row.cause or (last.cause if last else ""))
    where = {"address": row.address, "cause": cause}
    if row.channel == ChannelKind.DEMO_PHONE and is_good:
        text = _("It is on the demo phone now.")
    elif row.channel == ChannelKind.DEMO_CALL and is_good:
        text = _("The demo phone rings now.")
    elif row.state == State.DELIVERED:
        text = _("Arrived at %(address)s, says the provider.") % where
    elif is_good:
        text = _("Sent to %(address)s. Look there: did it arrive?") % where
    elif row.state == State.RETRY:
        text = _("Did not work: %(cause)s. It will be tried again.") % where
    elif is_over:
        text = _("Not sent: %(cause)s.") % {"cause": cause or row.get_state_display()}
    elif at - row.due_at > timedelta(seconds=SLOW_AFTER_SECONDS):
        text = _("Still waiting. Is the worker running? Ask your system administrator.")
    else:
        text = _("Being sent to %(address)s …") % where
    return {
        "row": row,
        "text": text,
        "tone": "" if is_good or not is_over else "bad",
        "is_waiting": not is_over,
        "detail": last.detail if last and not is_good else "",
        "poll_url": "" if is_over else reverse(page, args=[row.pk]),
    }
