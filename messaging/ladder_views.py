"""A school's ladder: who is asked when, and which steps are taken at all."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging import actions, queries
from messaging.ladder_forms import LadderForm
from schools.policies import staff_required
from schools.roles import Permission
from schools.views import tabs

sets_check_ins = staff_required(Permission.SET_CHECK_INS)


@require_http_methods(["GET", "POST"])
@sets_check_ins
def ladder(request: HttpRequest) -> HttpResponse:
    viewer = request.viewer
    own = queries.ladder_of(viewer.school.pk)
    form = LadderForm(request.POST or None, ladder=own)
    if request.method == "POST" and form.is_valid():
        actions.set_ladder(school=viewer.school, ladder=form.ladder, by=viewer.user, at=viewer.at)
        messages.success(request, _("Saved. It holds from the next step of every question."))
        return redirect("messaging:ladder")
    context = {
        "form": form,
        "is_own": queries.has_own_ladder(viewer.school.pk),
        "days_to_teacher": own.days_to_teacher,
        "tabs": tabs("messaging:ladder") if viewer.can(Permission.EDIT_SCHOOL) else [],
    }
    return render(request, "messaging/ladder.html", context, status=422 if form.is_bound else 200)


@require_POST
@sets_check_ins
def to_default(request: HttpRequest) -> HttpResponse:
    actions.reset_ladder(school=request.viewer.school)
    messages.success(request, _("The default holds again."))
    return redirect("messaging:ladder")
