"""A child asks for an adult: to talk, because somebody hurts it, or because it is worried about a classmate.

All three share one address and one title, so that the browser's history does not tell the next child at this
computer which of them was pressed. What the child told is shown once, right after it was sent.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.requests import key_of
from doors.pupil.forms import ClassmateForm, HurtForm, TalkForm, TellForm
from doors.pupil.presenters import adult_of, pupil_page
from safeguarding import actions, presenters, queries, rules
from safeguarding.models import Concern
from schools.policies import today_in
from schools.roles import Role
from students.models import Student
from students.policies import pupil_required
from students.queries import classmates_of
from students.requests import PupilRequest

ANYBODY = "any"
HURT, CLASSMATE = "hurt", "classmate"
TOLD = "told"  # session key: the concern whose text is shown once


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@never_cache
@pupil_required
@require_http_methods(["GET", "POST"])
def talk(request: PupilRequest) -> HttpResponse:
    about = request.POST.get("about")
    if about == HURT:
        return _hurt(request)
    if about == CLASSMATE:
        return _classmate(request)
    # Two questions, one tap each: whom, then when. The second tap sends the request.
    at, pupil = clock.for_request(request), request.pupil
    people = _people(pupil, at)
    form = TalkForm(request.POST if "when" in request.POST else None, people=_pairs(people))
    if not form.is_valid():
        whom = next((one for one in people if one.value == request.POST.get("person")), None)
        kept = request.POST.get("words", "")
        return _page(request, "want_to_talk", form, people, whom=whom, kept=kept)
    said = form.cleaned_data
    actions.want_to_talk(
        student=pupil,
        asked_for="" if said["person"] == ANYBODY else said["person"],
        wanted_when=said["when"],
        words=said["words"],
        at=at,
        key=form.act_key,
    )
    return redirect("pupil:want_to_talk_done")


def _hurt(request: PupilRequest) -> HttpResponse:
    at, pupil = clock.for_request(request), request.pupil
    people = _people(pupil, at, is_telling=True)
    form = HurtForm(_sent(request), people=_pairs(people))
    if not form.is_valid():
        return _page(request, "tell_hurt", form, people, hurt_by=Concern.HurtBy.choices)
    said = form.cleaned_data
    concern = actions.tell_of_hurt(
        student=pupil,
        hurt_by=said["hurt_by"],
        whom=_whom(form),
        words=said["words"],
        at=at,
        key=form.act_key,
    )
    return _told(request, concern)


def _classmate(request: PupilRequest) -> HttpResponse:
    at, pupil = clock.for_request(request), request.pupil
    people = _people(pupil, at, is_telling=True)
    classmates = {one.pk: one for one in classmates_of(pupil, today_in(pupil.school, at))}
    names = [(pk, one.name) for pk, one in classmates.items()]
    form = ClassmateForm(_sent(request), people=_pairs(people), classmates=names)
    if not form.is_valid():
        chosen = key_of(form.data.get("classmate"))
        return _page(request, "tell_classmate", form, people, classmates=names, chosen=chosen)
    said = form.cleaned_data
    concern = actions.tell_of_classmate(
        student=pupil,
        classmate=classmates.get(said["classmate"]),
        is_urgent=said["when"] == "now",
        whom=_whom(form),
        words=said["words"],
        at=at,
        key=form.act_key,
    )
    return _told(request, concern)


def _people(pupil: Student, at: datetime, *, is_telling: bool = False) -> list[Choice]:
    """Return the people a child can ask for, by name and title.

    "Any adult at school" is always the last choice.
    """
    asked = queries.people_to_ask(pupil, at)
    people = [
        Choice(role, _("%(name)s, %(title)s") % {"name": name, "title": Role(role).label})
        for role, name in asked
    ]
    if is_telling and Role.CLASS_TEACHER in dict(asked):
        people.append(Choice(rules.NOT_TEACHER, _("Any adult, but not my class teacher")))
    return [*people, Choice(ANYBODY, _("Any adult at school"))]


def _pairs(people: list[Choice]) -> list[tuple[str, str]]:
    return [(one.value, one.label) for one in people]


def _sent(request: PupilRequest) -> Any:
    """Return what was sent, or None: a tap on the first page has no key yet and only opens the questions."""
    return request.POST if "key" in request.POST else None


def _whom(form: TellForm) -> str:
    return "" if form.cleaned_data["person"] == ANYBODY else form.cleaned_data["person"]


def _page(request: PupilRequest, name: str, form, people: list[Choice], **context) -> HttpResponse:
    return pupil_page(
        request,
        name,
        status=422 if form.is_bound else 200,
        people=people,
        key=form.data.get("key") or uuid.uuid4(),
        said=form.data,
        chosen_person=form.data.get("person", ""),
        chosen_when=form.data.get("when", ""),
        words=form.data.get("words", ""),
        form_errors=[error for errors in form.errors.values() for error in errors],
        **context,
    )


def _told(request: PupilRequest, concern: Concern) -> HttpResponse:
    request.session[TOLD] = concern.pk
    return redirect("pupil:want_to_talk_done")


@never_cache
@pupil_required
@require_safe
def done(request: PupilRequest) -> HttpResponse:
    """Show what happens next. Opened again, the page says no more than the first page does."""
    at, pk = clock.for_request(request), request.session.pop(TOLD, None)
    told = queries.told_by_child(request.pupil, pk) if pk else None
    shown = told or queries.latest_request(request.pupil)
    if shown is None:
        return redirect("pupil:home")
    return pupil_page(
        request,
        "want_to_talk_done",
        adult_name=adult_of(shown),
        until_text=presenters.until_text(shown, at),
        told=told.source if told else "",
    )
