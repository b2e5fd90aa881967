"""The counsellor's pages of studies."""

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from surveys.studies import actions, policies, presenters
from surveys.studies.forms import StudyForm, WordForm

runs = staff_required(Permission.RUN_SURVEYS)


@require_safe
@runs
def studies(request: SchoolRequest) -> HttpResponse:
    return render(request, "surveys/studies.html", {"rows": presenters.listed(request.viewer)})


@require_http_methods(["GET", "HEAD", "POST"])
@runs
def new(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    form = StudyForm(
        request.POST or None,
        rounds=policies.rounds_to_study(viewer.user, viewer.school, viewer.on),
        today=viewer.on,
        initial={"key": uuid4()},
    )
    if form.is_valid():
        study = actions.open_study(by=viewer.user, at=viewer.at, **form.cleaned_data)
        messages.success(request, _("Opened. The families see the question on their page."))
        return redirect("surveys:study", study.pk)
    return render(
        request, "surveys/study_new.html", {"form": form}, status=422 if form.is_bound else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@runs
def study(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show who has agreed; a POST records what somebody signed or said."""
    viewer = request.viewer
    found = policies.get_study_for(viewer.user, pk, viewer.on)
    ties = list(policies.ties_to_write_down(found, viewer.user, viewer.on))
    form = WordForm(request.POST or None, ties=ties, today=viewer.on, initial={"key": uuid4()})
    if request.method == "POST" and not found.is_open(viewer.on):
        raise Http404
    if form.is_valid():
        given = form.cleaned_data
        tie = form.ties[given["tie"]]
        actions.record_word(
            study=found,
            student=tie.student,
            adult=tie.adult,
            decision=given["decision"],
            via=given["via"],
            pupil_agrees=given["pupil_agrees"],
            key=given["key"],
            by=viewer.user,
            at=viewer.at,
        )
        messages.success(request, _("Saved."))
        return redirect("surveys:study", pk)
    context = presenters.page(found, viewer, form)
    return render(request, "surveys/study.html", context, status=422 if form.is_bound else 200)


@require_POST
@runs
def end(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_study_for(request.user, pk, request.viewer.on)
    actions.end_study(study=found, by=request.user, at=request.viewer.at)
    messages.success(request, _("Ended. No answers go out any more."))
    return redirect("surveys:study", pk)
