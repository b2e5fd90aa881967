"""The family's page of a transfer: the question, the answer, and the receipt."""

from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core import clock
from guardians.models import Adult
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from privacy.models import Consent
from privacy.presenters import receipt_number
from privacy.rules import GIVEN
from transfers import actions, policies, presenters
from transfers.forms import OwnWordForm
from transfers.models import Transfer
from transfers.queries import paper_of


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def transfer(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    """Show two buttons while it is open; afterwards what was said and what was handed over."""
    at = clock.for_request(request)
    row = policies.get_transfer_of_family(list(request.adults), pk, timezone.localdate(at))
    asked = set(policies.adults_to_ask(row, at).values_list("pk", flat=True))
    adult = next((one for one in request.adults if one.pk in asked), None)
    if adult is None:
        raise Http404
    if request.method != "POST":
        return _page(request, row, adult)
    form = OwnWordForm(request.POST)
    if not form.is_valid():
        return _page(request, row, adult, form.first_error, 422)
    try:
        actions.say(
            transfer=row, adult=adult, via=Consent.Via.FAMILY_PAGE, at=at, **form.cleaned_data
        )
    except actions.NotOpen:
        return _page(request, row, adult, status=409)
    return redirect("family_transfers:transfer", pk)


def _page(
    request: HttpRequest, row: Transfer, adult: Adult, error: str = "", status: int = 200
) -> HttpResponse:
    said = [presenters.word_line(word) for word in row.words.select_related("adult")]
    own = [one for one in said if one["word"].adult_id == adult.pk]
    is_gone = row.state == Transfer.State.ACCEPTED
    handed = (getattr(row, "arrival", None) or paper_of(row)) if is_gone else None
    context = {
        "transfer": row,
        "student": row.student,
        "student_name": row.student.given_name,
        "parts": presenters.part_names(row.parts),
        "own": own,
        "agreed": bool(own) and own[-1]["word"].decision == GIVEN,
        "key": uuid4(),
        "is_gone": is_gone,
        "number": receipt_number(handed) if handed else "",
        "error": error,
        "is_late": status == 409,
        "school_phone": row.school.phone,
    }
    return render(request, "transfers/family.html", context, status=status)
