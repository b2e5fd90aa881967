"""Lines and messages about school life for a family."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from classroom.models import FamilyRequest, Letter
from classroom.presenters import good_news_words, weekday_words
from classroom.queries import (
    adults_to_tell,
    good_news,
    latest_letters,
    open_requests,
    present_help,
)
from classroom.queries.observing import for_families
from classroom.rules import (
    GOOD_NEWS_DAYS,
    LETTER_LATE_DAYS,
    REMIND_BEFORE_DAYS,
    TELL_AFTER_MINUTES,
    TELL_LATE_HOURS,
)
from core.days import short_day
from guardians.family_lines import FamilyLine
from guardians.models import Adult, Guardianship
from schools.notices import DueMessage

GOOD_NEWS_FIRST, LETTER_NEXT, REQUEST_THEN, HELP_LATER = 10, 15, 20, 40  # places on the card

GOOD_NEWS = gettext_noop("The school has sent good news.")
LETTER = gettext_noop("You have a letter from the school.")
ASKED = gettext_noop("The school has one small request for you.")
REMINDED = gettext_noop("The school is still waiting for your answer. It takes one tap.")

REQUESTS = "/f/requests/"  # the door's page on which a family answers

MORNING = 8  # o'clock at the school; a reminder comes with the day


def child_path(student_id: int) -> str:
    return f"/f/children/{student_id}/"


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return lines by child for these adults (records of one person); four queries."""
    today = timezone.localdate(at)
    lines: dict[int, list[FamilyLine]] = defaultdict(list)
    for child, notes in good_news(student_ids, at - timedelta(days=GOOD_NEWS_DAYS)).items():
        lines[child].append(
            FamilyLine(good_news_words(notes[0]), child_path(child), "sun", order=GOOD_NEWS_FIRST)
        )
    for child, letter in latest_letters(student_ids).items():
        if letter.sent_at and at - letter.sent_at < timedelta(days=GOOD_NEWS_DAYS):
            words = _("%(who)s has written to you") % {"who": letter.written_by.name}
            lines[child].append(FamilyLine(words, child_path(child), "talk", order=LETTER_NEXT))
    for request in open_requests([adult.pk for adult in adults]):
        if request.student_id in student_ids and not request.answer:
            day = short_day(request.due_on, today)
            words = _("%(what)s (by %(day)s)") % {"what": request.words, "day": day}
            lines[request.student_id].append(
                FamilyLine(words, REQUESTS, "ask", _("Answer"), is_due=True, order=REQUEST_THEN)
            )
    # Only the adult who promised to help sees this line.
    helpers = {adult.pk for adult in adults}
    for help in present_help(student_ids, today).filter(adult_id__in=helpers):
        words = _("You help %(name)s with homework: %(days)s at %(time)s") % {
            "name": help.student.given_name,
            "days": weekday_words(help.weekdays),
            "time": f"{help.starts_at:%-H:%M}",
        }
        lines[help.student_id].append(
            FamilyLine(words, child_path(help.student_id), "sun", order=HELP_LATER)
        )
    return dict(lines)


def messages_due(at: datetime) -> list[DueMessage]:
    return [*_good_news_due(at), *_letters_due(at), *_requests_due(at)]


def _good_news_due(at: datetime) -> list[DueMessage]:
    """Return at most one message per adult and day, however many children and notes there are."""
    told = for_families().filter(
        recorded_at__lte=at - timedelta(minutes=TELL_AFTER_MINUTES),
        recorded_at__gt=at - timedelta(hours=TELL_LATE_HOURS),
    )
    notes = list(told.select_related("student__school").order_by("recorded_at", "pk"))
    family = _adults_by_child((note.student_id for note in notes), at)
    due: dict[str, DueMessage] = {}
    for note in notes:
        on = timezone.localdate(note.recorded_at, ZoneInfo(note.student.school.time_zone))
        for held in family[note.student_id]:
            key = f"good-news:{held.adult_id}:{on:%Y-%m-%d}"
            if key not in due:
                due[key] = DueMessage(
                    key=key,
                    school_id=note.school_id,
                    adult_id=held.adult_id,
                    words=GOOD_NEWS,
                    path=child_path(note.student_id),
                    due_at=note.recorded_at + timedelta(minutes=TELL_AFTER_MINUTES),
                    expires_at=note.recorded_at + timedelta(hours=TELL_LATE_HOURS),
                    student_id=note.student_id,
                )
    return list(due.values())


def _letters_due(at: datetime) -> list[DueMessage]:
    since = at - timedelta(days=LETTER_LATE_DAYS)
    letters = list(Letter.objects.filter(sent_at__lte=at, sent_at__gt=since).order_by("pk"))
    family = _adults_by_child((letter.student_id for letter in letters), at)
    return [
        DueMessage(
            key=f"letter:{letter.pk}:{held.adult_id}",
            school_id=letter.school_id,
            adult_id=held.adult_id,
            words=LETTER,
            path=child_path(letter.student_id),
            due_at=letter.sent_at,
            expires_at=letter.sent_at + timedelta(days=LETTER_LATE_DAYS),
            student_id=letter.student_id,
        )
        for letter in letters
        if letter.sent_at
        for held in family[letter.student_id]
    ]


def _requests_due(at: datetime) -> list[DueMessage]:
    """Return a message when asked and one reminder before the due date, while there is no answer."""
    rows = FamilyRequest.objects.filter(
        closed_at=None, answer="", due_on__gte=timezone.localdate(at)
    ).select_related("student__school")
    asked = list(rows.order_by("pk"))
    family = _adults_by_child((row.student_id for row in asked), at)
    due = []
    for row in asked:
        if row.adult_id not in {held.adult_id for held in family[row.student_id]}:
            continue
        zone = ZoneInfo(row.student.school.time_zone)
        over = datetime.combine(row.due_on + timedelta(days=1), datetime.min.time(), zone)
        day = row.due_on - timedelta(days=REMIND_BEFORE_DAYS)
        again = datetime.combine(day, datetime.min.time(), zone) + timedelta(hours=MORNING)
        moments = [("asked", ASKED, row.asked_at)]
        if again - row.asked_at >= timedelta(days=1):
            moments.append(("before", REMINDED, again))
        due += [
            DueMessage(
                key=f"request:{row.pk}:{step}",
                school_id=row.school_id,
                adult_id=row.adult_id,
                words=words,
                path=REQUESTS,
                due_at=due_at,
                expires_at=over,
                student_id=row.student_id,
            )
            for step, words, due_at in moments
            if due_at <= at < over
        ]
    return due


def _adults_by_child(student_ids: Iterable[int], at: datetime) -> dict[int, list[Guardianship]]:
    held: dict[int, list[Guardianship]] = defaultdict(list)
    for row in adults_to_tell(set(student_ids), timezone.localdate(at)):
        if row.adult_id not in {one.adult_id for one in held[row.student_id]}:
            held[row.student_id].append(row)
    return held
