"""Staff pages: the inbox and its conversations."""

from http.client import NO_CONTENT
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.addresses import page_above
from core.requests import count_of, key_of
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.policies import get_student_for
from threads import actions, policies, presenters, queries
from threads.forms import BeginFromSchoolForm, HandOverForm, ReasonForm, SayForm
from threads.models import Thread
from uploads.responses import serve
from uploads.rules import PHOTO_BYTES, VOICE_BYTES, VOICE_SECONDS

works_with_families = staff_required(Permission.WORK_CHECK_INS)
LIMITS = {"seconds": VOICE_SECONDS, "voice_bytes": VOICE_BYTES, "photo_bytes": PHOTO_BYTES}


def _inbox(request: SchoolRequest, current: int | None = None) -> dict[str, Any]:
    query = " ".join(request.GET.get("q", "").split())[:60]
    return presenters.inbox(
        request.viewer,
        request.GET.get("tab", ""),
        query,
        current,
        count_of(request.GET.get("skip")),
    )


@require_safe
@works_with_families
def inbox(request: SchoolRequest) -> HttpResponse:
    return render(request, "threads/inbox.html", _inbox(request))


@require_safe
@works_with_families
def thread(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show one conversation beside the list. A colleague's opens only after the user gives a reason.

    A page sends its state as `have`. If it is up to date, nothing is read or recorded.
    """
    viewer = request.viewer
    found = policies.get_thread_known_to(viewer.user, pk, viewer.on)
    if not policies.is_readable(viewer.user, found, viewer.on, viewer.at):
        return _closed(request, found, ReasonForm())
    have = request.GET.get("have")
    if have and have == queries.state_of(found, is_staff=True):
        return HttpResponse(status=NO_CONTENT)
    return _open(request, found)


def _open(
    request: SchoolRequest, found: Thread, form: SayForm | None = None, status: int = 200
) -> HttpResponse:
    viewer = request.viewer
    context = presenters.conversation(viewer, found, form, key_of(request.GET.get("before")) or 0)
    actions.note_seen_by_staff(
        thread=found, user=viewer.user, messages=context["talk"].messages, at=viewer.at
    )
    _note_access(request, found)
    context |= _inbox(request, found.pk) | LIMITS
    return render(request, "threads/inbox.html", context, status=status)


def _note_access(request: SchoolRequest, found: Thread) -> None:
    if found.student_id:
        record_access(
            by=request.viewer.user,
            school_id=found.school_id,
            student_ids=[found.student_id],
            what="messages",
            ip=request.META.get("REMOTE_ADDR"),
        )


def _closed(
    request: SchoolRequest, found: Thread, form: ReasonForm, status: int = 200
) -> HttpResponse:
    people = queries.people_of(found)
    context = {
        "closed": found,
        "title": presenters.title_of(found, people, presenters.relations_of(found, people)),
        "since": presenters.when(
            found.waiting_since or found.last_at, request.viewer.at, found.school.time_zone
        ),
        "reason_form": form,
    }
    return render(request, "threads/inbox.html", context | _inbox(request, found.pk), status=status)


@require_POST
@works_with_families
def read(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_thread_known_to(viewer.user, pk, viewer.on)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _closed(request, found, form, status=422)
    reason = form.cleaned_data["reason"]
    actions.open_with_reason(thread=found, user=viewer.user, reason=reason, at=viewer.at)
    return redirect("threads:thread", pk)


@require_POST
@works_with_families
def say(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_thread_in_hand(viewer.user, pk, viewer.on)
    form = SayForm(request.POST, request.FILES)
    if not _is_said(form, found, viewer):
        return _open(request, found, form, status=422)
    return redirect(f"{reverse('threads:thread', args=[pk])}#end")


def _is_said(form: SayForm, found: Thread, viewer) -> bool:
    if not form.is_valid():
        return False
    try:
        actions.say_from_school(
            thread=found, said=form.said, by=viewer.user, at=viewer.at, as_seen=True
        )
    except actions.StaleKey:
        form.add_error("key", _("Please open this page again."))
        return False
    return True


@require_http_methods(["GET", "POST"])
@works_with_families
def reply(request: SchoolRequest, pk: int) -> HttpResponse:
    """Answer in place on Today; without htmx redirect to the conversation."""
    viewer = request.viewer
    found = policies.get_thread_in_hand(viewer.user, pk, viewer.on)
    if not request.htmx:
        return redirect("threads:thread", pk)
    form = SayForm(request.POST) if request.method == "POST" else None
    if form is not None and _is_said(form, found, viewer):
        found.refresh_from_db(fields=["state"])
        state, words = "done", _("Answered: %(words)s")
        if found.state == Thread.State.WAITING_SCHOOL:
            state = "in_hand"
            words = _("Answered: %(words)s. The family has written more: please read it.")
        row = _work_row(request, found, state, words % {"words": form.cleaned_data["text"][:60]})
        return render(request, "components/work_row.html", {"row": row})
    people = queries.people_of(found)
    relations = presenters.relations_of(found, people)
    talk = queries.conversation(found)
    actions.note_seen_by_staff(
        thread=found, user=viewer.user, messages=talk.messages[-3:], at=viewer.at
    )
    _note_access(request, found)
    context: dict[str, Any] = {
        "thread": found,
        "title": presenters.title_of(found, people, relations),
        "bubbles": presenters.bubbles(talk, presenters.reader_of(viewer), people, relations)[-3:],
        "told_when": presenters.told_when(people, relations, presenters.reader_of(viewer)),
        "form": form,
        "key": form.fresh_key if form else uuid4(),
    }
    if form is None:
        return render(request, "threads/_reply.html", context)
    inplace = render_to_string("threads/_reply.html", context, request)
    row = _work_row(request, found, "in_hand", context["title"])
    shown = {"row": row, "inplace": inplace}
    return render(request, "components/work_row.html", shown, status=422)


def _work_row(request: HttpRequest, found: Thread, state: str, words: str) -> dict[str, Any]:
    url = reverse("threads:thread", args=[found.pk])
    people = queries.people_of(found)
    name = found.student.name if found.student else people[0].name if people else ""
    return {
        "key": f"thread-{found.pk}",
        "name": name,
        "url": page_above("child", found.student_id) if found.student_id else url,
        "why": words,
        "when": "",
        "state": state,
        "acts": [{"label": _("Open"), "url": url, "tone": "plain", "is_link": True}],
    }


@require_http_methods(["GET", "POST"])
@works_with_families
def hand_over(request: SchoolRequest, pk: int) -> HttpResponse:
    """Hand the thread over to a colleague, with a note; in place or on a page."""
    viewer = request.viewer
    found = policies.get_thread_known_to(viewer.user, pk, viewer.on)
    colleagues = policies.colleagues(found.school, found.student, viewer.on)
    colleagues = colleagues.exclude(pk=found.owner_id) if found.owner_id else colleagues
    if not policies.is_readable(viewer.user, found, viewer.on, viewer.at):
        # Handing it over to oneself would mean reading it without a reason.
        colleagues = colleagues.exclude(pk=viewer.user.pk)
    data = request.POST if request.method == "POST" else None
    form = HandOverForm(data, colleagues=colleagues)
    if data is None or not form.is_valid():
        return _hand_over_form(request, found, form)
    actions.hand_over(thread=found, by=viewer.user, at=viewer.at, **form.cleaned_data)
    to = form.cleaned_data["to"]
    words = _("%(name)s answers from now on.") % {"name": to.name}
    if request.htmx:
        row = _work_row(request, found, "handed_over", words)
        return render(request, "components/work_row.html", {"row": row})
    messages.success(request, words)
    if policies.is_readable(viewer.user, found, viewer.on, viewer.at):
        return redirect("threads:thread", pk)
    return redirect("threads:inbox")


def _hand_over_form(request: SchoolRequest, found: Thread, form: HandOverForm) -> HttpResponse:
    people = queries.people_of(found)
    title = presenters.title_of(found, people, presenters.relations_of(found, people))
    context = {"thread": found, "form": form, "title": title, "key": uuid4()}
    status = 422 if form.is_bound else 200
    if not request.htmx:
        return render(request, "threads/hand_over.html", context, status=status)
    if not form.is_bound:
        return render(request, "threads/_hand_over.html", context)
    inplace = render_to_string("threads/_hand_over.html", context, request)
    row = _work_row(request, found, "in_hand", title)
    context = {"row": row, "inplace": inplace}
    return render(request, "components/work_row.html", context, status=status)


@require_POST
@works_with_families
def done(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_thread_in_hand(viewer.user, pk, viewer.on)
    if not actions.finish(thread=found, by=viewer.user, at=viewer.at):
        messages.warning(request, _("The family has written again. Please read it first."))
        return redirect(f"{reverse('threads:thread', args=[pk])}#end")
    undo = reverse("threads:again", args=[pk])
    words = _("Done. A new message from the family opens it again.")
    messages.success(request, words, extra_tags=f"undo:{undo}")
    return redirect("threads:inbox")


@require_POST
@works_with_families
def again(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_thread_in_hand(viewer.user, pk, viewer.on)
    actions.reopen(thread=found, by=viewer.user, at=viewer.at)
    return redirect("threads:thread", pk)


@require_POST
@works_with_families
def people(request: SchoolRequest, pk: int) -> HttpResponse:
    """Add another adult of the family, who can then also read earlier messages."""
    viewer = request.viewer
    found = policies.get_thread_in_hand(viewer.user, pk, viewer.on)
    number = key_of(request.POST.get("adult", "")) or 0
    family = found.student and policies.who_may_be_written_to(found.student, viewer.on)
    held = family.filter(adult_id=number).first() if family else None
    if held is None:
        messages.error(request, _("This adult cannot be added."))
        return redirect("threads:thread", pk)
    actions.add_adult(thread=found, adult=held.adult, by=viewer.user, at=viewer.at)
    return redirect("threads:thread", pk)


@require_http_methods(["GET", "POST"])
@works_with_families
def begin(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Let a member of staff write first to the family of one child."""
    viewer = request.viewer
    student = get_student_for(viewer.user, student_id, viewer.on)
    family = list(policies.who_may_be_written_to(student, viewer.on))
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = BeginFromSchoolForm(*data, family=family)
    if request.method == "POST" and form.is_valid():
        try:
            message = actions.begin_from_school(
                student=student, adults=form.chosen, said=form.said, by=viewer.user, at=viewer.at
            )
        except actions.StaleKey:
            form.add_error("key", _("Please open this page again."))
        else:
            return redirect(f"{reverse('threads:thread', args=[message.thread_id])}#end")
    context = {
        "student": student,
        "family": family,
        "form": form,
        "key": form.fresh_key,
        "phrases": list(policies.phrases_for(viewer.user, student.school)),
        **LIMITS,
    }
    return render(request, "threads/new.html", context, status=422 if form.is_bound else 200)


@require_safe
@works_with_families
def file(request: SchoolRequest, pk: int, kind: str) -> HttpResponse:
    viewer = request.viewer
    message = policies.get_message_for(viewer.user, pk, viewer.on, viewer.at)
    upload = {"photo": message.photo, "voice": message.voice}.get(kind)
    if upload is None:
        raise Http404
    if kind == "voice":
        actions.note_heard(message=message, user=viewer.user, at=viewer.at)
    return serve(upload, request)
