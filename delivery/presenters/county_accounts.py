"""A county's accounts as its officers see them: states, counts and costs, but no message."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.addresses import page_above
from delivery.channels.costs import FEN
from delivery.channels.registry import CHANNELS
from delivery.links import url_for
from delivery.models import ChannelKind, CountyAccount
from delivery.presenters.channels import MEANS
from delivery.shared.kinds import GIVEN
from delivery.shared.queries import Use
from delivery.texts import cause_in_words

TEN = 10  # narrowest span of messages, and of yuan, that officers are told


def row(account: CountyAccount) -> dict[str, Any]:
    label, tone = state(account)
    summary = CHANNELS[account.kind].summary(account.config)
    where = [str(account.get_kind_display()), summary] if account.name else [summary]
    return {
        "account": account,
        "where": " · ".join(part for part in where if part),
        "state": label,
        "tone": tone,
    }


def state(account: CountyAccount) -> tuple[str, str]:
    if account.waits and account.in_force:
        return _("in use, a change waits"), "late"
    if account.waits:
        return _("waits for a second officer"), "late"
    return (_("in use"), "strength") if account.in_force else (_("not in use"), "")


def offers() -> list[dict[str, Any]]:
    """Return the kinds that can be added, by what they reach."""
    return [
        {
            "heading": MEANS[means][0],
            "kinds": [
                {
                    "label": ChannelKind(kind).label,
                    "url": reverse("county_accounts:new", args=[kind]),
                }
                for kind in kinds
            ],
        }
        for means, kinds in GIVEN.items()
    ]


def use_rows(used: list[Use], at: datetime) -> list[dict[str, Any]]:
    rows = []
    for one in used:
        health = getattr(one.copy, "health", None)
        if one.is_out:
            words = _("left out")
        elif one.copy is None or not one.copy.is_enabled:
            words = _("does not use it")
        elif health is not None and health.open_until is not None and health.open_until > at:
            words = _("in use; paused: %(cause)s") % {"cause": cause_in_words(health.last_cause)}
        elif health is not None and health.has_failed_last:
            words = _("in use; the last message failed: %(cause)s") % {
                "cause": cause_in_words(health.last_cause)
            }
        else:
            words = _("uses it")
        month = this_month([one])
        rows.append({"school": one.school, "is_out": one.is_out, "words": words, "month": month})
    return rows


def this_month(used: list[Use]) -> str:
    """Return this month's messages and costs in tens.

    At a small school, an exact number seen on two days would say that one family was written to. Of several
    schools the tens are added, which says no more than each.
    """
    words = _("messages this month: %(n)s") % {"n": _in_tens([one.sent for one in used])}
    yuan = [one.fen // FEN for one in used if one.fen is not None]
    if not yuan:
        return words
    cost = _("calls for %(yuan)s yuan") % {"yuan": _in_tens(yuan)}
    return _("%(messages)s, %(cost)s") % {"messages": words, "cost": cost}


def _in_tens(numbers: list[int]) -> str:
    low = sum(number // TEN * TEN for number in numbers)
    high = low + (TEN - 1) * len(numbers)
    return f"{low}–{high}" if low else _("under %(n)s") % {"n": high + 1}


def families(kind: str) -> str:
    """Return how families and a shared account find each other; "" if a number is enough."""
    if kind == ChannelKind.WECHAT:
        return _(
            "Families link their WeChat once for all their schools. What they write reaches the one school"
            " that knows them; where several do, or none, they are told to write on our pages."
        )
    if kind == ChannelKind.WECOM:
        return _(
            "At each school, we find parents by a phone number that is recorded both here and in "
            "WeCom. We check this several times a day."
        )
    return ""


def app_taken(by: str) -> str:
    """Return why the account cannot be used: WeChat reports to one address, so only one of the two would get
    reports.
    """
    if by == "school":
        return _(
            "A school has this account as its own, and WeChat reports to one address only. Have it switched "
            "off there first."
        )
    return _("A county gives this account to its schools, and WeChat reports to one address only.")


def no_school_for(*, is_known: bool) -> str:
    """Return the answer to somebody who wrote to the county's account if nobody can tell which school is
    meant.
    """
    url = url_for(path=page_above("family_home"))
    if is_known:
        return _(
            "You are known at several schools, and we cannot tell which of them you mean, so nobody has got"
            " this. Please write to the school here: %(url)s"
        ) % {"url": url}
    return _(
        "No school knows this WeChat yet, so nobody has got this. Please sign in here with the phone number"
        " that the school has, and link your WeChat under “Where I am signed in”: %(url)s"
    ) % {"url": url}
