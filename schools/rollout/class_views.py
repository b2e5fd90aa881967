"""A school plans when its classes begin. What has begun cannot be moved, and the page says why."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.weeks import next_monday
from schools.forms import name_on
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from schools.rollout import actions, queries
from schools.rollout.forms import ClassDayForm


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Permission.SET_CHECK_INS)
def classes(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    places = queries.plan_of_classes(viewer.school, viewer.on)
    initial = {"starts_on": next_monday(viewer.on)}
    form = ClassDayForm(request.POST or None, places=places, today=viewer.on, initial=initial)
    if request.method == "POST" and form.is_valid() and _placed(request, form):
        return redirect("schools:class_days")
    ticked = form["classes"].value() or []
    choices = form.fields["classes"].choices  # type: ignore[attr-defined]
    context = {
        "form": form,
        "choices": [{"value": pk, "label": name, "checked": pk in ticked} for pk, name in choices],
        "day": queries.day_ahead(viewer.school, viewer.on),
        **_by_day(request, places),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "schools/rollout/classes.html", context, status=status)


def _placed(request: SchoolRequest, form: ClassDayForm) -> bool:
    viewer, said = request.viewer, form.cleaned_data
    try:
        moved = actions.place_classes(
            school=viewer.school,
            classes=[int(pk) for pk in said["classes"]],
            starts_on=said["starts_on"],
            by=viewer.user,
            at=viewer.at,
        )
    except actions.HasBegun:
        form.add_error("classes", _("A class has begun in the meantime. Nothing was moved."))
        return False
    if moved:
        messages.success(request, _("Saved. We will tell the class teachers."))
    else:
        messages.info(request, _("These classes were already set like this. Nothing was changed."))
    return True


def _by_day(request: SchoolRequest, places: list[queries.ClassPlace]) -> dict[str, Any]:
    """Return the classes that have begun, and by day those that have a day in the future."""
    on = request.viewer.on
    ahead: dict[date, list[queries.ClassPlace]] = defaultdict(list)
    begun = []
    for one in places:
        if one.has_begun:
            begun.append((name_on(one.school_class, on), one.starts_on))
        elif one.own:
            ahead[one.own].append(one)
    days = [
        {
            "day": day,
            "counts": found[0].starts_on,
            "is_over": day <= on,
            "names": [name_on(one.school_class, on) for one in found],
            "set_by": sorted({one.set_by for one in found}),
        }
        for day, found in sorted(ahead.items())
    ]
    return {"days": days, "begun": begun}
