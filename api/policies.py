"""What a caller may see at one school: for a token what its maker may, for a person what their pages show.

The policies of each package decide.
"""

from datetime import date

from django.db.models import QuerySet

from api.callers import Caller
from api.models import ApiToken
from classroom.policies import children_observable_by, classes_observable_by
from rosters.models import RosterImport
from schools.models import SchoolClass
from schools.policies import classes_visible_to, may
from schools.queries import classes_of_day
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to


def children_of(caller: Caller, on: date) -> QuerySet[Student]:
    return students_visible_to(caller.sees_as, on).filter(school=caller.school)


def classes_of(caller: Caller, on: date) -> QuerySet[SchoolClass]:
    """Return the caller's classes of the current year."""
    return _in_hand(classes_visible_to(caller.sees_as, on), caller, on)


def children_with_marks(caller: Caller, on: date) -> QuerySet[Student]:
    """Return the children whose attendance the caller sees.

    For a person, it is the register's rule: not everybody who sees a child may open the register.
    """
    if not caller.is_person:
        return children_of(caller, on)
    return children_observable_by(caller.sees_as, on).filter(school=caller.school)


def classes_with_register(caller: Caller, on: date) -> QuerySet[SchoolClass]:
    if not caller.is_person:
        return classes_of(caller, on)
    return _in_hand(classes_observable_by(caller.sees_as, on), caller, on)


def _in_hand(seen: QuerySet[SchoolClass], caller: Caller, on: date) -> QuerySet[SchoolClass]:
    return classes_of_day(on).filter(pk__in=seen.filter(school=caller.school).values("pk"))


def may_import(token: ApiToken, on: date) -> bool:
    return may(token.made_by, Permission.IMPORT_ROSTER, token.school, on)


def jobs_of(token: ApiToken, on: date) -> QuerySet[RosterImport]:
    """Return rosters sent by this system. Uploads by people are none of its business."""
    rows = RosterImport.objects.filter(school=token.school, uploaded_by=token.account)
    return rows if may_import(token, on) else rows.none()
