"""Turns of duty that are still to come."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.days import week_day
from schools.duty import actions, queries
from schools.models import DutyTurn, School
from schools.open_work import OpenWork
from schools.roles import Permission


def _rows(school: School, at: datetime) -> QuerySet[DutyTurn]:
    rows = DutyTurn.objects.filter(school=school, off_at=None, ends_at__gt=at)
    return rows.select_related("school", "user").order_by("starts_at", "pk")


def _takers(turn: DutyTurn, people: Sequence[User], at: datetime) -> Collection[int]:
    return {
        one.pk
        for one in people
        if not queries.days_without_post(one, turn.school, turn.on, turn.on, turn.part)
    }


def _give(*, row: DutyTurn, to: User, by: User, words: str, at: datetime) -> None:
    """Down for a part of it already, by other hours: the turn is taken off, and the gap shows on Today."""
    try:
        with transaction.atomic():
            actions.give(turn=row, user=to, by=by, at=at)
    except actions.LeavesGap:
        actions.take_off(turn=row, by=by, at=at)


def _let_go(*, row: DutyTurn, by: User, at: datetime) -> None:
    actions.take_off(turn=row, by=by, at=at)


def _line(turn: DutyTurn, on: date) -> str:
    return f"{week_day(turn.on)} {turn.get_part_display()}"


DUTY_TURNS = OpenWork(
    key="duty",
    label=_("Turns of duty"),
    model=DutyTurn,
    holder="user",
    needs=Permission.HANDLE_CONCERNS,
    rows=_rows,
    takers=_takers,
    give=_give,
    # schools.duty.work tells those who write the roster of every day with nobody.
    left_to=_("empty, for the principal and the administrators to fill on the roster"),
    let_go=_let_go,
    seen_by=lambda user, at: DutyTurn.objects.all(),
    line=_line,
    is_about_child=False,
)
