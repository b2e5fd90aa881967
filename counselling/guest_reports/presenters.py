"""A report of suspected harm by a counsellor of another school: about which child, and whom they can name."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from counselling.cases.policies import cases_kept_by, is_guest
from counselling.models import Case, Engagement
from counselling.pool.policies import get_guest_case
from counselling.pool.queries import family_to_phone
from guardians.blocking.policies import ties
from guardians.presenters import relation_word
from safeguarding.policies import IsSuspected, counties_of_counsellor
from safeguarding.reports import policies as report_policies
from safeguarding.reports import presenters
from schools.policies import today_in
from students.policies import unbarred

SENT_AFTER_HOURS = 24  # a report that was begun may be sent this long after its case ended


def get_case_to_report(user: User, pk: int, at: datetime, *, sends: bool) -> Case:
    """Return the case from the shared queue about whose child `user` reports, or 404.

    With `sends`, the case may have ended while the report was being written: what they saw still counts, and
    so does their duty to report.
    """
    if sends:
        since = at - timedelta(hours=SENT_AFTER_HOURS)
        ended = Engagement.objects.filter(user=user.pk, ended_at__gt=since).values("case")
        cases = Case.objects.filter(
            unbarred(user, "student_id"),
            ~IsSuspected(user.pk),
            ~Exists(ties(user.pk, "student_id")),
            school__county__in=counties_of_counsellor(user, timezone.localdate(at)),
        )
        case = cases.select_related("school", "student").filter(pk=pk, pk__in=ended).first()
        if case is not None and is_guest(user, case, timezone.localdate(at)):
            return case
    return get_guest_case(user, pk, at)


def people_for_guest(case: Case, by: User, at: datetime) -> dict[str, Any]:
    """Return the people whom a counsellor of another school can choose.

    The family is listed by relation, and by name only those whom the case shows. If several have the same
    relation to the child, none of them is listed, because only a name would tell them apart. A name that is
    written in still means the right person (safeguarding.reports.forms.ReportForm).
    """
    student, on = case.student, today_in(case.school, at)
    known = {
        tie.adult_id: f"{relation_word(tie.relation)} {tie.adult.name}"
        for tie in family_to_phone(case, at)
    }
    adults = report_policies.adults_around(student, by, on)
    held = presenters.ties_of(student, adults)
    relations = presenters.by_tie(held) | known
    named = {one.adult_id for one in report_policies.named_before(student, by) if one.adult_id}
    same = presenters.alike({pk: tie for pk, tie in held.items() if pk not in known})
    listed = relations.keys() - (same - named)
    return {
        "adults": adults.filter(pk__in=listed),
        "unlisted": adults.exclude(pk__in=listed),
        "relations": relations,
        **presenters.staff_by_role(student, by, on),
    }


def back_of(case: Case, user: User, at: datetime) -> str:
    """Return the address of the case or, if it is no longer open to a guest, of their own reports."""
    if cases_kept_by(user, at).filter(pk=case.pk).exists():
        return reverse("counselling:case", args=[case.pk])
    return reverse("safeguarding:reports")
