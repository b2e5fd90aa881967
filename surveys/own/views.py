"""A school's own questions: write them, preview them as a child sees them, publish an edition."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.requests import key_of
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from surveys import policies, rules
from surveys.instruments import LANGUAGES
from surveys.models import OwnQuestionnaire
from surveys.own import actions as own_actions
from surveys.own import presenters
from surveys.own.forms import AboutForm, BeginForm

writes = staff_required(Permission.WRITE_QUESTIONS)


@writes
@require_http_methods(["GET", "HEAD", "POST"])
def own_list(request: SchoolRequest) -> HttpResponse:
    """List the questionnaires. A post begins a new one."""
    form = BeginForm(request.POST or None) if request.method == "POST" else None
    if form is not None and form.is_valid():
        viewer = request.viewer
        own = own_actions.begin(
            school=viewer.school, by=request.user, at=viewer.at, **form.cleaned_data
        )
        return redirect("surveys:own", own.pk)
    context = presenters.list_page(request.viewer, form)
    return render(request, "surveys/own/list.html", context, status=422 if form else 200)


@writes
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show all its questions, or one of them (`?q=`). A post carries out `act`."""
    found = policies.get_own_for(request.user, pk, request.viewer.on)
    act = ACTS.get(request.POST.get("act", "")) if request.method == "POST" else None
    if act is None:
        return _show(request, found)
    try:
        return act(request, found)
    except own_actions.ChangedMeanwhile as changed:
        return _show_newer(request, changed.now)


def _show(request: SchoolRequest, found: OwnQuestionnaire) -> HttpResponse:
    name = request.GET.get("q", "")
    context = presenters.question_page(found, name, None) if name else None
    if context:
        return render(request, "surveys/own/question.html", context)
    context = presenters.own_page(found, request.viewer)
    return render(request, "surveys/own/own.html", context)


def _show_newer(request: SchoolRequest, now: OwnQuestionnaire) -> HttpResponse:
    """Say that somebody has changed it. What was typed stays in its form; saved once more, it is kept."""
    name, act = request.GET.get("q", ""), request.POST.get("act")
    form = presenters.question_form(now, name, request.POST) if act == "question" else None
    context = presenters.question_page(now, name, form) if form else None
    if context:
        template, context["is_newer"] = "surveys/own/question.html", True
    else:
        about = AboutForm(request.POST) if act == "about" else None
        template, context = "surveys/own/own.html", presenters.own_page(now, request.viewer, about)
    if context["form"].is_bound:
        words = _(
            "%(name)s has changed the questionnaire in the meantime. What you wrote is below and is not"
            " saved yet. To keep it, save again."
        )
    else:
        words = _(
            "%(name)s has changed it in the meantime, so we did not save your change. This is the"
            " current version."
        )
    messages.error(request, words % {"name": now.changed_by.name})
    return render(request, template, context, status=409)


def _told(request: SchoolRequest) -> dict:
    """Return who changes it, when, and from which revision."""
    given = request.POST.get("revision", "")
    revision = key_of(given) or 0
    return {"revision": revision, "by": request.user, "at": request.viewer.at}


def _about(request: SchoolRequest, found: OwnQuestionnaire) -> HttpResponse:
    form = AboutForm(request.POST)
    if not form.is_valid():
        context = presenters.own_page(found, request.viewer, form)
        return render(request, "surveys/own/own.html", context, status=422)
    own_actions.describe(own=found, **form.said, **_told(request))
    messages.success(request, _("Saved."))
    return redirect("surveys:own", found.pk)


def _question(request: SchoolRequest, found: OwnQuestionnaire) -> HttpResponse:
    name = request.GET.get("q", "")
    form = presenters.question_form(found, name, request.POST)
    context = presenters.question_page(found, name, form)
    if context is None:
        raise Http404
    if not form.is_valid():
        return render(request, "surveys/own/question.html", context, status=422)
    said = form.cleaned_data
    try:
        own_actions.write_question(
            own=found,
            question="" if name == "new" else name,
            text=said["text"],
            drawn_as=said["drawn_as"],
            answers=said["answers"],
            second=said["second"],
            only_if=said["only_if"],
            **_told(request),
        )
    except own_actions.TooMany:
        form.add_error("text", _("It has forty questions, the maximum."))
        return render(request, "surveys/own/question.html", context, status=422)
    return redirect("surveys:own", found.pk)


def _arrange(request: SchoolRequest, found: OwnQuestionnaire) -> HttpResponse:
    """Move a question up or down, or remove it."""
    act, name = request.POST["act"], request.POST.get("q", "")
    if act == "drop":
        own_actions.drop_question(own=found, question=name, **_told(request))
        return redirect("surveys:own", found.pk)
    step = -1 if act == "up" else 1
    own_actions.move_question(own=found, question=name, step=step, **_told(request))
    return redirect(f"{reverse('surveys:own', args=[found.pk])}#{name}")


def _publish(request: SchoolRequest, found: OwnQuestionnaire) -> HttpResponse:
    try:
        own_actions.publish(own=found, **_told(request))
    except own_actions.NotReady:
        messages.error(request, _("You cannot publish it yet: something is missing."))
    else:
        messages.success(request, _("Published. This edition can no longer change."))
    return redirect("surveys:own", found.pk)


Act = Callable[[SchoolRequest, OwnQuestionnaire], HttpResponse]
ACTS: dict[str, Act] = {
    "about": _about,
    "question": _question,
    "up": _arrange,
    "down": _arrange,
    "drop": _arrange,
    "publish": _publish,
}


@writes
@require_http_methods(["GET", "HEAD", "POST"])
def own_preview(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show it as a child sees it, in either language.

    A tap saves nothing and leads to the next question; the last leads back.
    """
    found = policies.get_own_for(request.user, pk, request.viewer.on)
    instrument = presenters.instrument_of(found)
    if instrument is None:
        return redirect("surveys:own", found.pk)
    given = presenters.read_given(request.GET.get("given", ""), instrument)
    wanted = request.GET.get("language", "")
    language = wanted if wanted in LANGUAGES else ""
    if request.method == "POST":
        item = request.POST.get("item", "")
        given |= {item: request.POST.get("option", "")} if instrument.item(item) else {}
        following = rules.next_item(instrument.items_for(None, given), given, item)
        if following is None or not instrument.item(item):
            return redirect("surveys:own", found.pk)
        return redirect(presenters.preview_address(found, following.id, given, language))
    with translation.override(language or get_language()):
        name = request.GET.get("q", "")
        context = presenters.preview_page(found, instrument, name, given, language)
        return render(request, "surveys/own/preview.html", context)
