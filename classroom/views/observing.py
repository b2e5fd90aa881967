"""Pages to write a note in ten seconds on a phone, also offline."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.history import changes_of
from classroom import actions, policies
from classroom.around import observing, status_of, whole_page
from classroom.forms import PLACES, ObservationForm, observation_initial
from classroom.models import Observation
from classroom.pictures.policies import may_picture, pictures_visible_to
from classroom.pictures.queries import with_names
from classroom.presenters import tapped, tell_words
from classroom.queries import adults_to_tell
from classroom.queries.observing import children_sharing
from core.addresses import page_above
from core.offline import accepted, conflict, form_refused, is_from_queue
from core.requests import key_of
from core.sentences import in_a_row
from privacy.models import Purpose
from privacy.policies import is_allowed
from schools.policies import own_class_ids
from schools.requests import SchoolRequest
from students.models import Student
from students.opening import note_read
from students.queries import class_of, with_class
from uploads.responses import serve
from uploads.rules import VOICE_SECONDS, BadUpload

CORRECTED_FIELDS = ["words", "place"]


def _allowed(student: Student, at) -> list[str]:
    purposes = {"photo": Purpose.PHOTO, "voice": Purpose.VOICE}
    return [name for name, purpose in purposes.items() if is_allowed(student, purpose, at)]


@observing
@require_http_methods(["GET", "HEAD", "POST"])
@whole_page
def pick(request: SchoolRequest) -> HttpResponse:
    """Show the viewer's children to choose from, with the form behind it.

    A phone stores this page for times without a network. It holds the children's names and nothing else
    about them.
    """
    if request.method == "POST":
        chosen = key_of(request.POST.get("student"))
        if chosen is None:
            return _picker(
                request, HTTPStatus.UNPROCESSABLE_ENTITY, _("Please choose a child first.")
            )
        return _write(request, chosen)
    return _picker(request)


def _classmates(request: SchoolRequest, student: Student) -> list[Mapping[str, Any]]:
    """Return the other children whom a note may be about, in the order of the class list."""
    viewer = request.viewer
    enrolment = class_of(student, viewer.on)
    if enrolment is None:
        return []
    reach = policies.children_observable_by(viewer.user, viewer.on).exclude(pk=student.pk)
    rows = with_class(reach, viewer.on).filter(class_id=enrolment.school_class_id)  # type: ignore[misc]
    return list(rows.order_by("name_pinyin", "pk").values("pk", "name"))


def _picker(request: SchoolRequest, status: int = 200, trouble: str = "") -> HttpResponse:
    if trouble and is_from_queue(request):
        return conflict(trouble)
    viewer = request.viewer
    children = with_class(policies.children_observable_by(viewer.user, viewer.on), viewer.on)
    own = own_class_ids(viewer.user, viewer.on)
    if own:
        children = children.filter(class_id__in=own)  # type: ignore[misc]
    names = ("pk", "name", "name_pinyin", "name_initials", "class_name")
    data = request.POST if request.method == "POST" else None
    form = ObservationForm(
        data,
        student=Student(school=viewer.school),
        at=viewer.at,
        left_on=None,
        others=children,
        initial={"key": uuid.uuid4()},
    )
    by_class = children.annotate(
        grade=F("enrolments__school_class__grade__number"),
        number=F("enrolments__school_class__number"),
    ).order_by("grade", "number", "name_pinyin", "pk")
    rows = list(by_class.values(*names))
    context = {
        "form": form,
        "children": rows,
        "others": rows,
        "trouble": trouble,
        "places": PLACES,
    }
    return render(request, "classroom/pick.html", context, status=status)


@observing
@require_http_methods(["GET", "HEAD", "POST"])
@whole_page
def observe(request: SchoolRequest, student_id: int) -> HttpResponse:
    return _write(request, student_id)


def _write(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    try:
        student = policies.get_student_to_observe(viewer.user, student_id, viewer.on)
    except Http404:
        if is_from_queue(request):
            return conflict(_("This child is no longer in your class."))
        raise
    form = ObservationForm(
        request.POST or None,
        request.FILES or None,
        student=student,
        at=viewer.at,
        left_on=policies.last_day_of(student.pk),
        allowed=_allowed(student, viewer.at),
        others=policies.children_observable_by(viewer.user, viewer.on),
        initial={"key": uuid.uuid4()},
    )
    if form.is_valid():
        try:
            return _keep(request, student, form)
        except BadUpload as bad:
            form.add_error(None, str(bad))
    if form.is_bound and is_from_queue(request):
        # The phone keeps the text and shows the error. If the child has left, it stops trying.
        if not form.left_on:
            return form_refused(form)
        errors = [str(error) for errors in form.errors.values() for error in errors]
        return conflict(in_a_row(errors))
    note_read(request, student, "observe")
    chosen = {key_of(one) for one in request.POST.getlist("also")}
    others = _classmates(request, student)
    return _page(request, student, form, others=others, chosen=chosen)


def _keep(request: SchoolRequest, student: Student, form: ObservationForm) -> HttpResponse:
    data = form.cleaned_data
    note, is_new = actions.observe(
        student=student,
        key=form.act_key,
        photo=data.get("photo"),
        voice=data.get("voice"),
        also=data["also"],
        by=request.user,
        at=request.viewer.at,
        **form.seen,
    )
    if is_new:
        undo_url = reverse("classroom:retract", args=[note.pk])
        names = _(", ").join([student.name, *(one.name for one in data["also"])])
        words = _("Note about %(name)s saved.") % {"name": names}
        messages.success(request, words, extra_tags=f"undo:{undo_url}")
    if "more" in request.POST:
        return accepted(request, reverse("classroom:pick"))
    return accepted(request, _back_url(request, student))


def _back_url(request: SchoolRequest, student: Student) -> str:
    viewer = request.viewer
    if policies.children_observable_by(viewer.user, viewer.on).filter(pk=student.pk).exists():
        return page_above("child", student.pk)
    return page_above("children")


@observing
@require_safe
def whom(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Return who gets good news and when. This is separate from the page, which a phone stores."""
    viewer = request.viewer
    student = policies.get_student_to_observe(viewer.user, student_id, viewer.on)
    held = adults_to_tell([student.pk], viewer.on)
    return HttpResponse(conditional_escape(tell_words(held, viewer.at)))


