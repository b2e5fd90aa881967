from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboards.weekly import actions
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission


@require_POST
@staff_required(Permission.VIEW_DASHBOARD)
def switch(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    is_wanted = request.POST.get("wanted") == "yes"
    if is_wanted and not viewer.user.email:
        messages.warning(
            request, _("Enter your e-mail address first; then ask for the mail again.")
        )
        return redirect("staff:account")
    actions.switch(user=viewer.user, school=viewer.school, is_wanted=is_wanted, at=viewer.at)
    if is_wanted:
        words = _("The week comes to %(email)s every Monday morning.") % {
            "email": viewer.user.email
        }
    else:
        words = _("No more weekly e-mails.")
    messages.success(request, words)
    return redirect("dashboards:school")
