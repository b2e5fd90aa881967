"""Settings pages for a school's ladder: who is asked when, and which steps it uses."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging import actions, queries
from messaging.ladder.forms import LadderForm, TrialForm
from messaging.ladder.replay import replay
from messaging.models import MarkedDate
from messaging.plans.forms import MarkForm, OccasionsForm
from messaging.presenters.ladder import by_step, tried_out_rows
from messaging.queries.occasions import occasion_days
from messaging.queries.past_questions import past_months
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

sets_check_ins = staff_required(Permission.SET_CHECK_INS)


@require_http_methods(["GET", "POST"])
@sets_check_ins
def ladder(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    own = queries.ladder_of(viewer.school.pk)
    texts = queries.ladder_words_of(viewer.school.pk)
    form = LadderForm(request.POST or None, ladder=own, words=texts, school=viewer.school)
    if "try" in request.POST:
        # Compare the school's recent months under the form's values with the current settings. Nothing is
        # saved.
        trial = TrialForm(request.POST)
        if not all([form.is_valid(), trial.is_valid()]):
            return _page(request, form=form, trial=trial)
        said, past = trial.cleaned_data, past_months(viewer.school, viewer.at)
        now = replay(past.families, own, viewer.school.check_in_every_days, past.until)
        tried = replay(past.families, form.ladder, said["every_days"], past.until)
        tried_out = {"past": past, "rows": tried_out_rows(now, tried, said["fen"])}
        return _page(request, tried_out=tried_out, form=form, trial=trial)
    if request.method == "POST" and form.is_valid():
        actions.set_ladder(
            school=viewer.school,
            ladder=form.ladder,
            words=form.words,
            by=viewer.user,
            at=viewer.at,
        )
        messages.success(request, _("Saved. This applies from the next step of every question."))
        return redirect("messaging:ladder")
    if "past" in request.GET:  # on demand: it reads each question of a term
        past = past_months(viewer.school, viewer.at)
        return _page(request, by_step={"past": past, "rows": by_step(past)})
    return _page(request, form=form)


def _page(
    request: SchoolRequest,
    tried_out: dict[str, Any] | None = None,
    by_step: dict[str, Any] | None = None,
    **bound: Form,
) -> HttpResponse:
    """Show all of a school's settings for check-ins.

    `bound` are the submitted forms; they contain errors, except when the ladder was `tried_out`.
    """
    viewer = request.viewer
    school_id, today = viewer.school.pk, viewer.on
    own, texts = queries.ladder_of(school_id), queries.ladder_words_of(school_id)
    context = {
        "form": LadderForm(None, ladder=own, words=texts, school=viewer.school),
        "trial": TrialForm(initial={"every_days": viewer.school.check_in_every_days}),
        "tried_out": tried_out,
        "by_step": by_step,
        "occasions": OccasionsForm(None, days=occasion_days(school_id)),
        "exam": MarkForm(None, today=today),
        "exams": MarkedDate.objects.filter(school=viewer.school, student=None, on__gte=today),
        "is_own": queries.has_own_ladder(school_id),
        "days_to_teacher": own.days_to_teacher,
        "settings_tab": "messaging:ladder" if viewer.can(Permission.EDIT_SCHOOL) else "",
        **bound,
    }
    is_bad = tried_out is None and any(form.is_bound for form in bound.values())
    return render(request, "messaging/ladder.html", context, status=422 if is_bad else 200)


@require_POST
@sets_check_ins
def to_default(request: SchoolRequest) -> HttpResponse:
    actions.reset_ladder(school=request.viewer.school)
    messages.success(request, _("The default applies again."))
    return redirect("messaging:ladder")


@require_POST
@sets_check_ins
def occasions(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    form = OccasionsForm(request.POST, days=occasion_days(viewer.school.pk))
    if not form.is_valid():
        return _page(request, occasions=form)
    actions.set_occasions(school=viewer.school, days=form.days, by=viewer.user)
    messages.success(request, _("Saved. This applies to all later questions."))
    return redirect("messaging:ladder")


@require_POST
@sets_check_ins
def add_exam(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    form = MarkForm(request.POST, today=viewer.on)
    if not form.is_valid():
        return _page(request, exam=form)
    actions.mark_date(school=viewer.school, student=None, by=viewer.user, **form.cleaned_data)
    messages.success(request, _("Noted."))
    return redirect("messaging:ladder")
