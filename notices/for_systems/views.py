"""The page with the texts that other systems may send."""

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from notices.for_systems import actions, policies
from notices.for_systems.forms import TextForm
from notices.policies import may_write_to_school
from notices.views import writes_notices
from schools.requests import SchoolRequest


@require_http_methods(["GET", "HEAD", "POST"])
@writes_notices
def texts(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    if not may_write_to_school(viewer.user, viewer.school.pk, viewer.on):
        raise Http404
    form = TextForm(request.POST or None, initial={"key": uuid4()})
    if form.is_valid():
        actions.keep_text(school=viewer.school, by=viewer.user, at=viewer.at, **form.cleaned_data)
        messages.success(request, _("Saved. Systems with the right token may send it."))
        return redirect("notices:texts")
    rows = policies.texts_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    sendable = {one.pk for one in policies.texts_to_send(viewer.school, viewer.on)}
    context = {"rows": rows.filter(ended_at=None), "sendable": sendable, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "notices/texts.html", context, status=status)


@require_POST
@writes_notices
def end(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    text = policies.get_text_for(viewer.user, pk, viewer.on)
    actions.end_text(text=text, by=viewer.user, at=viewer.at)
    messages.success(request, _("No system sends this text any more."))
    return redirect("notices:texts")
