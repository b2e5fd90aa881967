"""Hand over visits that somebody is to make."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.days import short_day
from schools.open_work import OpenWork
from schools.policies import today_in
from schools.roles import Permission
from visits import actions
from visits.models import Visit
from visits.policies import students_to_visit, visits_visible_to


class VisitsToMake(OpenWork):
    key = "visits"
    label = _("Visits to make")
    model = Visit
    holder = "goes"
    needs = Permission.RECORD_VISITS
    # visits.work: a visit without a name belongs to the class teacher.
    left_to = _("with each child's class teacher")

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Visit]:
        rows = Visit.objects.filter(school_id=school_id, recorded_at=None, called_off_at=None)
        return rows.select_related("school", "student").order_by("due_on", "pk")

    def takers(self, visit: Visit, people: Sequence[User], at: datetime) -> Collection[int]:
        on = today_in(visit.school, at)
        return {
            one.pk
            for one in people
            if students_to_visit(one, on).filter(pk=visit.student_id).exists()
        }

    def give(self, *, row: Visit, to: User, by: User, words: str, at: datetime) -> None:
        actions.pass_on(visit=row, to=to)

    def let_go(self, *, row: Visit, by: User, at: datetime) -> None:
        actions.pass_on(visit=row, to=None)

    def seen_by(self, user: User, at: datetime) -> QuerySet[Visit]:
        return visits_visible_to(user, timezone.localdate(at))

    def line(self, visit: Visit, on: date) -> str:
        return f"{visit.student.name} {short_day(visit.planned_on or visit.due_on, on)}"


VISITS = VisitsToMake()
