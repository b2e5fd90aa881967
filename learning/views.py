"""Staff pages: the lessons, one lesson with who has read it, sending it, the plan of the term."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import languages
from core.downloads import download
from core.printing import A3_ZOOM, picture_of, printed, why_no_pdf
from core.requests import key_of
from delivery.queries import silent_schools
from learning import actions, policies, presenters, queries
from learning.exchange.presenters import of_lesson
from learning.forms import LetOutForm, PlanForm, SendForm, TakeBackForm, weekday_choices
from learning.models import Lesson, LessonPlan
from learning.voice.forms import RecordingForm
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.rules import VOICE_SECONDS

CARD_PIXELS = 1080  # side of a picture that messengers send without shrinking it
works_with_families = staff_required(Permission.WORK_CHECK_INS)
lets_out = staff_required(Permission.RELEASE_LESSONS)
sends = staff_required(Permission.SEND_LESSONS)


@require_safe
@works_with_families
def lessons(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    context = presenters.listed(viewer.school, viewer, request.GET.get("for", ""))
    return render(request, "learning/list.html", context)


@require_safe
@works_with_families
def lesson(request: SchoolRequest, pk: int) -> HttpResponse:
    return lesson_page(request, policies.get_lesson_at(request.viewer.school, pk))


def lesson_page(
    request: SchoolRequest,
    lesson: Lesson,
    form: LetOutForm | TakeBackForm | None = None,
    recording: RecordingForm | None = None,
) -> HttpResponse:
    """Show the lesson. `form`, `recording`: what was sent and has errors."""
    school = request.viewer.school
    context = presenters.shown(lesson, school, request.viewer) | of_lesson(lesson, school)
    context |= {
        "form": form or TakeBackForm(),
        "recording": recording or RecordingForm(initial={"language": languages.active()}),
        "voice_seconds": VOICE_SECONDS,
    }
    status = 422 if form or recording else 200
    return render(request, "learning/lesson.html", context, status=status)


@require_POST
@lets_out
def let_out(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    lesson = policies.get_lesson_at(school, pk)
    form = LetOutForm(request.POST)
    if not form.is_valid():
        return lesson_page(request, lesson, form)
    was_out = queries.is_out(lesson, school.pk)
    had_own = bool(queries.own_word(lesson, school.pk))
    seen = actions.Seen(form.cleaned_data["reading"], form.cleaned_data["heard"].split())
    try:
        is_new = actions.let_out(
            lesson=lesson, school=school, by=viewer.user, at=viewer.at, seen=seen
        )
    except (actions.SaidMeanwhile, actions.NotHeard) as news:
        form.add_news(news)
        return lesson_page(request, lesson, form)
    if is_new:
        said = presenters.let_out_words(lesson, was_out=was_out, had_own=had_own)
        messages.success(request, said)
    return redirect("learning:lesson", pk)


@require_POST
@lets_out
def take_back(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    lesson = policies.get_lesson_at(school, pk)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return lesson_page(request, lesson, form)
    reason = form.cleaned_data["reason"]
    if actions.take_back(lesson=lesson, school=school, reason=reason, by=viewer.user, at=viewer.at):
        said = _("Taken back. Nobody teaches it until it is approved again.")
        if not lesson.is_for_class:
            said = _(
                "Taken back. Waiting messages are cancelled, and families can no longer open it."
            )
        messages.success(request, said)
    return redirect("learning:lesson", pk)


@require_safe
@works_with_families
def poster(request: SchoolRequest, pk: int) -> HttpResponse:
    """Print the poster on A4, or on A3 (`?size=a3`)."""
    zoom = A3_ZOOM if request.GET.get("size") == "a3" else 1
    return _on_paper(request, pk, "learning/poster.html", is_for_class=False, zoom=zoom)


@require_safe
@works_with_families
def card(request: SchoolRequest, pk: int) -> HttpResponse:
    """Download a square picture for the chat groups of village and class."""
    lesson = _let_out(request, pk, is_for_class=False)
    if why_no_pdf():
        raise Http404
    context = presenters.on_paper(lesson, request.viewer.school)
    picture = picture_of(render_to_string("learning/card.html", context), CARD_PIXELS)
    return download(picture, "image/jpeg", f"{context['text']['topic']}.jpg")


@require_safe
@works_with_families
def group_sheet(request: SchoolRequest, pk: int) -> HttpResponse:
    return _on_paper(request, pk, "learning/group_sheet.html", is_for_class=False)


@require_safe
@works_with_families
def teacher_sheet(request: SchoolRequest, pk: int) -> HttpResponse:
    return _on_paper(request, pk, "learning/teacher_sheet.html", is_for_class=True)


@require_safe
@works_with_families
def handout(request: SchoolRequest, pk: int) -> HttpResponse:
    return _on_paper(request, pk, "learning/handout.html", is_for_class=True)


def _on_paper(
    request: SchoolRequest, pk: int, template: str, *, is_for_class: bool, zoom: float = 1
) -> HttpResponse:
    lesson = _let_out(request, pk, is_for_class=is_for_class)
    context = presenters.on_paper(lesson, request.viewer.school)
    return printed(render_to_string(template, context), context["text"]["topic"], zoom)


def _let_out(request: SchoolRequest, pk: int, *, is_for_class: bool) -> Lesson:
    lesson = policies.get_lesson_at(request.viewer.school, pk)
    if lesson.is_for_class != is_for_class or not queries.is_out(lesson, request.viewer.school.pk):
        raise Http404
    return lesson


@require_http_methods(["GET", "HEAD", "POST"])
@sends
def send(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    lesson = policies.get_lesson_at(school, pk)
    classes = list(policies.classes_sent_to_by(viewer.user, school, viewer.on))
    given = request.POST.get("class") or request.GET.get("class")
    fitting = [one for one in classes if one.pk == key_of(given)] if given else classes
    chosen = fitting[0] if fitting else None
    is_sent = lesson.place is not None and not lesson.is_for_class
    if chosen is None or not is_sent or not queries.is_out(lesson, school.pk):
        raise Http404
    children = list(policies.children_to_pick(viewer.user, chosen, viewer.on))
    is_silent = school.pk in silent_schools(viewer.at)
    form = SendForm(request.POST or None, children=children, is_silent=is_silent)
    if request.method != "POST" or not form.is_valid():
        picked = set(form["children"].value() or ())
        context: dict[str, Any] = {
            "lesson": lesson,
            "text": lesson.text(languages.active()),
            "audience": presenters.audience_words(lesson),
            "classes": classes,
            "chosen": chosen,
            "picks": [(one, str(one.pk) in picked) for one in children],
            "form": form,
        }
        status = 422 if request.method == "POST" else 200
        return render(request, "learning/send.html", context, status=status)
    students = form.cleaned_data["children"]
    if form.cleaned_data["whom"] == SendForm.WHOLE:
        students = policies.children_of(chosen, viewer.on).values_list("pk", flat=True)
    actions.send(lesson=lesson, school=school, student_ids=list(students), at=viewer.at)
    # A count of new recipients would reveal who of a few already had it.
    messages.success(
        request,
        _(
            "Sent to the adults it is meant for, in their own evening. Anyone who has had it is left out."
        ),
    )
    return redirect("learning:lesson", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@lets_out
def plan(request: SchoolRequest) -> HttpResponse:
    school = request.viewer.school
    known = LessonPlan.objects.filter(school=school).first()
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.set_plan(school=school, **form.cleaned_data)
        messages.success(request, presenters.plan_words(LessonPlan.objects.get(school=school)))
        return redirect("learning:list")
    context = {"form": form, "plan": known, "weekdays": weekday_choices()}
    status = 422 if request.method == "POST" else 200
    return render(request, "learning/plan.html", context, status=status)
