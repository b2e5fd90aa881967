"""A child's talks as a calendar, and below it what is not a talk: letters, gifts, money."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guardians.clock import months as clock_calendar
from guardians.clock.queries import months_of_contact
from schools.policies import StaffRequest, may, staff_required
from schools.roles import Permission
from students.opening import note_read
from students.policies import get_student_for


@staff_required()
@require_safe
def contact_calendar(request: StaffRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = get_student_for(request.user, student_id, viewer.on)
    note_read(request, student, "contacts")
    span = clock_calendar.span_of(request.GET.get("until", ""), viewer.on)
    found = months_of_contact(student, *clock_calendar.read_from(span))
    context = {
        "student": student,
        "span": span,
        "months": clock_calendar.months(found, span, viewer.on, clock_calendar.staff_mark(found)),
        "sent": clock_calendar.sent_lines(found.sent, found.held, viewer.on, names=True),
        "week_heads": clock_calendar.week_heads(),
        "can_record": may(request.user, Permission.WORK_CHECK_INS, student.school, viewer.on),
    }
    return render(request, "guardians/clock_calendar.html", context)
