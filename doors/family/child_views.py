"""One child as its family sees it, and who has opened its file."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import clock
from doors.family import picture, readers
from guardians.policies import family_page, guardianships_of
from students.models import Student


def child_of(request: HttpRequest, student_id: int) -> Student:
    """Return the child if an adult of this session may see it today; else 404."""
    on = timezone.localdate(clock.for_request(request))
    held = guardianships_of(request.adults, on).filter(student_id=student_id)
    row = held.select_related("student__school").first()
    if row is None:
        raise Http404
    return row.student


def people(request: HttpRequest) -> list:
    return list(request.adults.select_related("school").order_by("pk"))


@require_safe
@family_page
def child(request: HttpRequest, student_id: int) -> HttpResponse:
    student = child_of(request, student_id)
    context = picture.context(student, people(request), clock.for_request(request))
    return render(request, "family/child.html", context)


@require_safe
@family_page
def child_readers(request: HttpRequest, student_id: int) -> HttpResponse:
    student = child_of(request, student_id)
    context = readers.context(student, clock.for_request(request))
    return render(request, "family/readers.html", context)
