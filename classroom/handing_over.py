"""Hand over homework help given by a member of staff."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from classroom import actions
from classroom.models import HomeworkHelp
from classroom.policies import can_observe, help_visible_to
from schools.open_work import OpenWork
from schools.policies import today_in
from schools.roles import Permission


class HomeworkInHand(OpenWork):
    key = "homework"
    label = _("Help with homework")
    model = HomeworkHelp
    holder = "staff"
    needs = Permission.OBSERVE

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[HomeworkHelp]:
        rows = HomeworkHelp.objects.filter(school_id=school_id, ended_at=None)
        return rows.select_related("school", "student").order_by("pk")

    def takers(self, help: HomeworkHelp, people: Sequence[User], at: datetime) -> Collection[int]:
        on = today_in(help.school, at)
        return {one.pk for one in people if can_observe(one, help.student, on)}

    def give(self, *, row: HomeworkHelp, to: User, by: User, words: str, at: datetime) -> None:
        actions.give_help(help=row, to=to)

    def seen_by(self, user: User, at: datetime) -> QuerySet[HomeworkHelp]:
        return help_visible_to(user, timezone.localdate(at))

    def line(self, help: HomeworkHelp, on: date) -> str:
        return help.student.name


HOMEWORK_HELP = HomeworkInHand()
