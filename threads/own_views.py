"""The user's own quiet hours and phrases, and the school's for those who may edit it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from schools import actions as school_actions
from schools import queries as school_queries
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from threads import actions, policies
from threads.forms import HoursForm, PhraseForm

works_with_families = staff_required(Permission.WORK_CHECK_INS)
OWN, SCHOOL = "own", "school"


@require_safe
@works_with_families
def own(request: SchoolRequest) -> HttpResponse:
    return _page(request)


def _page(request: SchoolRequest, status: int = 200, **forms: Any) -> HttpResponse:
    viewer = request.viewer
    is_editor = viewer.can(Permission.EDIT_SCHOOL)
    context = {
        "hours_form": _hours_form(viewer, viewer.user),
        "school_form": _hours_form(viewer, None) if is_editor else None,
        "has_own": school_queries.has_own_hours(viewer.user, viewer.school),
        "phrase_form": PhraseForm(),
        "phrases": list(policies.phrases_for(viewer.user, viewer.school)),
        "is_editor": is_editor,
    }
    return render(request, "threads/own.html", context | forms, status=status)


def _hours_form(viewer, user) -> HoursForm:
    quiet = school_queries.quiet_hours_of(user, viewer.school)
    pings = school_queries.wants_pings(user, viewer.school) if user else True
    initial = {"quiet_from": quiet.starts, "quiet_until": quiet.ends, "wants_pings": pings}
    return HoursForm(initial=initial, prefix=OWN if user else SCHOOL)


@require_POST
@works_with_families
def hours(request: SchoolRequest, whose: str) -> HttpResponse:
    viewer = request.viewer
    if whose not in (OWN, SCHOOL) or (whose == SCHOOL and not viewer.can(Permission.EDIT_SCHOOL)):
        raise Http404
    user = viewer.user if whose == OWN else None
    if "default" in request.POST:
        school_actions.use_default_quiet_hours(school=viewer.school, user=user)
        return redirect("threads:own")
    form = HoursForm(request.POST, prefix=whose)
    if not form.is_valid():
        name = "hours_form" if whose == OWN else "school_form"
        return _page(request, status=422, **{name: form})
    school_actions.keep_quiet_hours(
        school=viewer.school, user=user, by=viewer.user, **form.cleaned_data
    )
    messages.success(request, _("Saved."))
    return redirect("threads:own")


@require_POST
@works_with_families
def add_phrase(request: SchoolRequest) -> HttpResponse:
    viewer, form = request.viewer, PhraseForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, phrase_form=form)
    is_for_all = form.cleaned_data["for_school"] and viewer.can(Permission.EDIT_SCHOOL)
    actions.add_phrase(
        school=viewer.school,
        user=None if is_for_all else viewer.user,
        text=form.cleaned_data["text"],
        by=viewer.user,
    )
    return redirect(f"{reverse('threads:own')}#phrases")


def _phrase(request: SchoolRequest, pk: int):
    viewer = request.viewer
    may_edit = viewer.can(Permission.EDIT_SCHOOL)
    return policies.get_phrase_for(viewer.user, pk, viewer.school, may_edit)


@require_POST
@works_with_families
def retire_phrase(request: SchoolRequest, pk: int) -> HttpResponse:
    actions.retire_phrase(phrase=_phrase(request, pk), by=request.viewer.user, at=request.viewer.at)
    undo = reverse("threads:restore_phrase", args=[pk])
    messages.success(request, _("Taken away."), extra_tags=f"undo:{undo}")
    return redirect("threads:own")


@require_POST
@works_with_families
def restore_phrase(request: SchoolRequest, pk: int) -> HttpResponse:
    actions.restore_phrase(phrase=_phrase(request, pk), by=request.viewer.user)
    return redirect("threads:own")
