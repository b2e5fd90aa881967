"""What a token opens: what its maker may see (the same rooms' policies decide), at its one school."""

from datetime import date

from django.db.models import QuerySet

from api.models import ApiToken
from rosters.models import RosterImport
from schools.models import SchoolClass
from schools.policies import classes_visible_to, may
from schools.queries import classes_of_day
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to


def children_of(token: ApiToken, on: date) -> QuerySet[Student]:
    return students_visible_to(token.made_by, on).filter(school=token.school)


def classes_of(token: ApiToken, on: date) -> QuerySet[SchoolClass]:
    """Of the year in hand."""
    seen = classes_visible_to(token.made_by, on).filter(school=token.school)
    return classes_of_day(on).filter(pk__in=seen.values("pk"))


def may_import(token: ApiToken, on: date) -> bool:
    return may(token.made_by, Permission.IMPORT_ROSTER, token.school, on)


def jobs_of(token: ApiToken, on: date) -> QuerySet[RosterImport]:
    """Rosters that this system has sent; what people have uploaded is none of its business."""
    rows = RosterImport.objects.filter(school=token.school, uploaded_by=token.account)
    return rows if may_import(token, on) else rows.none()
