"""Staff pages of rounds: what to ask, a round and its results, a class that answers, one child."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.actions import record_access
from core import clock
from schools.policies import staff_required
from schools.queries import classes_on
from schools.requests import SchoolRequest
from schools.roles import Permission
from surveys import (
    actions,
    comparison,
    form_views,
    invitations,
    policies,
    queries,
    rules,
    wording,
)
from surveys.forms import LessonForm, RoundForm, ToDoForm
from surveys.models import Seat
from surveys.plans import actions as plan_actions
from surveys.plans.presenters import offered, planned_rows
from surveys.presenters import results, rounds

runs = staff_required(Permission.RUN_SURVEYS)
gives = staff_required(Permission.GIVE_SURVEYS)
counts = staff_required(Permission.VIEW_SURVEY_FIGURES)


@staff_required(Permission.GIVE_SURVEYS, Permission.VIEW_SURVEY_FIGURES, Permission.WRITE_QUESTIONS)
@require_safe
def index(request: SchoolRequest) -> HttpResponse:
    if request.htmx:  # from the row of Today about parts that are due: open the whole page
        return HttpResponseClientRedirect(request.path + "#planned")
    context = rounds.rounds_list(request.viewer)
    context["planned"] = planned_rows(request.viewer) if context["can_run"] else []
    return render(request, "surveys/list.html", context)


@runs
@require_safe
def instruments(request: SchoolRequest) -> HttpResponse:
    return render(
        request, "surveys/instruments.html", rounds.instruments_page(request.viewer.school)
    )


@runs
@require_safe
def instrument(request: SchoolRequest, name: str) -> HttpResponse:
    """Show the school's edition if there is one, else what we ship."""
    found = queries.instrument_named(name, request.viewer.school)
    if found is None:
        raise Http404
    return render(request, "surveys/instrument.html", rounds.instrument_page(found))


@runs
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    choices = queries.choices_for(viewer.school)
    form = RoundForm(
        request.POST or None,
        choices=[(one.value, wording.name_of(one.instrument)) for one in choices],
        ways={one.value: rules.ways_of(one.instrument) for one in choices},
        classes=classes_on(viewer.school, viewer.on),
        today=viewer.on,
        initial={
            "key": uuid.uuid4(),
            "choice": request.GET.get("choice", ""),
            "classes": request.GET.getlist("class"),
        },
    )
    plan: dict[str, Any] = {}
    if form.is_valid():
        opens = plan_actions.open_plan if "plan" in request.POST else actions.open_round
        try:
            opened = opens(school=viewer.school, by=request.user, at=viewer.at, **form.cleaned_data)
        except actions.Outdated:
            form.add_error("choice", wording.bring_the_words_again())
        except actions.NobodyToAsk:
            form.add_error("classes", wording.nobody_to_ask())
        except actions.TooLarge as refused:
            chosen = next(one for one in choices if one.value == form.cleaned_data["choice"])
            fitting = rules.children_that_fit(
                chosen.instrument, form.cleaned_data["talks_per_week"]
            )
            names = ("choice", "how", "classes", "due_on", "talks_per_week")
            asked = {name: form.cleaned_data[name] for name in names}
            plan = offered(
                school=viewer.school, instrument=chosen.instrument, at=viewer.at, **asked
            )
            form.add_error("talks_per_week", wording.too_large(refused.load, fitting))
            if plan["parts"]:
                form.add_error("talks_per_week", wording.or_as_a_plan())
        except actions.AskedLately as refused:
            form.add_error("again", wording.asked_lately(refused.lately, refused.instrument))
        else:
            return redirect("surveys:round", opened.pk)
    context = rounds.new_round_page(form, choices) | {"plan": plan}
    return render(request, "surveys/new.html", context, status=422 if form.is_bound else 200)


