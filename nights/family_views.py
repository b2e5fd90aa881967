"""A family's pages: the question behind a link, and for a parent far away who is near by."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.names import joined
from delivery.behind_link import behind_link
from guardians.actions import dispute_address
from guardians.models import Guardianship, NearbyAdult
from guardians.nearby import actions as nearby_actions
from guardians.nearby.presenters import rows_of
from guardians.nearby.queries import on_record
from guardians.policies import family_page, guardianships_of
from guardians.requests import FamilyDoorRequest
from nights import actions, links, queries
from nights.family import night_line
from nights.links import Opened
from nights.models import Asking

ANSWERS = {"yes": True, "no": False}


def _over(request: HttpRequest, token: str = "") -> HttpResponse:
    """Respond in the same way whatever was wrong with the link."""
    return render(request, "family/link_expired.html", {}, status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(links.open_asking, _over)
def question(request: HttpRequest, token: str, found: Opened) -> HttpResponse:
    """Show two answers of the same size; after a tap what it started, and the way back."""
    at = clock.for_request(request)
    said = request.POST.get("answer", "")
    if said == "stranger" and found.contact_point_id:
        dispute_address(contact_point_id=found.contact_point_id, at=at)
        return _over(request)
    if said in ANSWERS:
        actions.answer(
            asking=found.asking,
            nights=found.nights,
            is_yes=ANSWERS[said],
            how=Asking.How.PAGE,
            at=at,
        )
        return redirect("family_nights:question", token)
    asking = found.asking
    is_carer = asking.part == Asking.Part.CARER
    mine = [one for one in found.nights if one.settled_adult_id == asking.adult_id]
    theirs = [one for one in found.nights if one.settled_at and one not in mine]
    context = {
        "asking": asking,
        "is_carer": is_carer,
        "children": joined(night.student.given_name for night in found.nights),
        "nights": found.nights,
        "is_needed": any(night.is_open for night in found.nights),
        "is_mine": bool(mine),
        "is_taken": bool(theirs) and not mine,
        "school_phone": asking.school.phone,
        "homes": [] if is_carer else [(n.student.given_name, n.student.address) for n in mine],
    }
    return render(request, "nights/family/question.html", context)


def _parent_of(request: FamilyDoorRequest, student_id: int, on: date) -> Guardianship:
    """Return the reader's own guardianship of this child; 404 if they have none."""
    held = guardianships_of(request.adults, on).filter(student_id=student_id)
    row = held.select_related("student__school", "adult").order_by("priority", "pk").first()
    if row is None:
        raise Http404
    return row


@require_safe
@family_page
def child(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    at = clock.for_request(request)
    on = timezone.localdate(at)
    held = _parent_of(request, student_id, on)
    evening = queries.tonight_at(held.student.school, at)
    context = {
        "student": held.student,
        "child": held.student.given_name,
        "tonight": night_line(queries.night_of(student_id, evening)),
        "rows": rows_of(on_record(student_id), on),
        "may_agree": held.kind in Guardianship.BY_LAW,
        "school_phone": held.student.school.phone,
    }
    return render(request, "nights/family/child.html", context)


@require_POST
@family_page
def agree(request: FamilyDoorRequest, student_id: int, nearby_id: int) -> HttpResponse:
    """Record that a parent agrees to somebody near by, or takes it back."""
    at = clock.for_request(request)
    held = _parent_of(request, student_id, timezone.localdate(at))
    if held.kind not in Guardianship.BY_LAW:
        raise Http404
    row = get_object_or_404(NearbyAdult, pk=nearby_id, student=student_id, ended_at=None)
    if request.POST.get("to") == "no":
        nearby_actions.take_back_agreement(row=row)
    else:
        how = NearbyAdult.Agreed.PAGE
        nearby_actions.agree(row=row, parent=held.adult, how=how, by=None, at=at)
    return redirect("family_nights:child", student_id)
