"""Everybody who holds meetings sees the list; principal and administrator edit it."""

from django.db.models import QuerySet
from django.http import Http404

from meetings.experts.models import Expert
from schools.models import School


def experts_at(school: School) -> QuerySet[Expert]:
    return Expert.objects.filter(school=school, ended_at=None).select_related("checked_by")


def get_expert_at(school: School, pk: int) -> Expert:
    found = experts_at(school).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
