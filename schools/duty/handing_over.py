"""Future turns of duty, as open work that is handed over."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.days import week_day
from schools.duty import actions, queries
from schools.models import DutyTurn
from schools.open_work import OpenWork
from schools.roles import Permission


class TurnsToCome(OpenWork):
    key = "duty"
    label = _("Turns of duty")
    model = DutyTurn
    holder = "user"
    needs = Permission.HANDLE_CONCERNS
    # schools.duty.work shows the people who write the roster every day that has nobody.
    left_to = _("empty, for the principal and the administrators to fill on the roster")
    is_about_child = False

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[DutyTurn]:
        rows = DutyTurn.objects.filter(school_id=school_id, off_at=None, ends_at__gt=at)
        return rows.select_related("school", "user").order_by("starts_at", "pk")

    def takers(self, turn: DutyTurn, people: Sequence[User], at: datetime) -> Collection[int]:
        return {
            one.pk
            for one in people
            if not queries.days_without_post(one, turn.school, turn.on, turn.on, turn.part)
        }

    def give(self, *, row: DutyTurn, to: User, by: User, words: str, at: datetime) -> None:
        """Give the turn to `to`.

        If they already cover part of it with other hours and a gap would remain, the turn is removed, and the
        gap appears on Today.
        """
        try:
            with transaction.atomic():
                actions.give(turn=row, user=to, by=by, at=at)
        except actions.LeavesGap:
            actions.take_off(turn=row, by=by, at=at)

    def let_go(self, *, row: DutyTurn, by: User, at: datetime) -> None:
        actions.take_off(turn=row, by=by, at=at)

    def seen_by(self, user: User, at: datetime) -> QuerySet[DutyTurn]:
        return DutyTurn.objects.all()

    def line(self, turn: DutyTurn, on: date) -> str:
        return f"{week_day(turn.on)} {turn.get_part_display()}"


DUTY_TURNS = TurnsToCome()
