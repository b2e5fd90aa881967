"""Rows of Today that one person has put off. The work itself and everybody else's Today are not affected."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from core.prepared import Question, prepared
from schools.models import PutOff
from schools.worklist import Lane, WorkItem


def may_be_put_off(item: WorkItem) -> bool:
    """Return whether the row may be put off.

    Work that needs an adult now, or can only be handed over, may not.
    """
    return item.lane is not Lane.ADULT_NOW and item.hand_over_url is None


def without_put_off(items: Iterable[WorkItem], user: User, on: date) -> list[WorkItem]:
    """Leave out the rows that the user has put off; one query for any number of rows."""
    away = set(_away(user_id=user.pk, on=on))
    return [item for item in items if item.key not in away or not may_be_put_off(item)]


def questions(user: User, on: date) -> list[Question]:
    """Return the query that `without_put_off` makes."""
    return [_away.question(user_id=user.pk, on=on)]


@prepared
def _away(*, user_id, on) -> QuerySet[Any]:
    return PutOff.objects.filter(user_id=user_id, until_on__gt=on).values_list(
        "work_key", flat=True
    )


def put_off(*, user: User, work_key: str, until_on: date, at: datetime) -> None:
    PutOff.objects.update_or_create(
        user=user, work_key=work_key, defaults={"until_on": until_on, "at": at}
    )


def take_up_again(*, user: User, work_key: str) -> None:
    PutOff.objects.filter(user=user, work_key=work_key).delete()
