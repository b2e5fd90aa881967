"""Staff pages: add a picture to good news or to the week of a class, look at it, take it away."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classroom.models import ClassWeek, Observation
from classroom.pictures import actions, policies
from classroom.pictures.forms import NOT_AGREED, PictureForm
from classroom.pictures.queries import allows_own_family, nameable
from classroom.pictures.rules import PICTURES_A_NOTE, PICTURES_AT_ONCE
from classroom.presenters import joined
from classroom.queries import adults_to_tell
from classroom.views.around import observing, status_of
from classroom.weeks.policies import children_to_name, get_week_to_write
from core.requests import key_of
from guardians.presenters import called
from students.models import Student
from students.queries import class_of
from uploads.responses import serve
from uploads.rules import BadUpload


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def add_to_week(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    week = get_week_to_write(viewer.user, pk, viewer.on)
    if week.sent_at is not None:
        raise Http404  # families see what the teacher has looked at before
    children = children_to_name(viewer.user, week.school_class, viewer.on)
    return _add(request, week, children, reverse("classroom:week", args=[pk]))


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def add_to_note(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    note = policies.get_note_to_picture(viewer.user, pk, viewer.on)
    enrolment = class_of(note.student, viewer.on)
    if enrolment is None:
        raise Http404
    children = children_to_name(viewer.user, enrolment.school_class, viewer.on)
    return _add(request, note, children, reverse("classroom:note", args=[pk]))


def _add(
    request: HttpRequest,
    to: Observation | ClassWeek,
    children: QuerySet[Student],
    back_url: str,
) -> HttpResponse:
    viewer = request.viewer
    child = to.student if isinstance(to, Observation) else None
    named = nameable(children, viewer.on)
    form = PictureForm(
        request.POST or None,
        request.FILES or None,
        children=named,
        child=child.pk if child else None,
        own_agreed=bool(child and allows_own_family(child, viewer.on)),
        initial={"key": uuid4(), "pictured": [child.pk] if child else []},
    )
    if form.is_valid() and _are_added(request, to, children, form):
        number = len(form.cleaned_data["photo"])
        words = ngettext("Picture added.", "%(n)d pictures added.", number) % {"n": number}
        messages.success(request, words)
        return redirect(back_url)
    context: dict[str, Any] = {
        "form": form,
        "named": named,
        "child": child,
        "picked": {key_of(str(pk)) for pk in form["pictured"].value() or []},
        "back_url": back_url,
        "most": PICTURES_AT_ONCE if child is None else PICTURES_A_NOTE,
        "whom": _whom(child, viewer.on) if child else "",
    }
    return render(request, "classroom/picture_add.html", context, status=status_of(form))


def _are_added(request: HttpRequest, to, children: QuerySet[Student], form: PictureForm) -> bool:
    data = form.cleaned_data
    try:
        actions.add_pictures(
            to=to,
            pictured=list(children.filter(pk__in=data["pictured"])),
            files=data["photo"],
            key=data["key"],
            by=request.user,
            at=request.viewer.at,
        )
    except actions.NotAgreed:
        form.add_error("pictured", NOT_AGREED)
    except actions.SentAlready:
        form.add_error("photo", _("The page has been sent in the meantime. Take it back first."))
    except actions.TooMany as full:
        form.add_error("photo", _room_words(full.room))
    except BadUpload as bad:
        form.add_error("photo", str(bad))
    return not form.errors


def _room_words(room: int) -> str:
    if not room:
        return _("There are enough pictures here already. Remove one first.")
    words = ngettext(
        "Only %(n)d more picture fits here.", "Only %(n)d more pictures fit here.", room
    )
    return words % {"n": room}


def _whom(child: Student, on) -> str:
    return joined(dict.fromkeys(called(row) for row in adults_to_tell([child.pk], on)))


@observing
@require_safe
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    row = policies.get_picture_for(request.user, pk, request.viewer.on)
    return serve(row.photo, request)


@observing
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_picture_to_remove(viewer.user, pk, viewer.on)
    actions.remove_picture(picture=row, at=viewer.at)
    messages.success(request, _("The picture is deleted. No family sees it any more."))
    if row.week_id is not None:
        return redirect("classroom:week", row.week_id)
    return redirect("classroom:note", row.note_id)
