"""Lines about school life for a family."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.leave.family import leave_lines
from classroom.leave.queries import family_questions as leave_questions
from classroom.messages import REQUESTS, child_path
from classroom.models import HomeworkHelp
from classroom.presenters import good_news_words, weekday_words
from classroom.queries import good_news, latest_letters, open_requests, present_help
from classroom.queries.family import questions as of_school_life
from classroom.rules import GOOD_NEWS_DAYS, NEWS_READ_DAYS
from core.days import short_day
from core.prepared import Question, joined, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult

GOOD_NEWS_FIRST, LETTER_NEXT, REQUEST_THEN, HELP_LATER = 10, 15, 20, 40  # positions on the card


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return lines by child for these adults, who are records of one person.

    The number of queries is the same for one child and for ten.
    """
    today = timezone.localdate(at)
    lines: dict[int, list[FamilyLine]] = defaultdict(list)
    since = at - timedelta(days=GOOD_NEWS_DAYS)
    # The card and the child's own page below show these as well.
    for child, notes in good_news(student_ids, at - timedelta(days=NEWS_READ_DAYS)).items():
        if notes[0].happened_at >= since:
            words = good_news_words(notes[0])
            lines[child].append(FamilyLine(words, child_path(child), "sun", order=GOOD_NEWS_FIRST))
    for child, letter in latest_letters(student_ids).items():
        if letter.sent_at and letter.sent_at > since:
            words = _("%(who)s has written to you") % {"who": letter.written_by.name}
            lines[child].append(FamilyLine(words, child_path(child), "talk", order=LETTER_NEXT))
    for request in open_requests([adult.pk for adult in adults], today):
        if request.student_id in student_ids and request.is_open_for_family:
            told = {"what": request.words, "day": short_day(request.due_on, today)}
            words, button = _("%(what)s (by %(day)s)") % told, _("Answer the school")
            if request.answer:
                words, button = (
                    _("You will do it: %(what)s (by %(day)s)") % told,
                    _("Mark it as done"),
                )
            lines[request.student_id].append(
                FamilyLine(words, REQUESTS, "ask", button, is_due=True, order=REQUEST_THEN)
            )
    helpers = [adult.pk for adult in adults]
    for help in _promised(student_ids=student_ids, adult_ids=helpers, on=today):
        words = _("You help %(name)s with homework: %(days)s at %(time)s") % {
            "name": help.student.given_name,
            "days": weekday_words(help.weekdays),
            "time": f"{help.starts_at:%-H:%M}",
        }
        lines[help.student_id].append(
            FamilyLine(words, child_path(help.student_id), "sun", order=HELP_LATER)
        )
    for child, leave in leave_lines(student_ids, helpers, today).items():
        lines[child] += leave
    return dict(lines)


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the prepared queries that `family_lines` runs first, for `ask_together`."""
    keys, on = [one.pk for one in adults], timezone.localdate(at)
    return [
        *of_school_life(student_ids, keys, at - timedelta(days=NEWS_READ_DAYS), on),
        _promised.question(student_ids=student_ids, adult_ids=keys, on=on),
        *leave_questions(student_ids, on),
    ]


@prepared
def _promised(*, student_ids, adult_ids, on) -> QuerySet[HomeworkHelp]:
    """Return current help promised by these adults; only the adult who promised it sees it."""
    rows = present_help(student_ids, on).filter(adult_id__in=adult_ids)
    # Only the child's name is shown, so skip a hundred columns.
    return joined(rows.select_related(None), "student__name")
