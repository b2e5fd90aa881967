"""Suggest sentences for a letter from recorded facts. The teacher takes, changes or leaves them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classroom.models import AttendanceMark, ClassRegister, HomeworkHelp, MissedHomework
from classroom.presenters import good_news_words, helper_words, weekday_words
from classroom.queries import good_news
from classroom.rules import GOOD_NEWS_DAYS
from students.models import Student
from students.queries import class_of, current_enrolments

NOTES_OFFERED = 4
HELPERS_OFFERED = 2


@dataclass(frozen=True)
class Fact:
    """A sentence, and the `field` of the letter that a tap adds it to."""

    field: str
    words: str


def facts_for(student: Student, since_at: datetime, on: date) -> list[Fact]:
    """Return praise from the last two weeks, then attendance, homework and help."""
    since = on - timedelta(days=GOOD_NEWS_DAYS)
    notes = good_news([student.pk], since_at).get(student.pk, [])
    praise = dict.fromkeys(good_news_words(note) for note in notes)
    helped = HomeworkHelp.objects.filter(student=student, ended_at=None)
    help_words = _("%(who)s helps with homework (%(days)s)")
    return [
        *(Fact("good_news", words) for words in list(praise)[:NOTES_OFFERED]),
        *_attendance(student, since, on),
        *_homework(student, since, on),
        *(
            Fact(
                "learning",
                help_words % {"who": helper_words(row), "days": weekday_words(row.weekdays)},
            )
            for row in helped.select_related("staff", "adult")[:HELPERS_OFFERED]
        ),
    ]


def _attendance(student: Student, since: date, on: date) -> list[Fact]:
    rows = AttendanceMark.objects.filter(
        student=student,
        kind__in=(AttendanceMark.Kind.ABSENT, AttendanceMark.Kind.LEAVE),
        marked_on__gt=since,
        marked_on__lte=on,
    )
    days, ill = rows.count(), rows.filter(reason=AttendanceMark.Reason.ILL).count()
    facts = []
    if ill:
        words = ngettext("was ill for %(n)d day", "was ill for %(n)d days", ill)
        facts.append(Fact("body", words % {"n": ill}))
    if days > ill:
        words = ngettext("was not at school on %(n)d day", "was not at school on %(n)d days", days)
        facts.append(Fact("learning", words % {"n": days}))
    enrolment = class_of(student, on)
    if not days and enrolment:
        # Without a register, or with one taken by somebody who cannot see the child, we do not
        # know.
        registers = ClassRegister.objects.filter(
            school_class=enrolment.school_class_id, taken_on__gt=since, taken_on__lte=on
        )
        unseen = list(registers.values_list("unseen", flat=True))
        if unseen and not any(student.pk in keys for keys in unseen):
            facts.append(Fact("body", _("was at school every day")))
    return facts


def _homework(student: Student, since: date, on: date) -> list[Fact]:
    times = MissedHomework.objects.filter(
        student=student, missed_on__gt=since, missed_on__lte=on, retracted_at=None
    ).count()
    if times:
        words = ngettext(
            "homework was missing %(n)d time", "homework was missing %(n)d times", times
        )
        return [Fact("learning", words % {"n": times})]
    enrolment = class_of(student, on)
    if enrolment is None:
        return []
    # No record of a miss means something only if somebody records missing homework in this class.
    others = current_enrolments(on).filter(school_class=enrolment.school_class_id)
    rows = MissedHomework.objects.filter(missed_on__gt=since, missed_on__lte=on)
    if not rows.filter(student__in=others.values("student_id")).exists():
        return []
    return [Fact("learning", _("has handed in all the homework"))]
