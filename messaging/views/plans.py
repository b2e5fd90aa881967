"""Pages for the next seven days of the school, a class or one child, and for a child's rhythm, pause and
dates.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.meanwhile import WrittenMeanwhile
from delivery.channels.wechat.taps import stocks_of
from messaging import actions, policies
from messaging.models import CheckInPlan
from messaging.plans.forms import AdultRhythmForm, MarkForm, PlanForm
from messaging.presenters import preview as words
from messaging.queries.preview import adults_not_asked, askable_adults, preview, without_plan
from messaging.views.board import number_of, works_check_ins
from schools.models import holds_on
from schools.policies import classes_visible_to
from schools.queries import classes_on
from schools.requests import SchoolRequest
from schools.roles import Permission
from schools.rollout.queries import days_ahead
from students.models import Student
from students.policies import students_visible_to


@require_safe
@works_check_ins
def next_days(request: SchoolRequest) -> HttpResponse:
    """Show the next days of every child that the viewer may see. `?class=` filters by class."""
    viewer, class_id = request.viewer, number_of(request, "class")
    seen = classes_visible_to(viewer.user, viewer.on)
    mine = classes_on(viewer.school, viewer.on).filter(pk__in=seen.values("pk"))
    if class_id and not mine.filter(pk=class_id).exists():
        raise Http404
    enrolled = Student.objects.filter(
        holds_on(viewer.on, "enrolments__"),
        enrolments__school_class__in=mine.filter(pk=class_id) if class_id else mine,
    )
    here = students_visible_to(viewer.user, viewer.on).filter(pk__in=enrolled.values("pk"))
    planned = CheckInPlan.objects.filter(ended_on=None).values("student_id")
    children = here.filter(pk__in=planned)
    context = words.next_days(
        preview(children, viewer.at), viewer.school, viewer.at, of_one_child=False
    )
    is_anybody_away = bool(context["days"] or context["left_out"])
    context["left_out"] += words.without_plan(
        *without_plan(here.exclude(pk__in=planned), viewer.on)
    )
    may_edit = viewer.can(Permission.EDIT_CHILDREN)
    context |= {"is_anybody_away": is_anybody_away, "may_edit": may_edit}
    context["ahead"] = days_ahead(viewer.school, viewer.on, seen)
    context |= {"classes": list(mine.order_by("grade__number", "number")), "class_id": class_id}
    return render(request, "messaging/next.html", context)


@require_http_methods(["GET", "POST"])
@works_check_ins
def plan(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_plan_for(viewer.user, student_id, viewer.on)
    form = PlanForm(request.POST or None, plan=found, today=viewer.on)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_rhythm(plan=found, by=viewer.user, at=viewer.at, **form.cleaned_data)
        except WrittenMeanwhile as newer:
            form.ask_to_replace(newer, request.user)
        else:
            messages.success(request, _("Saved."))
            return redirect("messaging:plan", student_id)
    return _plan_page(request, found, form)


def _plan_page(
    request: SchoolRequest,
    found: CheckInPlan,
    form: PlanForm | None = None,
    mark: MarkForm | None = None,
    own: AdultRhythmForm | None = None,
) -> HttpResponse:
    """Show each submitted form as it was sent, and the other forms with their current values."""
    viewer, student = request.viewer, found.student
    record_access(
        by=viewer.user,
        school_id=student.school_id,
        student_ids=[student.pk],
        what="check_ins",
        ip=request.META.get("REMOTE_ADDR"),
    )
    one = Student.objects.filter(pk=student.pk)
    asked = askable_adults(student, viewer.on)
    asked_ids = [held.adult_id for held in asked]
    form = form or PlanForm(None, plan=found, today=viewer.on)
    mark = mark or MarkForm(None, today=viewer.on)
    context: dict[str, Any] = {
        "student": student,
        "plan": found,
        "form": form,
        "mark": mark,
        "dates": student.marked_dates.filter(on__gte=viewer.on),
        "is_paused": found.paused_until is not None and found.paused_until >= viewer.on,
        "asked": words.asked_adults(asked, stocks_of(asked_ids), viewer.on, own),
        "not_asked": words.notes(adults_not_asked(student, viewer.on), viewer.on),
        **words.next_days(preview(one, viewer.at), viewer.school, viewer.at, of_one_child=True),
    }
    bad = form.is_bound or mark.is_bound or own is not None
    return render(request, "messaging/plan.html", context, status=422 if bad else 200)


@require_POST
@works_check_ins
def resume_plan(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_plan_for(viewer.user, student_id, viewer.on)
    actions.resume_asking(plan=found, by=viewer.user)
    messages.success(request, _("Questions resumed."))
    return redirect("messaging:plan", student_id)


@require_POST
@works_check_ins
def adult_rhythm(request: SchoolRequest, student_id: int, adult_id: int) -> HttpResponse:
    """Save how often we ask one adult, and their pause.

    Nothing is lost for the child: another parent is asked meanwhile, or the teacher gets a task.
    """
    viewer = request.viewer
    found = policies.get_plan_for(viewer.user, student_id, viewer.on)
    adult = policies.get_asked_adult_for(found, adult_id, viewer.on)
    form = AdultRhythmForm(request.POST, adult=adult, today=viewer.on)
    if not form.is_valid():
        return _plan_page(request, found, own=form)
    try:
        actions.set_adult_rhythm(
            adult=adult, by_family=form.keeps_own_word, by=viewer.user, **form.cleaned_data
        )
    except WrittenMeanwhile as newer:
        form.ask_to_replace(newer, request.user)
        return _plan_page(request, found, own=form)
    messages.success(request, _("Saved."))
    return redirect("messaging:plan", student_id)


@require_POST
@works_check_ins
def mark_date(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_plan_for(viewer.user, student_id, viewer.on)
    mark = MarkForm(request.POST, today=viewer.on)
    if not mark.is_valid():
        return _plan_page(request, found, mark=mark)
    actions.mark_date(
        school=found.school, student=found.student, by=viewer.user, **mark.cleaned_data
    )
    messages.success(request, _("Noted."))
    return redirect("messaging:plan", student_id)


@require_POST
@works_check_ins
def unmark_date(request: SchoolRequest, pk: int) -> HttpResponse:
    """Remove a child's date (by staff who work on its check-ins) or an exam (by staff who set check-ins)."""
    viewer = request.viewer
    found = policies.get_marked_date_for(viewer.user, pk, viewer.on)
    actions.unmark_date(marked=found)
    messages.success(request, _("%(label)s removed.") % {"label": found.label})
    if found.student_id:
        return redirect("messaging:plan", found.student_id)
    return redirect("messaging:ladder")
