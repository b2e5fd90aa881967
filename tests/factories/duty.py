from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from core import clock
from schools.duty import actions
from schools.models import DutyTurn
from tests.factories.cast import Cast


def put(
    cast: Cast, who: str | User, on: date, part: str = "whole", at: datetime | None = None
) -> DutyTurn:
    """One turn of one day at the cast's school, written by the administrator."""
    user = cast.users[who] if isinstance(who, str) else who
    at = at or clock.now()
    actions.put_down(
        school=cast.school,
        user=user,
        starts_on=on,
        ends_on=on,
        part=part,
        by=cast.users["admin"],
        at=at,
    )
    return DutyTurn.objects.get(school=cast.school, user=user, on=on, part=part, off_at=None)


def put_now(cast: Cast, who: str | User) -> list[DutyTurn]:
    """On duty at this moment, whatever the hour: yesterday's turn and today's."""
    today = timezone.localdate(clock.now())
    yesterday = today - timedelta(days=1)
    return [put(cast, who, on, at=clock.now() - timedelta(days=2)) for on in (yesterday, today)]


def taken_off(cast: Cast, who: str | User, on: date, part: str, at: datetime) -> DutyTurn:
    """A turn of that day that was written down a week before `at`, and taken off at `at`."""
    turn = put(cast, who, on, part, at=at - timedelta(days=7))
    actions.take_off(turn=turn, by=cast.users["admin"], at=at)
    turn.refresh_from_db()
    return turn
