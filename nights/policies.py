"""Who sees a child's evening.

Staff who see the child, the village worker who was asked, and the family. The people near by are named only
to staff and parents. A neighbour sees the evening behind their own link.
"""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from accounts.models import User
from nights.models import Night, NightEntry, Step, Switch
from schools.models import SchoolClass
from schools.policies import classes_visible_to, own_class_ids, school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to
from visits.policies import in_village


def students_to_start_for(user: User, on: date) -> QuerySet[Student]:
    """Return children about whom `user` may say that nobody is at home tonight."""
    return students_visible_to(user, on).filter(school_id__in=may_see_at(user, on))


def may_see_at(user: User, on: date) -> list[int]:
    """Return ids of the schools at which `user` sees evenings of the children whom they see."""
    return school_ids_where(user, Permission.RAISE_CONCERNS, on)


def get_student_to_start(user: User, pk: int, on: date) -> Student:
    student = students_to_start_for(user, on).select_related("school").filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def nights_visible_to(user: User, on: date) -> QuerySet[Night]:
    return Night.objects.filter(student_id__in=students_to_start_for(user, on).values("pk"))


def get_night_for(user: User, pk: int, on: date) -> Night:
    rows = nights_visible_to(user, on).select_related(
        "student", "school", "settled_adult", "settled_by", "concern"
    )
    night = rows.filter(pk=pk).first()
    if night is None:
        raise Http404
    return night


def classes_to_ask(user: User, school_id: int, on: date) -> QuerySet[SchoolClass]:
    """Return classes whose families `user` may ask.

    A class teacher may ask their own class, other roles each class of the school.
    """
    here = school_ids_where(user, Permission.WRITE_NOTICES, on)
    rows = classes_visible_to(user, on).filter(school_id=school_id, school_id__in=here)
    return rows.order_by("grade__number", "number")


def may_ask_all(user: User, school_id: int, on: date) -> bool:
    """Return whether `user` may ask the whole school: not if they are only a class teacher."""
    classes = classes_to_ask(user, school_id, on).values_list("pk", flat=True)
    return bool(set(classes) - set(own_class_ids(user, on)))


def must_ask_all(user: User, school_id: int, on: date) -> None:
    """Raise 404 for a user who may not ask the whole school."""
    if not may_ask_all(user, school_id, on):
        raise Http404


def switches_visible_to(user: User, school_id: int, on: date) -> QuerySet[Switch]:
    rows = Switch.objects.filter(school=school_id)
    if may_ask_all(user, school_id, on):
        return rows
    return rows.filter(school_class__in=classes_to_ask(user, school_id, on))


def get_switch_for(user: User, school_id: int, pk: int, on: date) -> Switch:
    rows = switches_visible_to(user, school_id, on).select_related("school", "school_class")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def village_nights(user: User, on: date) -> QuerySet[Night]:
    """Return open evenings about which this village worker was notified.

    Only while the village may know of the child.
    """
    told = NightEntry.objects.filter(
        night_id=OuterRef("pk"), kind=NightEntry.Kind.TOLD, step=Step.VILLAGE, user=user.pk
    )
    rows = in_village(Night.objects.all(), user, on).filter(Exists(told))
    return rows.filter(settled_at=None, called_off_at=None).select_related("student", "school")


def get_village_night(user: User, pk: int, on: date) -> Night:
    night = village_nights(user, on).filter(pk=pk).first()
    if night is None:
        raise Http404
    return night
