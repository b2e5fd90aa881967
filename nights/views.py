"""Staff pages of evenings: one child's, all of tonight's, and the school's switch."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from nights import actions, policies, presenters, queries, rules
from nights.forms import RuleForm, SettleForm, StartForm, SwitchForm
from nights.models import Night
from nights.work import read_row
from schools.policies import own_class_ids, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.opening import note_read


@staff_required(Permission.RAISE_CONCERNS)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Show whom we would ask, in which order, if no adult is at home tonight; a post begins it."""
    viewer, is_sent = request.viewer, request.method == "POST"
    student = policies.get_student_to_start(request.user, student_id, viewer.on)
    note_read(request, student, "who is there tonight")
    form = StartForm(request.POST if is_sent else None)
    if form.is_valid():
        night = actions.start(
            student=student, reason=form.cleaned_data["reason"], by=request.user, at=viewer.at
        )
        return redirect("nights:night", night.pk)
    evening = queries.tonight_at(student.school, viewer.at)
    latest = queries.night_of(student.pk, evening)
    context = {
        "student": student,
        "form": form,
        "chain": presenters.chain_of(student, viewer.at, with_carer=False),
        "open_night": latest if latest and latest.is_open else None,
        "minutes": rules.NEARBY_MINUTES,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent else 200
    return render(request, "nights/start.html", context, status=status)


def _night(request: SchoolRequest, pk: int) -> Night:
    night = policies.get_night_for(request.user, pk, request.viewer.on)
    note_read(request, night.student, "who is there tonight")
    return night


@staff_required(Permission.RAISE_CONCERNS)
@require_http_methods(["GET", "HEAD", "POST"])
def night(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show who was asked and what they said; a post records what an adult of the school did."""
    found, is_sent = _night(request, pk), request.method == "POST"
    form = SettleForm(request.POST if is_sent else None)
    if form.is_valid():
        words, at = form.cleaned_data["words"], request.viewer.at
        if not actions.settle(night=found, words=words, by=request.user, at=at):
            messages.error(request, _("Somebody else has written it down already."))
        return redirect("nights:night", pk)
    context = {
        "night": found,
        "student": found.student,
        "state": presenters.state_words(found),
        "look": presenters.state_class(found),
        "lines": presenters.lines_of(found),
        "form": form,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent else 200
    return render(request, "nights/night.html", context, status=status)


@staff_required(Permission.RAISE_CONCERNS)
@require_POST
def off(request: SchoolRequest, pk: int) -> HttpResponse:
    found = _night(request, pk)
    actions.call_off(night=found, by=request.user, at=request.viewer.at)
    messages.success(request, _("Called off. Nobody else is asked."))
    return redirect("nights:night", pk)


@staff_required(Permission.RAISE_CONCERNS)
@require_POST
def seen(request: SchoolRequest, pk: int) -> HttpResponse:
    found = _night(request, pk)
    actions.see(night=found, at=request.viewer.at)
    if request.htmx:
        return render(request, "components/work_row.html", {"row": read_row(found)})
    return redirect("nights:night", pk)


@staff_required(Permission.WRITE_NOTICES, Permission.RAISE_CONCERNS)
@require_safe
def tonight(request: SchoolRequest) -> HttpResponse:
    """Show all evenings that the viewer may see, open ones first, and the switches in force."""
    viewer = request.viewer
    rows = queries.tonight_of_school(viewer.school, viewer.user, viewer.on, viewer.at)
    _note(request, [row.student_id for row in rows], "tonight")
    own = own_class_ids(viewer.user, viewer.on)
    switches = policies.switches_visible_to(viewer.user, viewer.school.pk, viewer.on)
    may_switch = viewer.can(Permission.WRITE_NOTICES)
    in_force = switches.filter(called_off_at=None, ends_on__gte=viewer.on) if may_switch else []
    context = {
        "school": viewer.school,
        "parts": [
            _part(_("Needs an adult from school"), [r for r in rows if r.is_out_of_people]),
            _part(_("Being asked"), [r for r in rows if r.is_open and not r.is_out_of_people]),
            _part(_("Somebody is there"), [r for r in rows if r.settled_at]),
        ],
        "is_empty": not rows,
        "switches": [
            {
                "switch": one,
                "of": one.school_class.name if one.school_class else _("the whole school"),
            }
            for one in in_force
        ],
        "may_rule": may_switch and policies.may_ask_all(viewer.user, viewer.school.pk, viewer.on),
        "may_switch": may_switch and (bool(own) or viewer.can(Permission.VIEW_ALL_CHILDREN)),
    }
    return render(request, "nights/tonight.html", context)


def _part(title: str, nights: list[Night]) -> dict:
    return {
        "title": title,
        "rows": [{"night": one, "state": presenters.state_words(one)} for one in nights],
    }


def _note(request: SchoolRequest, student_ids: list[int], what: str) -> None:
    if student_ids:
        record_access(
            by=request.user,
            school_id=request.viewer.school.pk,
            student_ids=set(student_ids),
            what=what,
            ip=request.META.get("REMOTE_ADDR"),
        )


@staff_required(Permission.WRITE_NOTICES)
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: SchoolRequest) -> HttpResponse:
    """Show first whom it reaches; `send` begins."""
    viewer, is_sent = request.viewer, request.method == "POST"
    classes = list(policies.classes_to_ask(viewer.user, viewer.school.pk, viewer.on))
    form = SwitchForm(
        request.POST if is_sent else None,
        classes=classes,
        may_ask_all=policies.may_ask_all(viewer.user, viewer.school.pk, viewer.on),
        today=viewer.on,
        initial={"key": uuid.uuid4()},
    )
    context = {"form": form, "school": viewer.school, "rules": rules}
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_sent else 200
        return render(request, "nights/switch.html", context, status=status)
    data, chosen = form.cleaned_data, form.school_class
    if "send" not in request.POST:
        ids = None if chosen is None else [chosen.pk]
        reach = queries.reach_of(viewer.school, ids, data["with_boarders"], viewer.on)
        _note(request, [one.pk for one in reach.students], "whom the evening reaches")
        return render(request, "nights/switch.html", context | {"reach": reach, "of": chosen})
    actions.switch_on(
        school=viewer.school,
        school_class=chosen,
        reason=data["reason"],
        days=(data["starts_on"], data["ends_on"]),
        with_boarders=data["with_boarders"],
        key=data["key"],
        by=request.user,
        at=viewer.at,
    )
    words = _("Done. We ask between %(from)s and %(until)s.")
    hours = {"from": f"{rules.ASK_FROM:%H:%M}", "until": f"{rules.ASK_UNTIL:%H:%M}"}
    messages.success(request, words % hours)
    return redirect("nights:tonight")


@staff_required(Permission.WRITE_NOTICES)
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: SchoolRequest) -> HttpResponse:
    """Set evenings that begin automatically.

    The page shows whom each rule would ask and what that costs, before it is ticked.
    """
    viewer, is_sent = request.viewer, request.method == "POST"
    policies.must_ask_all(viewer.user, viewer.school.pk, viewer.on)
    found = queries.rule_of(viewer.school)
    now = {"on_festivals": found.on_festivals, "for_away": found.for_away} if found else {}
    form = RuleForm(request.POST if is_sent else None, initial=now)
    if form.is_valid():
        actions.set_rule(school=viewer.school, by=request.user, at=viewer.at, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("nights:tonight")
    asked = presenters.asked_by_rule(viewer.school, viewer.on)
    _note(request, sorted(asked["student_ids"]), "whom a rule reaches")
    context = {"form": form, "school": viewer.school, "rules": rules, "found": found, **asked}
    return render(request, "nights/rule.html", context)


@staff_required(Permission.WRITE_NOTICES)
@require_POST
def switch_off(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_switch_for(viewer.user, viewer.school.pk, pk, viewer.on)
    ended = actions.switch_off(switch=found, by=request.user, at=viewer.at)
    words = ngettext(
        "Taken back: we no longer ask about %(n)d child.",
        "Taken back: we no longer ask about %(n)d children.",
        ended,
    )
    messages.success(request, words % {"n": ended})
    return redirect("nights:tonight")
