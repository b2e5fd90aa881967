"""Views for "Please call me", opened in place on Today and in the conversation."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.phones import readable
from guardians.presenters import clock_words
from guardians.queries import usable_contact_points
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from threads import actions, policies, presenters
from threads.forms import CallBackForm
from threads.models import CallBack

works_with_families = staff_required(Permission.WORK_CHECK_INS)


@require_http_methods(["GET", "POST"])
@works_with_families
def call_back(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_call_back_for(viewer.user, pk, viewer.on)
    form = CallBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if actions.close_call_back(call_back=found, by=viewer.user, at=viewer.at, **said):
            found.refresh_from_db()
            return _after(request, found, "done", str(found.get_outcome_display()))
        form.add_error("words", _("Somebody else has written it down already."))
    status = 422 if form.is_bound else 200
    phones = usable_contact_points().filter(adult=found.adult, kind="phone")
    why = _why(request, found)
    context = {
        "call": found,
        "form": form,
        "why": why,
        "phones": [(point.address, readable(point.address)) for point in phones],
    }
    if not request.htmx:
        return render(request, "threads/call_back.html", context, status=status)
    if not form.is_bound:
        return render(request, "threads/_call_back.html", context)
    inplace = render_to_string("threads/_call_back.html", context, request)
    context = {"row": _row(found, "in_hand", why), "inplace": inplace}
    return render(request, "components/work_row.html", context, status=status)


@require_POST
@works_with_families
def undo(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_call_back_for(request.viewer.user, pk, request.viewer.on)
    if not actions.reopen_call_back(call_back=found):
        words = _("The family has asked again in the meantime. The old note stays.")
        return _after(request, found, "failed", words, status=422)
    found.refresh_from_db()
    return _after(request, found, "rest", _why(request, found))


def _why(request: SchoolRequest, found: CallBack) -> str:
    words = {
        "name": found.adult.name,
        "hours": presenters.best_hours(found.adult, request.viewer.at),
    }
    why = _("%(name)s asks to be called; best at %(hours)s.") % words
    return f"{why} {clock_words(found.adult, request.viewer.at)}".strip()


def _row(found: CallBack, state: str, words: str) -> dict[str, Any]:
    student, is_done = found.thread.student, state == "done"
    url = reverse("threads:call_back", args=[found.pk])
    act = {"label": _("I have called"), "url": url, "tone": "text"}
    return {
        "key": f"call-back-{found.pk}",
        "name": student.name if student else found.adult.name,
        "url": reverse("threads:thread", args=[found.thread_id]),
        "why": words,
        "when": "",
        "state": state,
        "acts": [act | {"is_link": True, "opens_in_place": True}],
        "undo_url": reverse("threads:call_back_undo", args=[found.pk]) if is_done else "",
    }


def _after(
    request: SchoolRequest, found: CallBack, state: str, words: str, status: int = 200
) -> HttpResponse:
    if request.htmx:
        row = _row(found, state, words)
        return render(request, "components/work_row.html", {"row": row}, status=status)
    tell = messages.error if state == "failed" else messages.success
    tell(request, words)
    return redirect("threads:thread", found.thread_id)
