"""Verifies a contact point by a code that the adult reads out on the phone."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import rate_limits
from core.phones import readable
from delivery import actions
from delivery.sign_in import limits
from guardians.models import ContactPoint
from guardians.policies import can_edit_adult, get_adult_for
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.policies import students_editable_by


@staff_required(Permission.EDIT_CHILDREN)
@require_http_methods(["GET", "HEAD", "POST"])
def verify_way(request: SchoolRequest, point_id: int) -> HttpResponse:
    """Send the code, then enter what the other side reads out."""
    viewer = request.viewer
    rows = ContactPoint.objects.filter(pk=point_id, kind__in=ContactPoint.TYPED)
    point = rows.exclude(address="").select_related("adult").first()
    if point is None:
        raise Http404
    adult = get_adult_for(viewer.user, point.adult_id, viewer.on)
    if not can_edit_adult(viewer.user, adult, viewer.on):
        raise Http404
    children = students_editable_by(viewer.user, viewer.on).filter(guardianships__adult=adult)
    student = children.order_by("pk").distinct()[0]

    context = {"point": point, "phone": readable(point.address), "student": student, "step": "send"}
    if request.method != "POST":
        return render(request, "delivery/verify_way.html", context)
    if "code" not in request.POST:
        free_at = limits.ask(request, point.address)
        if free_at is not None:
            words = _("We have sent too many codes there. Try again at %(time)s.")
            context["error"] = words % {"time": rate_limits.time_of(free_at)}
            return render(request, "delivery/verify_way.html", context, status=429)
        if not actions.queue_verification_code(point=point, by=viewer.user, at=viewer.at):
            context["error"] = _("We may not send anything there now.")
            return render(request, "delivery/verify_way.html", context, status=422)
        return render(request, "delivery/verify_way.html", context | {"step": "code"})
    context["step"] = "code"
    given = request.POST["code"]
    if actions.verify_by_code(point=point, given=given, by=viewer.user, at=viewer.at):
        messages.success(request, _("Checked: %(way)s works.") % {"way": readable(point.address)})
        return redirect("guardians:family_adult", student.pk, point.adult_id)
    context["error"] = _("This code is wrong or has expired.")
    return render(request, "delivery/verify_way.html", context, status=422)
