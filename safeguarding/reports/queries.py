"""Reports of suspected harm that the school has not yet passed on, and their rows on Today."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.prepared import Question, joined, prepared
from safeguarding.models import Report, ReportEntry
from safeguarding.reports.policies import reports_visible_to
from schools.policies import current_posts
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about

Office = ReportEntry.Office
# Offices that the opinion of May 2020 says to inform; Today reminds until each of them has been.
TO_TELL = (Office.POLICE, Office.CIVIL_AFFAIRS, Office.EDUCATION)
REMINDED_DAYS = 30  # after that, a report that was not passed on is only in the list


def untold_of(reports: Iterable[Report]) -> dict[int, list[Office]]:
    """Return {report id: offices of TO_TELL that nobody has informed yet}; one query."""
    pks = [one.pk for one in reports]
    told = ReportEntry.objects.filter(report_id__in=pks, kind=ReportEntry.Kind.TOLD)
    done = set(told.values_list("report_id", "office"))
    return {pk: [office for office in TO_TELL if (pk, office) not in done] for pk in pks}


def untold_words(offices: list[Office]) -> str:
    if not offices:
        return ""
    names = _(", ").join(str(office.label) for office in offices)
    return _("not told yet: %(offices)s") % {"offices": names}


def work_questions(user: User, at: datetime, student: Student | None = None) -> list[Question]:
    """Return the first query of `report_work_for`, to be run together with others."""
    since, on = at - timedelta(days=REMINDED_DAYS), timezone.localdate(at)
    return [_lately.question(user=user, on=on, since=since, **about(student))]


def report_work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return reports that an office has not heard of.

    Their authors see them, and those who look after safeguarding.
    """
    since = at - timedelta(days=REMINDED_DAYS)
    shown = _lately(user=user, on=timezone.localdate(at), since=since, **about(student))
    if not shown:
        return []
    untold = untold_of(shown)
    here = {post.school_id for post in current_posts(user, timezone.localdate(at))}
    return [
        WorkItem(
            key=f"report-{one.pk}",
            lane=Lane.ADULT_NOW,
            # A guest opens their report, not the child's file.
            student_id=one.student_id if one.school_id in here else 0,
            is_person=True,
            student_name=one.student.name,
            why=_("There is a report of suspected harm; %(untold)s.")
            % {"untold": untold_words(untold[one.pk])},
            since_at=one.at,
            act_label=_("Note who was told"),
            act_url=address("safeguarding:report", one.pk),
            act_opens=True,
        )
        for one in shown
        if untold[one.pk]
    ]


def has_reports(user: User, at: datetime) -> bool:
    return bool(_any_seen(user=user, on=timezone.localdate(at)))


def has_reports_question(user: User, at: datetime) -> Question:
    """Return the query of `has_reports`, to be run together with others."""
    return _any_seen.question(user=user, on=timezone.localdate(at))


@prepared
def _any_seen(*, user, on) -> QuerySet[Any]:
    return reports_visible_to(user, on).values_list("pk")[:1]


@prepared
def _lately(*, user, on, since, student_id=None) -> QuerySet[Report]:
    seen = reports_visible_to(user, on).filter(at__gte=since)
    if student_id is not None:
        seen = seen.filter(student_id=student_id)
    return joined(seen, "student__name").order_by("at", "pk")
