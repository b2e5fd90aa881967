"""What to ask the families of a class, one question at a time, for a call or a parents' evening.

The page does not count complete files, and blames nobody for an empty one.
"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.actions import record_access
from doors.staff.class_choice import chosen_class, class_tabs, visible_classes
from doors.staff.file_sheets import known_of
from doors.staff.next_questions import next_questions
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.policies import students_editable_by
from students.queries import in_class

QUESTIONS_OF_A_CHILD = 3  # about as much as one talk can clear up


@staff_required(Permission.EDIT_CHILDREN)
@require_safe
def to_ask(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    classes = visible_classes(viewer)
    own = {post.school_class_id for post in viewer.posts}
    chosen = chosen_class(classes, request.GET.get("class", ""), own)
    editable = students_editable_by(viewer.user, viewer.on)
    here = in_class(editable, chosen, viewer.on).select_related("school") if chosen else []
    children = list(here)
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=[child.pk for child in children],
        what="to ask",
        ip=request.META.get("REMOTE_ADDR"),
    )
    asked = [
        (known.student, next_questions(known.student, known.members)[:QUESTIONS_OF_A_CHILD])
        for known in known_of(children, viewer.at)
    ]
    rows = [(child, asks) for child, asks in asked if asks]
    rest = len(asked) - len(rows)
    context = {
        "chosen": chosen,
        "class_tabs": class_tabs(classes, chosen),
        "rows": rows,
        "has_children": bool(asked),
        "rest_words": ngettext(
            "The file of %(n)d child is complete.",
            "The files of %(n)d children are complete.",
            rest,
        )
        % {"n": rest}
        if rest
        else "",
    }
    return render(request, "doors/staff/to_ask.html", context)