@runs
@require_safe
def round_page(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_round_to_run(request.user, pk, request.viewer.on)
    if request.htmx:  # from a row of Today: open the whole page
        return HttpResponseClientRedirect(request.path)
    context = results.round_page(found, request.user, request.viewer.at)
    _note_read(
        request,
        found.school_id,
        [row["seat"].student_id for row in (*context["urgent"], *context["look"])],
    )
    return render(request, "surveys/round.html", context)


def _note_read(request: SchoolRequest, school_id: int, student_ids: list[int]) -> None:
    record_access(
        by=request.user,
        school_id=school_id,
        student_ids=student_ids,
        what="survey",
        ip=request.META.get("REMOTE_ADDR"),
    )


@runs
@require_POST
def close(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_round_to_run(request.user, pk, request.viewer.on)
    actions.close_round(round_=found, by=request.user, at=request.viewer.at)
    messages.success(request, _("Closed. All answers are saved."))
    return redirect("surveys:round", pk)


@runs
@require_POST
def remind(request: SchoolRequest, pk: int) -> HttpResponse:
    """Remind families that have not answered, at most once a day."""
    found = policies.get_round_to_run(request.user, pk, request.viewer.on)
    at = request.viewer.at
    told = invitations.remind(round_=found, asked=queries.asked_in(found, at), at=at)
    if told:
        messages.success(request, wording.reminded(told))
    else:
        messages.info(
            request, _("We sent nothing: today's message has gone out, or everybody has answered.")
        )
    return redirect("surveys:round", pk)


@counts
@require_safe
def figures(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show figures of the whole round; once it is over, also by group (`?by=`)."""
    found = policies.get_round_figures(request.user, pk, request.viewer.on)
    is_over = not found.is_open(request.viewer.on)
    by = request.GET.get("by", "")
    if by in comparison.GROUPINGS and by and is_over and not found.asks_adults:
        return render(request, "surveys/groups.html", comparison.page(found, by))
    context = results.figures_page(found, request.viewer.at, is_over=is_over)
    context["tabs"] = comparison.tabs(found, "") if is_over else []
    return render(request, "surveys/figures.html", context)


@gives
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: SchoolRequest, pk: int, class_id: int) -> HttpResponse:
    """Show the class's seats. A post begins the lesson; a round outside lessons shows its forms."""
    at = clock.for_request(request)
    round_, school_class = policies.get_class_of_round(
        request.user, pk, class_id, request.viewer.on
    )
    if not round_.is_in_class:
        return form_views.class_forms(request, round_, school_class)
    form = LessonForm(request.POST or None, people=rounds.duty_choices(school_class, at))
    if form.is_valid():
        try:
            actions.begin_sitting(
                round_=round_,
                school_class=school_class,
                by=request.user,
                at=at,
                **form.cleaned_data,
            )
        except actions.Refused:
            messages.error(request, _("This round is over; nobody can answer any more."))
        return redirect("surveys:lesson", pk, class_id)
    context = rounds.lesson_page(round_, school_class, request.user, at) | {
        "form": form,
        "seat_url": request.build_absolute_uri(reverse("seat:enter")),
    }
    return render(request, "surveys/lesson.html", context, status=422 if form.is_bound else 200)


@gives
@require_POST
def end_lesson(request: SchoolRequest, pk: int, class_id: int) -> HttpResponse:
    at = clock.for_request(request)
    round_, school_class = policies.get_class_of_round(
        request.user, pk, class_id, request.viewer.on
    )
    sitting = queries.sitting_now(round_, school_class, at)
    if sitting:
        actions.end_sitting(sitting=sitting, at=at)
    return redirect("surveys:lesson", pk, class_id)


@runs
@require_safe
def child(request: SchoolRequest, pk: int) -> HttpResponse:
    if request.htmx:  # from a row of Today: open the whole page
        return HttpResponseClientRedirect(request.path)
    return _child_page(request, _seat(request, pk), ToDoForm())


@runs
@require_POST
def to_do(request: SchoolRequest, pk: int) -> HttpResponse:
    seat, form = _seat(request, pk), ToDoForm(request.POST)
    if not form.is_valid():
        return _child_page(request, seat, form, status=422)
    written = actions.write_to_do(
        seat=seat, words=form.cleaned_data["words"].strip(), by=request.user, at=request.viewer.at
    )
    words = _("The class teacher can see it now.") if written else _("Taken back.")
    messages.success(request, words)
    return redirect("surveys:child", pk)


@runs
@require_POST
def looked(request: SchoolRequest, pk: int) -> HttpResponse:
    actions.note_looked(seat=_seat(request, pk), by=request.user, at=request.viewer.at)
    messages.success(request, _("Saved. It is no longer on your Today page."))
    return redirect("surveys:child", pk)


@gives
@require_POST
def done(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record that the class teacher has done the task; its row on Today says so."""
    to_do = policies.get_to_do_for(request.user, pk, request.viewer.on)
    actions.note_done(to_do=to_do, by=request.user, at=request.viewer.at)
    if request.htmx:
        return render(request, "components/work_row.html", {"row": rounds.done_row(to_do)})
    return redirect("surveys:list")


def _seat(request: SchoolRequest, pk: int) -> Seat:
    return policies.get_seat_for(request.user, pk, request.viewer.on)


def _child_page(request: SchoolRequest, seat: Seat, form: ToDoForm, status=200) -> HttpResponse:
    _note_read(request, seat.school_id, [seat.student_id])
    context = results.child_page(seat, request.user, request.viewer.at) | {"form": form}
    return render(request, "surveys/child.html", context, status=status)
