"""The school begins to write to its families: ask once, and say what will happen."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.days import full_day
from doors.staff.first_hour import first_hour
from messaging import actions
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from schools.rollout.queries import day_ahead


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.STOP_SENDING)
def start(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    if viewer.school.sending_started_at is not None:
        return redirect("staff:today")
    hour, begins = first_hour(viewer), day_ahead(viewer.school, viewer.on)
    if request.method != "POST" or hour.against:
        status = 422 if request.method == "POST" else 200
        context = {"hour": hour, "begins_on": begins}
        return render(request, "doors/staff/start.html", context, status=status)
    if actions.start_sending(school=viewer.school, by=viewer.user, at=viewer.at):
        said = _("The school writes to families from now on.")
        count = hour.questions.families
        if begins:
            words = _(
                "The school writes to families from now on. The weekly questions begin on %(day)s."
            )
            said = words % {"day": full_day(begins)}
        elif count:
            words = ngettext(
                "From now on the school writes to families: %(n)d adult is asked, at the earliest "
                "%(when)s.",
                "From now on the school writes to families: %(n)d adults are asked, the first at the "
                "earliest %(when)s.",
                count,
            )
            said = words % {"n": count, "when": hour.first_at}
        messages.success(request, said)
    return redirect("staff:today")
