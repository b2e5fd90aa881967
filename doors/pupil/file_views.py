"""Ask a pupil from 14 on whether the file may go to another school.

The answer, two taps, can be changed while the transfer is open.
"""

from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import clock
from doors.pupil.forms import TransferWordForm
from doors.pupil.presenters import pupil_page, tap_again
from students.policies import pictures_are_fresh, pupil_required
from students.requests import PupilRequest
from transfers import actions
from transfers.models import TransferWord
from transfers.policies import transfer_of_pupil
from transfers.presenters import part_names
from transfers.queries import last_words


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: PupilRequest) -> HttpResponse:
    at = clock.for_request(request)
    row = transfer_of_pupil(request.pupil, at)
    if row is None:
        return redirect("pupil:home")
    if not pictures_are_fresh(request):
        return tap_again("file")
    form = TransferWordForm(request.POST if request.method == "POST" else None)
    if not form.is_valid() or form.cleaned_data["transfer"] != row.pk:
        said = last_words(row).get(None)
        status = 422 if form.is_bound else 200
        return pupil_page(
            request,
            "file",
            status=status,
            form=form,
            transfer_id=row.pk,
            to_school=row.to_name,
            parts=part_names(row.parts),
            said=said.decision if said else "",
        )
    try:
        actions.say(
            transfer=row,
            adult=None,
            decision=form.cleaned_data["decision"],
            via=TransferWord.AT_THE_PUPILS_DOOR,
            words="",
            key=uuid4(),
            at=at,
        )
    except actions.NotOpen:
        return redirect("pupil:home")
    return redirect("pupil:file")