def _page(request: HttpRequest, student: Student, form: ObservationForm, **more) -> HttpResponse:
    context: dict[str, Any] = {
        "student": student,
        "form": form,
        "places": PLACES,
        "left_on": form.left_on,
        "voice_seconds": VOICE_SECONDS,
    }
    return render(request, "classroom/observe.html", context | more, status=status_of(form))


@observing
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show one note. Its author may correct it for a day."""
    viewer = request.viewer
    row = policies.get_observation_for(viewer.user, pk, viewer.on)
    rows = policies.rows_of_note(viewer.user, row, viewer.on)
    can_edit = policies.can_edit(viewer.user, row, viewer.at)
    if request.method == "POST" and not can_edit:
        raise Http404
    form = ObservationForm(
        request.POST or None,
        student=row.student,
        at=viewer.at,
        left_on=policies.last_day_of(row.student_id),
        shared_with=children_sharing(row),
        initial=observation_initial(row, row.student.school.time_zone),
    )
    if form.is_valid():
        seen = dict(form.seen)
        if not {"happened_on", "when"}.intersection(form.changed_data):
            seen.pop("happened_at", None)  # correcting the text leaves the time alone
        actions.correct(notes=rows, by=request.user, at=viewer.at, **seen)
        messages.success(request, _("Corrected. The previous version is kept."))
        return redirect("classroom:note", row.pk)
    note_read(request, row.student, "note")
    context = {
        "note": row,
        "also": [one.student.name for one in rows[1:] if not one.retracted_at],
        "can_edit": can_edit,
        "can_take_back": can_edit or row.is_reported,
        "allowed": _allowed(row.student, viewer.at),
        "changes": changes_of(row, CORRECTED_FIELDS),
        "told": tapped(row),
        "pictures": with_names(pictures_visible_to(viewer.user, viewer.on).filter(note=row)),
        "may_picture": may_picture(viewer.user, row, viewer.on),
        "thanks": [one.adult.name for one in row.thanks.select_related("adult")],
        "back_url": _back_url(request, row.student),
    }
    return _page(request, row.student, form, **context)


def _own(request: SchoolRequest, pk: int) -> list[Observation]:
    """Return the rows of a note that the viewer may take back, the row `pk` first.

    Return only that row if the form says so.
    """
    row = policies.get_observation_for(request.user, pk, request.viewer.on)
    if not policies.can_take_back(request.user, row):
        raise Http404
    if "only" in request.POST:
        return [row]
    # Restoring brings back what one action retracted, not children who were taken out before.
    rows = policies.rows_of_note(request.user, row, request.viewer.on)
    return [one for one in rows if one.retracted_at == row.retracted_at]


@observing
@require_POST
def retract(request: SchoolRequest, pk: int) -> HttpResponse:
    rows = _own(request, pk)
    actions.retract(notes=rows, by=request.user, at=request.viewer.at)
    undo_url = reverse("classroom:restore", args=[pk])
    messages.success(request, _("Undone."), extra_tags=f"undo:{undo_url}")
    return redirect(_back_url(request, rows[0].student))


@observing
@require_POST
def restore(request: SchoolRequest, pk: int) -> HttpResponse:
    rows = _own(request, pk)
    actions.restore(notes=rows, by=request.user, at=request.viewer.at)
    messages.success(request, _("Restored."))
    return redirect(_back_url(request, rows[0].student))


@observing
@require_safe
def attachment(request: SchoolRequest, pk: int, kind: str) -> HttpResponse:
    """Serve the photo or voice of a note to staff who may read it, while the family agrees."""
    row = policies.get_observation_for(request.user, pk, request.viewer.on)
    upload = {"photo": row.photo, "voice": row.voice}.get(kind)
    if upload is None or row.retracted_at or kind not in _allowed(row.student, request.viewer.at):
        raise Http404
    return serve(upload, request)
