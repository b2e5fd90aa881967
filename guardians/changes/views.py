"""A change of care in two steps: enter it, see the consequences, save."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guardians import queries
from guardians.changes import actions as change_actions
from guardians.changes.actions import Circle
from guardians.changes.forms import ChangeForm
from schools.policies import StaffRequest, staff_required
from students.models import Student
from students.opening import get_editable, note_read


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def change(request: StaffRequest, student_id: int) -> HttpResponse:
    student, viewer = get_editable(request, student_id), request.viewer
    note_read(request, student, "change of care")
    if request.method == "POST":
        Student.objects.select_for_update().get(pk=student.pk)
        if change_actions.is_saved(student=student, key=request.POST.get("key", "")):
            return redirect("guardians:family", student.pk)
    form = ChangeForm(
        request.POST or None,
        student=student,
        ties=list(
            queries.current_guardianships(viewer.on).filter(student=student).select_related("adult")
        ),
        today=viewer.on,
        initial={"key": uuid.uuid4()},
    )
    is_good = form.is_bound and form.is_valid()
    if is_good and "confirmed" in request.POST:
        change_actions.change_care(
            student=student, change=form.change, by=request.user, at=viewer.at
        )
        messages.success(request, _("Saved. The earlier records are kept."))
        return redirect("guardians:family", student.pk)
    if is_good and "back" not in request.POST:
        before, after = change_actions.foresee(
            student=student, change=form.change, by=request.user, at=viewer.at, on=viewer.on
        )
        context = {"student": student, "form": form, "lines": _consequences(before, after)}
        return render(request, "guardians/change_check.html", context)
    status = 422 if form.is_bound and not is_good else 200
    return render(
        request, "guardians/change.html", {"student": student, "form": form}, status=status
    )


def _consequences(before: Circle, after: Circle) -> list[dict]:
    """List the consequences in plain sentences, the serious ones first."""
    rows = [
        (_("Receives the weekly question"), before.asked, after.asked),
        (_("Sees how the child is"), before.seeing, after.seeing),
        (_("Decides for the child"), before.deciding, after.deciding),
        (_("Cares for the child"), before.caring, after.caring),
    ]
    lines = [
        {
            "label": label,
            "now": _(", ").join(sorted(later)) or _("nobody"),
            "new": _(", ").join(sorted(later - earlier)),
            "gone": _(", ").join(sorted(earlier - later)),
        }
        for label, earlier, later in rows
    ]
    return [{"label": "", "is_gap": True}, *lines] if after.is_gap else lines
