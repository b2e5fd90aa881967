"""Rows of Today about received letters. They name no child, because nothing is opened in a list."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import prepared
from counselling.cases.policies import keeps_cases
from counselling.letters import rules
from counselling.models import ReferralCopy
from counselling.received import policies
from schools.policies import today_in
from schools.worklist import Lane, WorkItem


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return letters that wait for an answer, that a colleague left behind, or whose answer is due."""
    if not keeps_cases(user, at):
        return []
    items = []
    for copy in _waiting(user=user, at=at):
        referral = copy.referral
        if referral.state == rules.SENT:
            why = _("The school asks you to help a child. Please read the letter.")
        elif copy.taken_by_id != user.pk:
            why = _("A colleague had taken on a letter and can no longer work with it.")
        elif rules.is_due(referral.state, referral.due_on, today_in(copy.school, at)):
            why = _("Please tell the school what you have done.")
        else:
            continue
        items.append(
            WorkItem(
                key=f"received-{referral.pk}",
                lane=Lane.DUE,
                student_id=0,
                student_name=referral.school.name,
                why=why,
                since_at=referral.sent_at or referral.made_at,
                act_label=_("Open it"),
                act_url=reverse("counselling:received", args=[referral.pk]),
                act_opens=True,
            )
        )
    return items


@prepared
def _waiting(*, user, at) -> QuerySet[ReferralCopy]:
    rows = policies.letters_open_to(user, at).filter(referral__state__in=rules.WAITING)
    return rows.select_related("school", "referral__school").order_by("referral__sent_at", "pk")
