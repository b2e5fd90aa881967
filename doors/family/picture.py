"""A child as its family sees it: a letter with the good news first, and what the family can do this week.

This module never reads, and so never shows, concerns, reports, counselling, the pupil's requests,
observations with a theme, teachers' notes, and the data of other adults (product.md B9).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from classroom.models import Strength
from classroom.news.family import life_questions, school_life
from classroom.queries import adults_to_tell, good_news, latest_letters
from classroom.rules import NEWS_READ_DAYS
from core.days import short_day
from core.names import teacher_name
from core.prepared import ask_together, prepared
from doors.family.lines import lines_of, questions_of
from guardians.models import Adult, Guardianship
from guardians.presenters import relation_word
from guardians.queries import current_guardianships
from privacy.models import DataRequest
from privacy.policies import decide_questions, may_decide
from privacy.requests import WAITING, request_questions, requests_of
from students.models import Student

GOOD_NEWS_SHOWN = 5


@dataclass(frozen=True)
class Part:
    icon: str
    label: str
    text: str


@dataclass(frozen=True)
class LetterOnPage:
    teacher: str
    day: str
    opening: str
    good_news: str
    parts: list[Part]
    you_can_do: str
    meant_for: str  # whom the teacher wrote to, if not to the reader; else empty


@dataclass(frozen=True)
class News:
    text: str
    teacher: str
    day: str


def context(student: Student, adults: Sequence[Adult], at: datetime) -> dict[str, Any]:
    """Return the context of family/child.html. `adults` are the reader's records."""
    own, on = [adult.pk for adult in adults], timezone.localdate(at)
    ask_together(
        [
            *questions_of([student.pk], adults, at),
            _carers.question(student_id=student.pk, on=on),
            _parents_to_tell.question(student_ids=[student.pk], on=on),
            *life_questions(student, adults, on),
            *decide_questions(own, student, at.astimezone(adults[0].hours.zone).date()),
            *request_questions(own, student),
        ]
    )
    local = at.astimezone(adults[0].hours.zone)
    today, lines = local.date(), lines_of([student.pk], adults, at)[student.pk]
    due = next((line for line in lines if line.is_due and line.button), None)
    # Who cares at home: relation and name only, no phone number and no address.
    carers = _carers(student_id=student.pk, on=on)
    return {
        "student_name": student.given_name,
        "student": student,
        "letter": _letter(student, adults, at),
        "news": latest_news([student.pk], at, today).get(student.pk, [])[:GOOD_NEWS_SHOWN],
        "school_life": school_life(student, adults, at),
        "due": due,
        "lines": [line for line in lines if line is not due],
        "carers": [
            {
                "name": _("you") if row.adult_id in own else row.adult.name,
                "relation": relation_word(row.relation),
            }
            for row in carers
        ],
        "may_decide": may_decide(own, student, today),
        "asked": asked(requests_of(own, student), today),
        "school_phone": adults[0].school.phone,
    }


@prepared
def _carers(*, student_id, on) -> QuerySet[Guardianship]:
    rows = current_guardianships(on).filter(student_id=student_id, kind__in=Guardianship.CARING)
    return rows.filter(adult__blocked_at=None).select_related("adult")


def _letter(student: Student, readers: Sequence[Adult], at: datetime) -> LetterOnPage | None:
    letter = latest_letters([student.pk]).get(student.pk)
    if letter is None or letter.sent_at is None:
        return None
    # A letter home addresses the parents. A carer at home who reads it sees whom it is meant for.
    own = {adult.pk for adult in readers}
    parents = _parents_to_tell(student_ids=[student.pk], on=timezone.localdate(at))
    meant_for = ""
    if parents and not any(row.adult_id in own for row in parents):
        words = dict.fromkeys(str(relation_word(row.relation)) for row in parents)
        meant_for = pgettext("between relations", " and ").join(words)
    opening = _("Hello. First, the good news.")
    if not meant_for:
        opening = _("%(name)s, hello. First, the good news.") % {"name": readers[0].name}
    return LetterOnPage(
        teacher=teacher_name(letter.written_by.surname),
        day=short_day(
            timezone.localdate(letter.sent_at), at.astimezone(readers[0].hours.zone).date()
        ),
        opening=opening,
        meant_for=meant_for,
        good_news=letter.good_news,
        parts=[
            part
            for part in (
                Part("heart", pgettext("letter", "Health"), letter.body),
                Part("sun", pgettext("letter", "Mood"), letter.mood),
                Part("pencil", pgettext("letter", "School"), letter.learning),
            )
            if part.text
        ],
        you_can_do=letter.you_can_do,
    )


@prepared
def _parents_to_tell(*, student_ids, on) -> QuerySet[Guardianship]:
    return adults_to_tell(student_ids, on).filter(kind=Guardianship.Kind.PARENT)


def latest_news(student_ids: Sequence[int], at: datetime, today: date) -> dict[int, list[News]]:
    """Return child → good news that teachers shared, latest first; one query for any number of children."""
    found = good_news(student_ids, at - timedelta(days=NEWS_READ_DAYS))
    comma = pgettext("between strengths", ", ")
    return {
        pk: [
            News(
                text=row.words or comma.join(str(Strength(one).label) for one in row.strengths),
                teacher=teacher_name(row.written_by.surname),
                day=short_day(timezone.localdate(row.happened_at), today),
            )
            for row in rows
        ]
        for pk, rows in found.items()
    }


def asked(rows: Sequence[DataRequest], today: date) -> list[dict[str, Any]]:
    """Return the family's own requests about the child's data, and their state."""
    done = {
        DataRequest.State.DONE: _("Done."),
        DataRequest.State.REFUSED: _("The school could not do it."),
        DataRequest.State.WITHDRAWN: _("You took it back."),
    }
    told = []
    for row in (row for row in rows if row.kind != DataRequest.Kind.COPY):
        day, is_open = {"day": short_day(row.due_on, today)}, row.state in WAITING
        if not is_open:
            state = done[DataRequest.State(row.state)]
        elif row.due_on < today:
            state = _("The school should have answered by %(day)s. Call and ask.") % day
        else:
            state = _("The school answers by %(day)s.") % day
        told.append(
            {
                "pk": row.pk,
                "what": row.get_kind_display(),
                "words": row.words,
                "state": state,
                "answer": row.answer,
                "is_open": is_open,
            }
        )
    return told


def own_pages() -> list[dict[str, str]]:
    """Return pages about the reader's own data that this installation has."""
    wanted = [
        ("family:details", "me", _("My phone, place and hours")),
        ("family_privacy:consents", "tick", _("What I agreed to")),
        ("family:devices", "phone", _("Where I am signed in")),
    ]
    found = []
    for name, icon, label in wanted:
        try:
            found.append({"url": reverse(name), "icon": icon, "text": label})
        except NoReverseMatch:
            continue
    return found
