"""Who may write and read a class's week.

Class teachers write it. Once it is sent, staff who observe the class and the families of its children can
read it.
"""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from classroom.models import ClassWeek
from classroom.policies import classes_observable_by
from schools.models import SchoolClass
from schools.policies import own_class_ids


def weeks_visible_to(user: User, on: date) -> QuerySet[ClassWeek]:
    observed = classes_observable_by(user, on).order_by().values("pk")
    is_own = Q(school_class__in=own_class_ids(user, on))
    return ClassWeek.objects.filter(
        is_own | Q(sent_at__isnull=False), school_class__in=observed
    ).select_related("school", "school_class", "written_by")


def get_week_for(user: User, pk: int, on: date) -> ClassWeek:
    return _found(weeks_visible_to(user, on), pk)


def get_week_to_write(user: User, pk: int, on: date) -> ClassWeek:
    rows = weeks_visible_to(user, on).filter(school_class__in=own_class_ids(user, on))
    return _found(rows, pk)


def _found(rows: QuerySet[ClassWeek], pk: int) -> ClassWeek:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_write(user: User, school_class: SchoolClass, on: date) -> bool:
    return school_class.pk in own_class_ids(user, on)
