"""Access to the family door, decided only by the signed-in adult's guardianships.

A blocked adult gets the same answer as a stranger, everywhere.
"""

from collections.abc import Callable, Collection
from datetime import date
from functools import wraps
from typing import Protocol, cast

from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache

from accounts.models import User
from accounts.signed_out import sign_in_first
from core import clock
from core.addresses import page_above
from core.languages import page_language
from core.prepared import joined, prepared
from core.view_types import P, Page, View
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.queries import (
    informed_guardianships,
    is_address_of_blocked,
    is_blocked_somewhere,
    sign_in_points,
)
from guardians.requests import FamilyDoorRequest
from students.models import Student
from students.policies import students_editable_by, students_visible_to

SESSION_ADDRESS = "family_address"  # the address that received the link which opened this session


def adults_of(user: User | AnonymousUser) -> QuerySet[Adult]:
    """Return the records of the signed-in person, one per school; none at all if any of them is blocked."""
    if not user.is_authenticated:
        return Adult.objects.none()
    return _adults(user.pk)


def _adults(user_id: int) -> QuerySet[Adult]:
    return Adult.objects.filter(~is_blocked_somewhere("user_id"), user_id=user_id)


def adults_unbarred(user: User | AnonymousUser) -> QuerySet[Adult]:
    """Return those of `adults_of` who share no address with a blocked adult.

    Used when the session does not tell which phone is being used.
    """
    barred = ContactPoint.objects.filter(is_address_of_blocked(), adult_id=OuterRef("pk"))
    return adults_of(user).filter(~Exists(barred.exclude(address="")))


def adults_in_session(request: HttpRequest) -> QuerySet[Adult]:
    """Return those of `adults_of` to whom the phone being used still belongs.

    Records are left out if the number no longer signs in, or if a blocked adult shares it. A session that
    was not opened by a link (but with a password) is valid for a record only if none of its addresses is
    shared with a blocked adult.
    """
    address = request.session.get(SESSION_ADDRESS)
    if address:
        return _at_address(adults_of(request.user), address)
    return adults_unbarred(request.user)


def _at_address(adults: QuerySet[Adult], address: str) -> QuerySet[Adult]:
    points = sign_in_points().filter(address=address).order_by()
    return adults.filter(pk__in=points.values("adult_id"))


def _with_school(adults: QuerySet[Adult]) -> QuerySet[Adult]:
    return adults.select_related("school").order_by("pk")


@prepared
def _people_at(*, user_id, address) -> QuerySet[Adult]:
    return _with_school(_at_address(_adults(user_id), address))


def guardianships_of(
    adults: QuerySet[Adult] | Collection[Adult] | Collection[int], on: date
) -> QuerySet[Guardianship]:
    return informed_guardianships(on).filter(adult__in=adults)


@prepared
def ties_of(*, adult_ids, on) -> QuerySet[Guardianship]:
    """Return `guardianships_of` with the names of the children, eldest child first.

    Every page of the family door begins with this query, and the parts of the page reuse the result.
    """
    held = joined(guardianships_of(adult_ids, on), "student__name")
    return held.order_by("student__born_on")


def students_of_family(user: User, on: date) -> QuerySet[Student]:
    """Return the children whose family page this account may open on that day."""
    held = guardianships_of(adults_of(user), on)
    return Student.objects.filter(pk__in=held.values("student_id"))


def get_student_for_family(user: User, pk: int, on: date) -> Student:
    student = students_of_family(user, on).filter(pk=pk).first()
    if student is None:
        raise Http404
    return student


def adults_visible_to(user: User, on: date) -> QuerySet[Adult]:
    """Return the adults around the children whom a member of staff may see."""
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


def _sign_in(request: HttpRequest) -> HttpResponse:
    return sign_in_first(request, page_above("family_sign_in"), page_above("family_held"))


def family_required(view: View[FamilyDoorRequest, P]) -> Page[P]:
    """Guard a view of the family door; it receives `request.adults`, a list that is never empty.

    A session opened by a link ends when the address that received the link no longer signs in.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request)
        # The same people as `adults_in_session`; a prepared query with the same condition answers the usual
        # case.
        address = request.session.get(SESSION_ADDRESS)
        if address:
            people = _people_at(user_id=request.user.pk, address=address)
        else:
            people = list(_with_school(adults_in_session(request)))
        if SESSION_ADDRESS in request.session and not people:
            logout(request)
            return _sign_in(request)
        keys = [one.pk for one in people]
        if not ties_of(adult_ids=keys, on=timezone.localdate(clock.for_request(request))):
            raise Http404
        of_family = cast(FamilyDoorRequest, request)
        of_family.adults = people
        return view(of_family, *args, **kwargs)

    return guarded


class _ReadAloud(Protocol):
    is_read_aloud: bool


def read_aloud(view: Page[P]) -> Page[P]:
    """Mark a page that the server may read aloud to anybody who opens it (doors/family/aloud)."""
    cast(_ReadAloud, view).is_read_aloud = True
    return view


def is_read_aloud(view: Callable) -> bool:
    return getattr(view, "is_read_aloud", False)


def family_page(view: View[FamilyDoorRequest, P]) -> Page[P]:
    """Guard a page of the family door: signed-in adults only, never stored by the browser.

    The page is in the language chosen on this phone, else in the adult's. The view receives
    `request.adults` and `request.family_adult`.
    """

    @read_aloud
    @never_cache
    @family_required
    @wraps(view)
    def guarded(request: FamilyDoorRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request.family_adult = request.adults[0]
        language = page_language(request, request.family_adult.language)
        with translation.override(language):
            response = view(request, *args, **kwargs)
        response.headers.setdefault("Content-Language", language)
        return response

    return guarded
