from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doors.staff.erasing import HeldBack, erase
from privacy.models import DataRequest
from privacy.requests import can_answer, requests_visible_to
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission


@require_POST
@staff_required(Permission.ANSWER_DATA_REQUESTS)
def erase_child(request: SchoolRequest, pk: int) -> HttpResponse:
    """Delete the file for good, once it has been checked and the box is ticked."""
    viewer = request.viewer
    rows = requests_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    row = rows.filter(pk=pk, kind=DataRequest.Kind.DELETION).select_related("adult").first()
    if row is None:
        raise Http404
    if not can_answer(row, viewer.user, viewer.on) or not request.POST.get("is_sure"):
        messages.error(request, _("Nothing was deleted."))
        return redirect("privacy:request", row.pk)
    try:
        if erase(request=row, by=viewer.user, at=viewer.at):
            messages.success(request, _("The file has been deleted for good."))
        else:
            messages.error(request, _("Nothing was deleted: please check again."))
    except HeldBack:
        words = _(
            "Nothing was deleted: somebody keeps the data of this child."
            " End that first, or refuse the request."
        )
        messages.error(request, words)
        return redirect("privacy:request", row.pk)
    return redirect("privacy:requests")
