"""Staff pages to add a picture to good news, view it, and remove it; `add` serves the class's week too."""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.files import File
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classroom.around import observing
from classroom.models import ClassWeek, Observation
from classroom.pictures import actions, policies
from classroom.pictures.forms import NOT_AGREED, KeyForm, PictureForm
from classroom.pictures.queries import Nameable, allows_own_family, nameable
from classroom.pictures.rules import PICTURES_A_NOTE, PICTURES_AT_ONCE
from classroom.queries import adults_to_tell
from core.names import joined
from guardians.presenters import called
from schools.requests import SchoolRequest
from students.models import Student
from students.queries import class_of
from uploads.responses import serve
from uploads.rules import BadUpload


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def add_to_note(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    note = policies.get_note_to_picture(viewer.user, pk, viewer.on)
    enrolment = class_of(note.student, viewer.on)
    if enrolment is None:
        raise Http404
    children = policies.children_to_name(viewer.user, enrolment.school_class, viewer.on)
    return add(request, note, children, reverse("classroom:note", args=[pk]))


def add(
    request: SchoolRequest,
    to: Observation | ClassWeek,
    children: QuerySet[Student],
    back_url: str,
) -> HttpResponse:
    """Show the form and add what it holds. The caller has checked that the viewer may write there."""
    viewer = request.viewer
    child = to.student if isinstance(to, Observation) else None
    named = nameable(children, viewer.on)
    most = PICTURES_AT_ONCE if child is None else PICTURES_A_NOTE
    forms = _forms(request, named, child, most)
    key = KeyForm(request.POST or None, initial={"key": uuid4()})
    is_whole = all([key.is_valid(), *(form.is_valid() for form in forms)])
    if is_whole and _are_added(request, to, children, forms, key.cleaned_data["key"]):
        number = len(_shots(forms, children))
        words = ngettext("Picture added.", "%(n)d pictures added.", number) % {"n": number}
        messages.success(request, words)
        if request.htmx:
            return HttpResponse(headers={"HX-Redirect": back_url})
        return redirect(back_url)
    used = [number for number, form in enumerate(forms) if form.is_bound and form.has_changed()]
    is_bad = any(form.is_bound and form.errors for form in forms)
    context: dict[str, Any] = {
        "forms": forms,
        "key": key,
        "last_used": max(used, default=0),
        "is_bad": is_bad,
        "named": named,
        "child": child,
        "back_url": back_url,
        "most": most,
        "whom": joined(dict.fromkeys(map(called, adults_to_tell([child.pk], viewer.on))))
        if child
        else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_bad else 200
    name = "_picture_form" if request.htmx else "picture_add"
    return render(request, f"classroom/{name}.html", context, status=status)


def _forms(
    request: SchoolRequest, named: list[Nameable], child: Student | None, most: int
) -> list[PictureForm]:
    """Return one form for each picture that still fits. The first is required, the others are optional."""
    own_agreed = bool(child and allows_own_family(child, request.viewer.on))
    return [
        PictureForm(
            request.POST or None,
            request.FILES or None,
            prefix=f"set{number}" if number else None,
            empty_permitted=number > 0,
            use_required_attribute=False,
            children=named,
            child=child.pk if child else None,
            own_agreed=own_agreed,
            initial={"pictured": [child.pk] if child and not number else []},
        )
        for number in range(most)
    ]


def _shots(
    forms: list[PictureForm], children: QuerySet[Student]
) -> list[tuple[File, list[Student]]]:
    by_key = {child.pk: child for child in children}
    return [
        (file, [by_key[pk] for pk in form.cleaned_data["pictured"]])
        for form in forms
        if form.cleaned_data
        for file in form.cleaned_data["photo"]
    ]


def _are_added(
    request: SchoolRequest, to, children: QuerySet[Student], forms: list[PictureForm], key: UUID
) -> bool:
    form = forms[0]
    try:
        actions.add_pictures(
            to=to,
            shots=_shots(forms, children),
            key=key,
            by=request.user,
            at=request.viewer.at,
        )
    except actions.NotAgreed as refused:
        owners = [one for one in forms for _photo in one.cleaned_data.get("photo", ())]
        form = owners[refused.number]
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


@observing
@require_safe
def picture(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_picture_for(request.user, pk, request.viewer.on)
    return serve(row.photo, request)


@observing
@require_POST
def remove(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_picture_to_remove(viewer.user, pk, viewer.on)
    actions.remove_picture(picture=row, at=viewer.at)
    messages.success(request, _("The picture is deleted. No family sees it any more."))
    if row.week_id is not None:
        return redirect("classroom:week", row.week_id)
    return redirect("classroom:note", row.note_id)
