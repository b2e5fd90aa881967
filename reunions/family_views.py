"""The family's pages about holidays: who comes home when, and how to live together again."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from guardians.models import Guardianship
from guardians.policies import family_page, guardianships_of
from guardians.requests import FamilyDoorRequest
from privacy import actions as privacy
from privacy.models import Consent, Purpose
from privacy.policies import adult_allows
from reunions import actions, presenters, queries
from reunions.forms import AskForm, PlanForm
from reunions.models import InfoAsked, ReunionPlan, Season, Topic
from uploads.actions import key_of_form


def _held(request: FamilyDoorRequest, student_id: int) -> Guardianship:
    """Return the reader's guardianship of the child; 404 if there is none."""
    on = timezone.localdate(clock.for_request(request))
    held = guardianships_of(request.adults, on).filter(student_id=student_id)
    row = held.select_related("student__school", "adult").order_by("kind", "pk").first()
    if row is None:
        raise Http404
    return row


@require_safe
@family_page
def home(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Show who will be at the table, and what the child knows about it."""
    held, on = _held(request, student_id), timezone.localdate(clock.for_request(request))
    season = queries.season_for_family(held.student.school, on)
    context = {"student": held.student, "is_parent": held.kind == Guardianship.Kind.PARENT}
    if season is not None:
        readers = list(request.adults)
        seats = queries.seats(held.student, season, readers, on)
        siblings = queries.siblings_at_table(held.student, readers, on)
        context |= presenters.table(held.student, season, seats, siblings, on)
    return render(request, "family/reunion.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def plan(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Edit a parent's own plan. Raises 404 for a carer, who may only read it."""
    held, on = _held(request, student_id), timezone.localdate(clock.for_request(request))
    season = queries.season_for_family(held.student.school, on)
    if held.kind != Guardianship.Kind.PARENT or season is None:
        raise Http404
    found = ReunionPlan.objects.filter(season=season, student=held.student, adult=held.adult)
    form = PlanForm(request.POST or None, instance=found.first(), season=season)
    if request.method == "POST" and form.is_valid():
        _save(request, held, season, form)
        messages.success(request, _("Saved. The teacher sees it."))
        return redirect("family_reunions:home", held.student_id)
    labels = {
        ReunionPlan.Travel.COMES: _("I am coming home"),
        ReunionPlan.Travel.CHILD_GOES: _("My child is coming to me"),
        ReunionPlan.Travel.NOT: _("Not this time"),
        ReunionPlan.Travel.OPEN: _("I do not know yet"),
    }
    chosen = form["travel"].value()
    context = {
        "student": held.student,
        "form": form,
        "title": presenters.season_title(season),
        "travel": [
            {"value": str(value.value), "label": label, "is_chosen": chosen == value.value}
            for value, label in labels.items()
        ],
        "shows_other": adult_allows(held.adult),
        "key": uuid.uuid4(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "family/reunion_plan.html", context, status=status)


def _save(request: FamilyDoorRequest, held: Guardianship, season: Season, form: PlanForm) -> None:
    at = clock.for_request(request)
    actions.save_plan(
        season=season,
        student=held.student,
        adult=held.adult,
        changes=form.cleaned_data,
        said_by=ReunionPlan.SaidBy.PARENT,
        at=at,
        by=request.user,
    )
    wants, allows = "show_other" in request.POST, adult_allows(held.adult)
    if wants == allows:
        return
    # The box below the form is the same consent as on the consent page, with its receipt.
    try:
        receipt = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        receipt = uuid.uuid4()
    privacy.record_consent(
        adult=held.adult,
        student=None,
        purpose=Purpose.OTHER_PARENT,
        decision=Consent.Decision.GIVEN if wants else Consent.Decision.REFUSED,
        via=Consent.Via.FAMILY_PAGE,
        key=receipt,
        at=at,
    )


@require_POST
@family_page
def told(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Record that the parent has told the child about the change. Repeating it changes nothing."""
    held, on = _held(request, student_id), timezone.localdate(clock.for_request(request))
    season = queries.season_for_family(held.student.school, on)
    plans = ReunionPlan.objects.filter(season=season, student=held.student, adult=held.adult)
    plan = plans.first()
    if plan is None or held.kind != Guardianship.Kind.PARENT:
        raise Http404
    if actions.note_child_told(plan=plan):
        messages.success(request, _("Thank you for telling your child yourself."))
    return redirect("family_reunions:home", student_id)


@require_safe
@family_page
def topics(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    held = _held(request, student_id)
    rows = [
        {"label": label, "url": reverse("family_reunions:topic", args=[student_id, value])}
        for value, label in Topic.choices
    ]
    context = {"student": held.student, "rows": rows}
    return render(request, "family/living_together.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def topic(request: FamilyDoorRequest, student_id: int, topic: str) -> HttpResponse:
    """Show the page for the parent's province, and a form to ask the school."""
    held = _held(request, student_id)
    if topic not in Topic.values:
        raise Http404
    form = AskForm(request.POST or None, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        actions.ask_school(
            student=held.student,
            adult=held.adult,
            topic=topic,
            words=form.cleaned_data["words"],
            key=key_of_form(form.cleaned_data),
            at=clock.for_request(request),
        )
        return redirect("family_reunions:topic", student_id, topic)
    pages = queries.info_pages(held.student.school, topic)
    asked = InfoAsked.objects.filter(student=held.student, adult__in=request.adults, topic=topic)
    at_home = queries.home_province(held.adult, timezone.localdate(clock.for_request(request)))
    context = presenters.topic_page(topic, pages, request.GET.get("province", at_home))
    context |= {"student": held.student, "form": form, "asked": asked[:5]}
    status = 422 if form.is_bound else 200
    return render(request, "family/living_together_topic.html", context, status=status)
