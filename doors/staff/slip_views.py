"""Slips of paper with which the children of a class sign in at the pupils' door."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import record_access
from doors.staff.class_choice import chosen_class, class_tabs, editable_classes
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students import actions
from students.opening import get_editable
from students.policies import students_editable_by
from students.presenters import PICTURE_WORDS
from students.queries import class_of, in_class

edits_children = staff_required(Permission.EDIT_CHILDREN)


@edits_children
@require_http_methods(["GET", "HEAD", "POST"])
def slips(request: SchoolRequest) -> HttpResponse:
    """Show one class. Its key is in the address, so that the page can be printed again."""
    viewer = request.viewer
    classes = editable_classes(viewer)
    chosen = chosen_class(classes, request.GET.get("class", ""))
    if request.method == "POST" and chosen:
        new = actions.assign_picture_codes(school_class=chosen, on=viewer.on)
        said = ngettext("%(n)d slip made.", "%(n)d slips made.", len(new)) % {"n": len(new)}
        messages.success(request, said)
        return redirect(_address(chosen.pk))
    children = []
    if chosen:
        children = list(in_class(students_editable_by(viewer.user, viewer.on), chosen, viewer.on))
        record_access(
            by=request.user,
            school_id=chosen.school_id,
            student_ids=[child.pk for child in children if child.picture_code],
            what="slip",
            ip=request.META.get("REMOTE_ADDR"),
        )
    lacking = sum(not child.picture_code for child in children)
    words = ngettext("%(n)d child has no slip yet.", "%(n)d children have no slip yet.", lacking)
    context = {
        "chosen": chosen,
        "slips": [
            {
                "pk": child.pk,
                "name": child.name,
                "pictures": [
                    {"key": key, "label": PICTURE_WORDS[key]}
                    for key in child.picture_code.split("-")
                ],
            }
            for child in children
            if child.picture_code
        ],
        "has_children": bool(children),
        "lacking_words": words % {"n": lacking} if lacking else "",
        "door": request.get_host() + reverse("pupil:home"),
        "class_tabs": class_tabs(classes, chosen, reverse("staff:slips")),
    }
    return render(request, "doors/staff/slips.html", context)


def _address(class_id: int) -> str:
    return f"{reverse('staff:slips')}?class={class_id}"


@edits_children
@require_POST
def new_slip(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Replace a slip that the child lost or that others saw."""
    on = request.viewer.on
    student = get_editable(request, student_id)
    enrolment = class_of(student, on)
    if enrolment is None:
        raise Http404
    actions.renew_picture_code(
        student=student, school_class=enrolment.school_class, on=on, by=request.user
    )
    said = _("New pictures for %(name)s. The old slip no longer works.")
    messages.success(request, said % {"name": student.name})
    return redirect(f"{_address(enrolment.school_class_id)}#slip-{student.pk}")
