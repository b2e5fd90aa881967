"""A received letter on its page, and the list of them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from core.days import short_day
from counselling.letters import package, rules
from counselling.models import ReferralCopy
from counselling.received import actions, policies
from counselling.received.forms import DoneForm, RejectForm
from counselling.secrecy import KeyMissing, Tampered
from schools.policies import today_in


def state_words(copy: ReferralCopy, user: User, at: datetime) -> str:
    """State of the letter, for a counsellor of the receiving school."""
    referral, name = copy.referral, copy.taken_by.name if copy.taken_by else ""
    if referral.state == rules.SENT:
        return pgettext("a letter", "waiting for your answer")
    if referral.state == rules.ACCEPTED:
        if copy.taken_by_id != user.pk or referral.due_on is None:
            return _("%(name)s has taken it on") % {"name": name}
        day = short_day(referral.due_on, today_in(copy.school, at))
        return _("you have taken it on; answer by %(day)s") % {"day": day}
    if referral.state == rules.DONE:
        return _("done by %(name)s") % {"name": name}
    if referral.state == rules.REJECTED:
        return _("not taken on")
    return _("taken back by the school that sent it")


def list_rows(user: User, at: datetime) -> list[dict[str, Any]]:
    """Return waiting letters first, then the latest. No child's name, because nothing is opened here."""
    rows = policies.letters_to(user, at).select_related("school", "taken_by", "referral__school")
    rows = rows.order_by("referral__closed_at", "-referral__sent_at")
    return [{"copy": row, "state": state_words(row, user, at)} for row in rows]


def letter_context(copy: ReferralCopy, user: User, at: datetime, ip: str | None) -> dict[str, Any]:
    """Open the letter if `user` may read it, and record the reading; otherwise return only its state."""
    is_open = policies.may_open(user, copy, at)
    state = copy.referral.state
    context: dict[str, Any] = {
        "copy": copy,
        "at": at,
        "state": state_words(copy, user, at),
        "is_open": is_open,
        "is_revoked": state == rules.REVOKED,
    }
    if not is_open:
        return context
    is_own = copy.taken_by_id == user.pk
    context |= {
        "may_accept": state == rules.SENT or (state == rules.ACCEPTED and not is_own),
        "colleague": copy.taken_by if not is_own else None,
    }
    if state == rules.SENT:
        context["reject_form"] = RejectForm(auto_id="reject_%s")
    elif state == rules.ACCEPTED and is_own:
        context["done_form"] = DoneForm(auto_id="done_%s")
    try:
        words = actions.read(copy=copy, by=user, ip=ip)
        context["package"] = package.of_kept(words["package"])
        context["answer"] = words.get("answer", "")
    except (KeyMissing, Tampered):
        context["trouble"] = copy.key_id
    return context
