"""What the pages behind a family's link show."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from surveys import queries, wording
from surveys.asked import Asked
from surveys.links import Opened
from surveys.models import Seat


def waiting(opened: Opened) -> list[Asked]:
    """Return unfinished forms of this adult, the eldest child's first."""
    seats = Seat.objects.filter(round=opened.round, adult=opened.adult, finished_at__isnull=False)
    done = set(seats.values_list("student_id", flat=True))
    return [form for form in opened.forms if form.student_id not in done]


def seat_of(opened: Opened, form: Asked) -> Seat:
    """Return the form as it is saved; a form that nobody has begun has no row."""
    found = (
        Seat.objects.filter(round=opened.round, adult=opened.adult, student=form.student_id)
        .select_related("school", "student", "round__edition")
        .first()
    )
    if found is None and form.tie is not None:
        found = Seat(school=opened.round.school, round=opened.round, student=form.tie.student)
    if found is None:
        raise LookupError("a family's form has an adult")
    return found


def _child(form: Asked) -> str:
    return form.tie.student.given_name if form.tie else ""


def question(opened: Opened, form: Asked, token: str) -> dict[str, Any]:
    return {
        "adult": opened.adult,
        "child": form.student_id,
        "child_name": _child(form) if len(opened.forms) > 1 else "",
        "post_url": reverse("family_surveys:link", args=[token]),
        "who_sees": opened.round.opened_by.name,
    }


def start(opened: Opened, forms: list[Asked], token: str, at: datetime) -> dict[str, Any]:
    """Return the page before the first question about a child, and after the last question of all."""
    round_ = opened.round
    instrument = round_.edition.instrument
    first = forms[0] if forms else None
    begun = Seat.objects.filter(round=round_, adult=opened.adult)
    is_begun = first is not None and begun.filter(student=first.student_id).exists()
    return {
        "adult": opened.adult,
        "school": round_.school,
        "child": first.student_id if first else None,
        "child_name": _child(first) if first else "",
        "has_finished_one": len(forms) < len(opened.forms),
        "is_begun": is_begun,
        "about": wording.words(instrument.about),
        "count": len(queries.items_for(seat_of(opened, first), at)) if first else 0,
        "due_on": round_.due_on,
        "who_sees": round_.opened_by.name,
        "link_url": reverse("family_surveys:link", args=[token]),
    }
