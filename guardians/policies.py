"""The family door: from the signed-in adult's guardianships, and nothing else.

A blocked adult is answered as a stranger is, everywhere.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.utils import timezone

from accounts import clock
from accounts.models import User
from guardians.models import Adult, Guardianship
from schools.models import holds_on
from students.models import Student
from students.policies import students_editable_by, students_visible_to


def adults_of(user: User) -> QuerySet[Adult]:
    """The records, one per school, of the person who signed in; blocked ones are left out."""
    if not user.is_authenticated:
        return Adult.objects.none()
    return Adult.objects.filter(user=user, blocked_at=None)


def guardianships_of(adults: QuerySet[Adult], on: date) -> QuerySet[Guardianship]:
    return Guardianship.objects.filter(holds_on(on), adult__in=adults, may_see_file=True)


def students_of_family(user: User, on: date) -> QuerySet[Student]:
    """Children whose family page this account may open today."""
    held = guardianships_of(adults_of(user), on)
    return Student.objects.filter(pk__in=held.values("student_id"))


def get_student_for_family(user: User, pk: int, on: date) -> Student:
    student = students_of_family(user, on).filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def adults_visible_to(user: User, on: date) -> QuerySet[Adult]:
    """Adults around the children whom a member of staff may see."""
    children = students_visible_to(user, on).values("pk")
    held = Guardianship.objects.filter(student_id__in=children)
    return Adult.objects.filter(pk__in=held.values("adult_id"))


def get_adult_for(user: User, pk: int, on: date) -> Adult:
    adult = adults_visible_to(user, on).filter(pk=pk).first()
    if adult is None:
        raise Http404
    return adult


def can_edit_adult(user: User, adult: Adult, on: date) -> bool:
    children = students_editable_by(user, on).values("pk")
    return Guardianship.objects.filter(adult=adult, student_id__in=children).exists()


def family_required(view: Callable) -> Callable:
    """Entry to the family door; the view receives `request.adults`, never empty."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect("family:sign_in")
        at = clock.for_request(request)
        adults = adults_of(request.user)
        if not guardianships_of(adults, timezone.localdate(at)).exists():
            raise Http404
        request.adults = adults
        return view(request, *args, **kwargs)

    return guarded
