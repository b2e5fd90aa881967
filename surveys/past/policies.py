"""Only the counsellor sees past results: of their school, and of children whose files are open to them."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from schools.policies import school_ids_where
from schools.roles import Permission
from surveys.models import PastImport


def past_visible_to(user: User, on: date) -> QuerySet[PastImport]:
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    return PastImport.objects.filter(school_id__in=running)


def get_past_for(user: User, pk: int, on: date) -> PastImport:
    rows = past_visible_to(user, on).select_related("school", "read_by", "kept_by", "taken_back_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
