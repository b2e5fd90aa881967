"""The owner's page of a plan, its prints, and the tick of a colleague who does part of it."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.addresses import page_above
from core.printing import printed as as_pdf
from core.printing import why_no_pdf
from counselling import secrecy
from counselling.cases import policies as cases
from counselling.cases import presenters as case_presenters
from counselling.cases.actions import CaseClosed
from counselling.cases.policies import keeping, reading
from counselling.models import Case, Measure, SupportPlan
from counselling.plans import actions, looks, policies, presenters, queries
from counselling.plans.forms import LookForm, ReviewForm
from counselling.plans.work import work_key
from schools.policies import staff_required, today_in
from schools.requests import SchoolRequest
from schools.roles import Permission


@reading
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: SchoolRequest, pk: int) -> HttpResponse:
    """GET shows the plan to everybody who may see the case; POST adds a measure, for the owner."""
    at = clock.for_request(request)
    if request.method == "POST":
        case, party = cases.get_case_to_write(request.user, pk, at), request.POST.get("party", "")
        if party not in Measure.Party.values:
            return _page(request, case, 422, problem=_("Nothing was added. Please look again."))
        form = presenters.measure_form(case, party, at, request.POST)
        if party == Measure.Party.VILLAGE and not policies.village_may_know(case, at):
            form.add_error("words", _("The family does not want us to tell the village."))
        if form.is_valid():
            try:
                actions.add_measure(case=case, by=request.user, at=at, **form.act)
                return _back(case, party)
            except secrecy.NoKey:
                form.add_error("words", case_presenters.no_key_text())
            except CaseClosed:
                form.add_error(None, case_presenters.closed_text())
        return _page(request, case, 422, bad_form=form)
    found = cases.get_case_for(request.user, pk, at)
    if request.htmx:  # from a row of Today: nothing is opened inside a list
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    return _page(request, found)


@keeping
@require_POST
def state(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show the plan to its parties, review it, end it, or ask a colleague for a look."""
    at = clock.for_request(request)
    case = cases.get_case_to_write(request.user, pk, at)
    found, to = queries.running_plan(case), request.POST.get("to", "")
    if found is None or to not in ("share", "review", "end", "ask"):
        return _page(request, case, 422, problem=_("There is nothing left to do here."))
    if to == "end":
        actions.end(plan=found, by=request.user, at=at)
        messages.success(
            request, _("The plan has ended. Nobody sees it or gets reminders any more.")
        )
        return _back(case)
    if to == "ask":
        asked = presenters.ask_form(case, at, request.POST)
        if not asked.is_valid():
            return _page(request, case, 422, ask_form=asked)
        try:
            looks.ask(plan=found, by=request.user, whom=asked.cleaned_data["user"], at=at)
        except CaseClosed:
            return _page(request, case, 422, problem=case_presenters.closed_text())
        except secrecy.NoKey:
            return _page(request, case, 422, problem=case_presenters.no_key_text())
        return _back(case)
    form = ReviewForm(request.POST, today=today_in(case.school, at))
    if not form.is_valid():
        return _page(request, case, 422, review_form=form)
    return _go_on(request, found, to, form.cleaned_data["review_on"])


@reading
@require_POST
def agree(request: SchoolRequest, pk: int) -> HttpResponse:
    """The second person, let in by the owner, agrees to the plan or sends it back."""
    at = clock.for_request(request)
    case = cases.get_case_for(request.user, pk, at)
    found = queries.running_plan(case)
    if found is None or not cases.may_agree(request.user, case, at):
        raise Http404
    form = LookForm(request.POST)
    if not form.is_valid():
        return _page(request, case, 422, look_form=form)
    try:
        looks.answer(plan=found, by=request.user, at=at, **form.cleaned_data)
    except looks.OtherPlan:
        words = _("The plan has changed since: please read it again.")
        said = {"mark": looks.mark_of(found), "words": form.cleaned_data["words"]}
        return _page(request, case, 422, problem=words, look_form=LookForm(initial=said))
    except secrecy.NoKey:
        form.add_error("words", case_presenters.no_key_text())
        return _page(request, case, 422, look_form=form)
    return _back(case)


