"""Worklist items about a school year that is ending, for those who import rosters."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.days import week_day
from core.prepared import Question, prepared
from rosters.rollover import queries, rules
from schools.models import SchoolYear
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return one row for each school whose last year with classes is nearly over, or over."""
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.IMPORT_ROSTER, on)
    if not schools:
        return []
    why = _("This school year's last day is %(day)s. The next year has no classes yet.")
    return [
        WorkItem(
            key=f"new-year-{year.pk}",
            lane=Lane.DUE,
            student_id=0,
            student_name=_("New school year"),
            why=why % {"day": week_day(year.ends_on)},
            since_at=at,
            act_label=_("Prepare it"),
            act_url=reverse("rosters:new_year"),
            act_opens=True,
            leads=True,
        )
        for year in _last_years(schools=schools)
        if rules.is_due(on, year.ends_on)
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the prepared query that `work_for` runs, for `ask_together`."""
    schools = school_ids_where(user, Permission.IMPORT_ROSTER, timezone.localdate(at))
    return [_last_years.question(schools=schools)] if schools else []


@prepared
def _last_years(*, schools) -> QuerySet[SchoolYear]:
    """Select the last year with classes of each school."""
    years = queries.years_with_classes().filter(school_id__in=schools)
    return years.order_by("school_id", "-starts_on").distinct("school_id")
