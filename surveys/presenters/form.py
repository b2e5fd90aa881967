"""What the pages of forms outside lessons show. Staff see only the answers that they were given."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import User
from schools.models import SchoolClass
from schools.policies import today_in
from students.models import Student
from students.policies import students_visible_to
from surveys import queries, wording
from surveys.asked import Asked, asked_of
from surveys.models import Round, Seat


def _asked(
    round_: Round, school_class: SchoolClass, user: User, at: datetime
) -> tuple[list[Asked], dict[int, Student]]:
    """Return forms of a class about children whose files are open to `user`, and these children."""
    asked = asked_of([school_class], round_.edition.instrument, round_.how, round_.school, at)
    visible = students_visible_to(user, today_in(round_.school, at))
    children = visible.in_bulk({form.student_id for form in asked})
    return [form for form in asked if form.student_id in children], children


def _name(form: Asked) -> str:
    """Return the name of a form in its button: child and adult."""
    return f"{form.student_id}-{form.adult_id or 0}"


def asked_named(
    round_: Round, school_class: SchoolClass, user: User, at: datetime, name: str
) -> Asked | None:
    asked, _children = _asked(round_, school_class, user, at)
    return next((form for form in asked if _name(form) == name), None)


def class_page(
    round_: Round, school_class: SchoolClass, user: User, at: datetime
) -> dict[str, Any]:
    """Return open forms first, then by name, in a fixed number of queries."""
    asked, children = _asked(round_, school_class, user, at)
    seats = Seat.objects.filter(round=round_, student__in=children).select_related("filled_by")
    begun = {(seat.student_id, seat.adult_id): seat for seat in seats}
    rows = []
    for form in asked:
        seat = begun.get((form.student_id, form.adult_id))
        state = "waiting" if seat is None else "done" if seat.finished_at else "begun"
        rows.append(
            {
                "form": _name(form),
                "name": children[form.student_id].name,
                "who": form.tie.adult.name if form.tie else "",
                "relation": form.tie.get_relation_display() if form.tie else "",
                "state": state,
                "filled_by": seat.filled_by.name if seat and seat.filled_by else "",
            }
        )
    rows.sort(key=lambda row: row["state"] == "done")
    progress = queries.progress_of(round_, at)
    return {
        "round": round_,
        "school_class": school_class,
        "name": wording.name_of(round_.edition.instrument),
        "note": wording.WAY_NOTES[round_.how],
        "is_over": not round_.is_open(today_in(round_.school, at)),
        "rows": rows,
        "open": sum(row["state"] != "done" for row in rows),
        "left_out": next(one.left_out for one in progress if one.school_class == school_class),
    }


def _back(seat: Seat) -> str:
    return reverse("surveys:lesson", args=[seat.round_id, seat.school_class_id])


STOPPED = "stop"  # in the address of a talk that goes on later


def over(seat: Seat) -> dict[str, Any]:
    return {
        "seat": seat,
        "name": wording.name_of(seat.round.edition.instrument),
        "back": _back(seat),
    }


def talk(seat: Seat) -> dict[str, Any]:
    """Return what is beside the question: who is asked, about whom, and who reads it."""
    return {
        "seat": seat,
        "post_url": reverse("surveys:form", args=[seat.pk]),
        "stop_url": f"{reverse('surveys:form', args=[seat.pk])}?{STOPPED}=1",
        "who_sees": seat.round.opened_by.name,
    }


def about_child(seat: Seat, user: User, at: datetime) -> dict[str, Any]:
    answers, shown = queries.answers_of(seat), queries.answers_shown_to(seat, user)
    items = queries.items_for(seat, at)
    instrument = seat.round.edition.instrument
    place = {item.id: number for number, item in enumerate(instrument.items)}
    return {
        "seat": seat,
        "name": wording.name_of(instrument),
        "intro": wording.words(instrument.intro),
        # If questions depend on answers, each tick may bring others.
        "swaps": "#questions" if instrument.has_conditions else "#far",
        "back": _back(seat),
        "rows": [
            {
                "field": f"item-{place[item.id]}",
                "text": wording.words(item.texts),
                "chosen": shown.get(item.id, ""),
                "is_open": not answers.get(item.id),
                "options": [
                    {"code": option.code, "text": wording.words(option.texts)}
                    for option in item.options
                ],
            }
            for item in items
        ],
        "open": sum(not answers.get(item.id) for item in items),
        "count": len(items),
    }