def _go_on(request: SchoolRequest, found: SupportPlan, to: str, review_on) -> HttpResponse:
    at, case = clock.for_request(request), found.case
    try:
        act = actions.share if to == "share" else actions.review
        act(plan=found, by=request.user, review_on=review_on, at=at)
    except actions.NothingToShare:
        return _page(request, case, 422, problem=_("Everybody has seen their part already."))
    except actions.NotAgreed:
        words = _("At this school a second person checks the plan first and has not agreed yet.")
        return _page(request, case, 422, problem=words)
    except actions.DayIsOver:
        words = _(
            "Nothing was shown: something new has a day that is already past. Remove it and write it again."
        )
        return _page(request, case, 422, problem=words)
    except CaseClosed:
        return _page(request, case, 422, problem=case_presenters.closed_text())
    if to == "share":
        messages.success(request, _("Each of them now sees their own part, and nothing else."))
    return _back(case)


@keeping
@require_POST
def measure(request: SchoolRequest, pk: int, measure_id: uuid.UUID) -> HttpResponse:
    """Let the owner tick it for a party that told them, take the tick back, or drop the measure."""
    at = clock.for_request(request)
    case = cases.get_case_to_write(request.user, pk, at)
    found, to = policies.measure_of_case(case, measure_id), request.POST.get("to", "")
    if to == "done" and found.shared_at:
        actions.tick(measure=found, by_user=request.user, at=at)
    elif to == "undo":
        actions.untick(measure=found, at=at)
    elif to == "drop":
        actions.drop(measure=found, by=request.user, at=at)
    else:
        return _page(request, case, 422, problem=_("Nothing was changed. Please look again."))
    return _back(case, found.party)


@reading
@require_safe
def printed(request: SchoolRequest, pk: int) -> HttpResponse:
    """Print the plan for signature.

    It is a PDF or, if this server makes none, a page for the browser to print.
    """
    at = clock.for_request(request)
    case = cases.get_case_of(request.user, pk, at)
    found, wanted = queries.running_plan(case), request.GET.get("for", presenters.ALL)
    if found is None or wanted not in [presenters.ALL, *Measure.Party.values]:
        raise Http404
    if looks.is_held(found, at):  # a print would show it just as a page does
        raise Http404
    presenters.note_reading(
        case, request.user, request.META.get("REMOTE_ADDR"), f"plan print {wanted}"
    )
    context = {
        "sheets": presenters.sheets(found, wanted, at),
        "is_joint": wanted == presenters.ALL,
        "school": case.school.name,
        "made_by": request.viewer.user.name,
        "made_on": timezone.localtime(at),
        "is_screen": bool(why_no_pdf()),
        "back_url": reverse("counselling:plan", args=[case.pk]),
    }
    page = render_to_string("counselling/plan_print.html", context, request)
    day = f"{today_in(case.school, at):%Y-%m-%d}"
    return as_pdf(page, _("Agreed %(day)s") % {"day": day})


@never_cache
@staff_required(Permission.HANDLE_CONCERNS)
@require_POST
def done(request: SchoolRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Tick off a colleague's own part, from Today or the child's page."""
    viewer, at = request.viewer, clock.for_request(request)
    found = policies.one_of(policies.measures_of_colleague(viewer.user, at), measure_id)
    actions.tick(measure=found, by_user=viewer.user, at=at)
    words = presenters.plain_words(found)
    if request.htmx:
        shown = {
            "key": work_key(found),
            "name": found.student.name,
            "url": page_above("child", found.student_id),
            "why": words,
            "state": "done",
            "acts": [],
        }
        return render(request, "components/work_row.html", {"row": shown})
    messages.success(request, _("Done: %(words)s") % {"words": words})
    return redirect(page_above("today"))


def _page(request: SchoolRequest, case: Case, status: int = 200, **more) -> HttpResponse:
    at = clock.for_request(request)
    context = presenters.plan_context(case, request.user, at, request.META.get("REMOTE_ADDR"))
    if bad := more.pop("bad_form", None):
        for part in context["parties"]:
            if part["party"] == bad.data.get("party"):
                part["form"] = bad
    return render(request, "counselling/plan.html", context | more, status=status)


def _back(case: Case, part: str = "main") -> HttpResponse:
    return redirect(f"{reverse('counselling:plan', args=[case.pk])}#{part}")
