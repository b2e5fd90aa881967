"""Load packs, release lessons and take them back, send them, and record what a family does with them."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from core.database import lock
from delivery.queries import silent_schools
from guardians.models import Adult
from learning import messages, shipped
from learning.models import Lesson, LessonPlan, LessonReading, LessonSent
from learning.pack import Pack, PackLesson, read
from learning.queries import (
    had_by,
    is_out,
    lessons_to_send,
    own_word,
    reading_key,
    readings_at,
)
from learning.reach import Reader, fit_of, readers_around
from learning.rules import is_in_season, is_plan_due
from learning.voice.queries import unheard
from schools.models import School
from schools.policies import today_in
from schools.queries import term_on
from students.queries import current_enrolments

LOADING = 0x6A79  # first half of the advisory lock; the second is 0


def load_shipped(*, at: datetime) -> tuple[int, list[str]]:
    """Load all our packs; return (number of new lessons, faults). A pack with a fault is not loaded.

    Do nothing while another process loads them.
    """
    new, faults = 0, []
    with lock(LOADING, 0) as is_mine:
        for name in shipped.names() if is_mine else ():
            pack, wrong = read(shipped.files_of(name))
            faults += [f"{name}/{fault}" for fault in wrong]
            new += load(name=name, pack=pack, at=at) if pack else 0
    return new, faults


@transaction.atomic
def load(*, name: str, pack: Pack, at: datetime, owner: School | None = None) -> int:
    """Store a pack's new lessons, in the pack's order; return how many are new.

    A second call changes nothing. Families who were sent a lesson can read it after the pack has dropped it.
    `owner`: the school that took the pack; None for one that comes with the program.
    """
    rows = list(Lesson.objects.select_for_update(no_key=True).filter(pack=name))
    known = {(row.key, row.digest): row for row in rows}
    order = [(one.key, one.digest) for one in pack.lessons]
    if {key: row.place for key, row in known.items() if row.place is not None} == {
        key: place for place, key in enumerate(order)
    }:
        return 0
    Lesson.objects.filter(pack=name).update(place=None)
    new = 0
    for place, one in enumerate(pack.lessons):
        row = known.get((one.key, one.digest))
        if row is None:
            row, new = lesson_of(name, pack, one, at, owner), new + 1
        row.place = place
        row.save(update_fields=["place"] if row.pk else None)
    return new


def lesson_of(name: str, pack: Pack, one: PackLesson, at: datetime, owner: School | None) -> Lesson:
    """Return a new lesson, not saved yet."""
    ages_from, ages_until = one.ages or (None, None)
    grades_from, grades_until = one.grades or (None, None)
    return Lesson(
        owner=owner,
        pack=name,
        key=one.key,
        version=pack.version,
        licence=pack.licence,
        audience=list(one.audience),
        ages_from=ages_from,
        ages_until=ages_until,
        months=list(one.months),
        counts_on_parents=one.counts_on_parents,
        grades_from=grades_from,
        grades_until=grades_until,
        minutes=one.minutes,
        texts={language: asdict(text) for language, text in one.texts.items()},
        sources=list(one.sources),
        picture=one.picture,
        digest=one.digest,
        loaded_at=at,
    )


def _locked(lesson: Lesson) -> Lesson:
    """Lock the lesson, so that releasing, taking back and sending wait for each other."""
    return Lesson.objects.select_for_update(no_key=True).get(pk=lesson.pk)


@dataclass(frozen=True)
class Seen:
    """What the page showed when somebody released a lesson.

    `reading`: the reading that counted (`reading_key`); `heard`: the recordings that waited for somebody to
    listen.
    """

    reading: str
    heard: Collection[str]


class SaidMeanwhile(Exception):
    """Somebody has released it or taken it back since the page was opened."""


class NotHeard(Exception):
    """A recording has become ready since the page was opened."""


@transaction.atomic
def let_out(
    *, lesson: Lesson, school: School, by: User, at: datetime, seen: Seen | None = None
) -> bool:
    """Record that `by` has read the lesson and releases it at the school, even if its county already has.

    Return False if somebody of the school already has and there is no new recording, or if the school has
    dropped the pack in the meantime. `seen`: None if no page was shown. Raises SaidMeanwhile, NotHeard.
    """
    locked = _locked(lesson)
    if locked.is_dropped:
        return False
    waiting = unheard(locked, school.pk).values_list("pk", flat=True)
    if own_word(locked, school.pk) and not waiting:
        return False
    if seen:
        if seen.reading != reading_key(readings_at(school, [locked]).get(locked.pk)):
            raise SaidMeanwhile
        if any(str(one) not in seen.heard for one in waiting):
            raise NotHeard
    LessonReading.objects.create(school=school, lesson=lesson, is_out=True, by=by, at=at)
    return True


@transaction.atomic
def take_back(*, lesson: Lesson, school: School, reason: str, by: User, at: datetime) -> bool:
    """Take the lesson back: stop sending it, and tell families on its page that it is gone.

    Return False if it was not released.
    """
    if not is_out(_locked(lesson), school.pk):
        return False
    _say_taken_back(lesson, school, reason, by, at)
    _call_off(lesson, school, at)
    return True


def _say_taken_back(lesson: Lesson, school: School, reason: str, by: User, at: datetime) -> None:
    LessonReading.objects.create(
        school=school, lesson=lesson, is_out=False, reason=reason, by=by, at=at
    )


def _call_off(lesson: Lesson, school: School, at: datetime) -> None:
    waiting = LessonSent.objects.filter(school=school, lesson=lesson, opened_at=None)
    messages.call_off(list(waiting), at)


@transaction.atomic
def drop(*, lesson: Lesson, school: School, reason: str, by: User, at: datetime) -> None:
    """Remove the lesson from the school.

    If the school had released it, that is taken back. If it had made no decision, it still has none, and no
    county can release the lesson while the pack is gone.
    """
    if own_word(_locked(lesson), school.pk):
        _say_taken_back(lesson, school, reason, by, at)
    Lesson.objects.filter(pk=lesson.pk).update(place=None, is_dropped=True)
    _call_off(lesson, school, at)


@transaction.atomic
def send(*, lesson: Lesson, school: School, student_ids: Collection[int], at: datetime) -> int:
    """Send it to those adults of these children for whom it is meant and who have never had it.

    An adult whose message about it, or about an older version, was cancelled before it was sent (lesson taken
    back, school began later) has not had it. Return how many messages are new. Each gets it in their own
    evening. Nothing is sent that the school has not released, or while the school does not write to families.
    """
    on = today_in(school, at)
    readers = [one for one in readers_around(student_ids, on) if one.is_meant_by(lesson)]
    return _send(lesson, school, readers, at)


def _send(lesson: Lesson, school: School, readers: Collection[Reader], at: datetime) -> int:
    if not is_out(_locked(lesson), school.pk) or school.pk in silent_schools(at):
        return 0
    sent = had_by(readers).filter(lesson__pack=lesson.pack, lesson__key=lesson.key)
    again = list(sent.filter(messages.kept_back(), lesson=lesson).values_list("pk", flat=True))
    have = set(
        sent.filter(~messages.kept_back() | Q(pk__in=again)).values_list("adult_id", flat=True)
    )
    LessonSent.objects.filter(pk__in=again).update(sent_at=at)
    adults = [one.adult for one in readers if one.adult.pk not in have]
    LessonSent.objects.bulk_create(
        [LessonSent(school=school, lesson=lesson, adult=adult, sent_at=at) for adult in adults],
        ignore_conflicts=True,
        batch_size=1000,
    )
    rows = LessonSent.objects.filter(
        Q(pk__in=again) | Q(adult__in=adults), lesson=lesson, opened_at=None
    )
    messages.queue(list(rows.select_related("adult")))
    return len(again) + len(adults)


@transaction.atomic
def set_plan(*, school: School, is_on: bool, weekday: int) -> LessonPlan:
    plan, _is_new = LessonPlan.objects.update_or_create(
        school=school, defaults={"is_on": is_on, "weekday": weekday}
    )
    return plan


def send_planned(*, at: datetime) -> int:
    """Send what the schools' plans say for today; return how many messages.

    Each school has its own transaction. A second run on the same day sends nothing.
    """
    plans = LessonPlan.objects.filter(is_on=True).order_by("pk").values_list("pk", flat=True)
    return sum(_send_planned(pk, at) for pk in plans)


@transaction.atomic
def _send_planned(pk: int, at: datetime) -> int:
    rows = LessonPlan.objects.select_for_update(skip_locked=True, of=("self",))
    plan = rows.select_related("school").filter(pk=pk, is_on=True).first()
    if plan is None or plan.school_id in silent_schools(at):
        return 0
    on = today_in(plan.school, at)
    if not is_plan_due(plan.weekday, plan.done_on, on) or not term_on(plan.school, on):
        return 0
    plan.done_on = on
    plan.save(update_fields=["done_on"])
    return sum(
        _send(lesson, plan.school, readers, at)
        for lesson, readers in _next_for_each(plan.school, on)
    )


def _next_for_each(school: School, on: date) -> list[tuple[Lesson, list[Reader]]]:
    """Return (lesson, the adults for whom it is next), leaving out lessons for which there are none.

    Next is the first lesson that an adult has not had and that fits them and the month.
    """
    lessons = [one for one in lessons_to_send(school.pk) if is_in_season(fit_of(one), on)]
    children = current_enrolments(on).filter(school=school).values_list("student_id", flat=True)
    readers = readers_around(list(children), on)
    sent = had_by(readers).exclude(messages.kept_back())
    had = set(sent.values_list("adult_id", "lesson__pack", "lesson__key"))
    chosen: dict[int, list[Reader]] = {one.pk: [] for one in lessons}
    for reader in readers:
        new = (one for one in lessons if (reader.adult.pk, one.pack, one.key) not in had)
        lesson = next(filter(reader.is_meant_by, new), None)
        if lesson:
            chosen[lesson.pk].append(reader)
    return [(one, chosen[one.pk]) for one in lessons if chosen[one.pk]]


@transaction.atomic
def note_opened(*, lesson: Lesson, adult: Adult, at: datetime) -> LessonSent:
    """Record that the adult has opened it, even if nobody sent it; the first time counts."""
    row, _is_new = LessonSent.objects.select_for_update(of=("self",)).get_or_create(
        lesson=lesson, adult=adult, defaults={"school_id": adult.school_id, "sent_at": at}
    )
    if row.opened_at is None:
        row.opened_at = at
        row.save(update_fields=["opened_at"])
        messages.call_off([row], at)
    return row


@transaction.atomic
def answer(*, lesson: Lesson, adult: Adult, is_of_use: bool, at: datetime) -> None:
    """Record whether it was useful; a later answer replaces an earlier one."""
    row = note_opened(lesson=lesson, adult=adult, at=at)
    row.is_of_use, row.answered_at = is_of_use, at
    row.save(update_fields=["is_of_use", "answered_at"])
