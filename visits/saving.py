"""Save what came of a visit, for the pages of the school and of the village."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.days import short_day
from core.offline import accepted, conflict, form_refused, is_from_queue
from schools.policies import StaffRequest
from uploads.actions import key_of_form
from visits import actions
from visits.forms import RecordForm
from visits.models import Visit


def save_record(
    request: StaffRequest,
    found: Visit,
    form: RecordForm,
    template: str,
    context: dict,
    next_url: str,
) -> HttpResponse:
    """Save the outcome and redirect to `next_url`, or show the problem and keep all input."""
    if not form.is_valid():
        if is_from_queue(request):
            return form_refused(form)
        return render(request, template, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    data = form.cleaned_data
    try:
        actions.record_visit(
            visit=found,
            by=request.user,
            at=request.viewer.at,
            visited_on=data["visited_on"],
            outcome=data["outcome"],
            met=[int(pk) for pk in data["met"]],  # type: ignore[misc]
            facts=data["facts"],
            words=data["words"],
            agreed=form.agreed,
            next_on=data["next_on"],
            key=key_of_form(data),
        )
    except (actions.AlreadyRecorded, actions.ChildLeft) as problem:
        words = problem_words(problem, request.viewer.on)
        if is_from_queue(request):
            return conflict(words)
        return render(request, template, context | {"problem": words}, status=HTTPStatus.CONFLICT)
    if not is_from_queue(request):
        messages.success(request, _("Visit saved."))
    return accepted(request, next_url)


def problem_words(problem: actions.AlreadyRecorded | actions.ChildLeft, on) -> str:
    if isinstance(problem, actions.AlreadyRecorded):
        by = problem.visit.recorded_by
        return _(
            "%(name)s has already recorded this visit (%(outcome)s). Your text is still here; "
            "nothing was changed."
        ) % {"name": by.name if by else "", "outcome": problem.visit.get_outcome_display()}
    if problem.left_on:
        return _(
            "The child left the school on %(day)s. A visit after that day cannot be written down here; "
            "one before it can."
        ) % {"day": short_day(problem.left_on, on)}
    return _("The child was not at this school yet on this day. Check the date.")
