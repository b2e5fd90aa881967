"""One child as its family sees it, and who has opened its file."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import clock
from core.prepared import prepared
from doors.family import picture, readers
from guardians.models import Guardianship
from guardians.policies import family_page, guardianships_of, ties_of
from guardians.requests import FamilyDoorRequest
from students.models import Student


def child_of(request: FamilyDoorRequest, student_id: int) -> Student:
    """Return the child if an adult of this session may see it today; else 404."""
    held = _held(student_id=student_id, **_reader(request))
    if not held:
        raise Http404
    return held[0].student


def _reader(request: FamilyDoorRequest) -> dict[str, Any]:
    on = timezone.localdate(clock.for_request(request))
    return {"adult_ids": [adult.pk for adult in request.adults], "on": on}


@prepared
def _held(*, adult_ids, student_id, on) -> QuerySet[Guardianship]:
    rows = guardianships_of(adult_ids, on).filter(student_id=student_id)
    return rows.select_related("student__school")


@require_safe
@family_page
def child(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    # Every family page has read these ties already, and this page needs only the child's name.
    ties = ties_of(**_reader(request))
    student = next((tie.student for tie in ties if tie.student_id == student_id), None)
    if student is None:
        raise Http404
    context = picture.context(student, list(request.adults), clock.for_request(request))
    return render(request, "family/child.html", context)


@require_safe
@family_page
def child_readers(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    student = child_of(request, student_id)
    context = readers.context(student, clock.for_request(request))
    return render(request, "family/readers.html", context)
