"""The teachers' records of this term: attendance, notes, good news, requests, homework."""

from collections.abc import Iterable
from datetime import time, timedelta
from random import Random
from typing import Any

from classroom.models import (
    AttendanceMark,
    ClassRegister,
    FamilyRequest,
    HomeworkHelp,
    Letter,
    MissedHomework,
    Observation,
)
from classroom.rules import GOOD_NEWS_DAYS
from demo import notes
from demo.families import Household, Place
from demo.scene import LOOKED_BACK_DAYS, Scene, drawn, seats_of

# Shares of children, made up where no source is named.
MISSES_MUCH = 0.02  # absent on a tenth of the days or more
ABSENT, LATE = 0.012, 0.01  # of everybody else's days
OWED = 0.12  # whose family has had no good news for over a fortnight
# of these: the teacher has since seen something good that the family does not know yet
SEEN_SINCE = 0.7
WORRIED_ABOUT = 0.12  # with a note in recent weeks about something to keep an eye on
GETS_LETTER, IS_ASKED, HAS_HELP, MISSES_HOMEWORK = 0.5, 0.25, 0.12, 0.03
NOT_TAKEN_TODAY = 3  # classes where today's register has not been taken yet
# For the other schools: days of attendance, and notes per child; the latest note is old enough that no
# message about it is sent (classroom.rules.TELL_LATE_HOURS).
THIN_DAYS, THIN_NOTES, THIN_NEWEST_DAYS = 12, 2, 6
REASONS = [("ill", 0.6), ("family", 0.2), ("way", 0.1), ("with_parents", 0.04)]


def write(scene: Scene, households: Iterable[Household]) -> None:
    seats = list(seats_of(households))
    _attendance(scene, seats)
    random, untold = scene.lots("notes"), scene.lots("untold")
    latest, kept = (0, 7) if scene.is_whole else (THIN_NEWEST_DAYS, THIN_NOTES)
    for household, seat in seats:
        # Good news about once a fortnight, mostly up to date; now and then another note.
        is_owed = random.random() < OWED
        newest = random.randint(15, 24) if is_owed else random.randint(latest, 12)
        for back, note in enumerate(random.sample(notes.GOOD, k=kept)):
            days_ago = newest + back * GOOD_NEWS_DAYS - random.randint(0, 3) * bool(back)
            if days_ago < LOOKED_BACK_DAYS:
                _note(scene, random, seat, note, days_ago, is_told=True)
        if is_owed and untold.random() < SEEN_SINCE:
            seen = untold.choice(notes.GOOD)
            _note(scene, untold, seat, seen, untold.randint(1, 9), is_told=False)
        if random.random() < WORRIED_ABOUT and not household.family.is_story:
            for note in random.sample(notes.QUIET, k=random.choice([1, 1, 2])):
                _note(scene, random, seat, note, random.randint(0, 27), is_told=False)
        if scene.is_whole:
            _around_learning(scene, random, household, seat)


def _attendance(scene: Scene, seats: list[tuple[Household, Place]]) -> None:
    """Write a register for each school day, leaving out some of today's."""
    random = scene.lots("attendance")
    days = scene.days if scene.is_whole else scene.days[-THIN_DAYS:]
    for number, school_class in enumerate(scene.classes):
        waits = number % len(scene.classes) >= len(scene.classes) - NOT_TAKEN_TODAY
        is_taken_today = scene.is_today_open and scene.at.hour >= 9 and not waits
        for on in [*days, scene.on] if is_taken_today else days:
            scene.add(
                ClassRegister,
                school_id=scene.school.pk,
                school_class_id=school_class.pk,
                taken_on=on,
                taken_by_id=scene.teachers[school_class.pk].pk,
                taken_at=scene.moment(on, 8, 35),
            )
    for _household, seat in seats:
        misses_much = random.random() < MISSES_MUCH
        absent = random.uniform(0.1, 0.2) if misses_much else ABSENT
        for on in days:
            kind = drawn(random, [("absent", absent), ("late", LATE)])
            if kind is None:
                continue
            reason = drawn(random, REASONS) or "" if kind == "absent" else ""
            scene.add(
                AttendanceMark,
                school_id=scene.school.pk,
                student_id=seat.student_id,
                marked_on=on,
                kind=kind,
                reason=reason,
                written_by_id=scene.teacher_of(seat),
                written_at=scene.moment(on, 8, 35),
            )


def _note(
    scene: Scene, random: Random, seat: Place, note: notes.Note, days_ago: int, *, is_told: bool
) -> None:
    on = scene.day_within(random, days_ago, days_ago)
    at = scene.moment(on, random.randint(8, 16), random.randrange(60))
    scene.add(
        Observation,
        school_id=scene.school.pk,
        student_id=seat.student_id,
        happened_at=at,
        words=notes.about(seat.child.sex, note.words),
        place=note.place,
        strengths=note.strengths,
        themes=note.themes,
        deeds=note.deeds,
        tell_family=is_told,
        written_by_id=scene.teacher_of(seat),
        recorded_at=min(at + timedelta(minutes=random.randrange(1, 40)), scene.at),
    )


def _around_learning(scene: Scene, random: Random, household: Household, seat: Place) -> None:
    away, home = household.away_ids, household.home_ids
    if away and random.random() < GETS_LETTER:
        on = scene.day_within(random, 3, 30)
        scene.add(
            Letter,
            school_id=scene.school.pk,
            student_id=seat.student_id,
            **{
                part: notes.about(seat.child.sex, random.choice(sentences))
                for part, sentences in notes.LETTER.items()
            },
            written_by_id=scene.teacher_of(seat),
            written_at=scene.moment(on, 16, 40),
            sent_at=scene.moment(on, 16, 45),
        )
    if away and random.random() < IS_ASKED and not household.family.is_story:
        _request(scene, random, seat, random.choice(home or away))
    if random.random() < HAS_HELP:
        _help(scene, random, seat, home)
    if random.random() < MISSES_HOMEWORK:
        for on in random.sample(scene.days[-10:], k=min(3, len(scene.days))):
            scene.add(
                MissedHomework,
                school_id=scene.school.pk,
                student_id=seat.student_id,
                missed_on=on,
                noted_by_id=scene.teacher_of(seat),
                noted_at=scene.moment(on, 9),
            )


def _request(scene: Scene, random: Random, seat: Place, adult_id: int) -> None:
    """Ask the family for something: most requests are closed, some are open, very few are late."""
    words, days = random.choice(notes.REQUESTS)
    state = random.choices(["closed", "done", "will_do", "open", "late"], [50, 12, 16, 20, 2])[0]
    asked_on = scene.day_within(random, 21, 50) if state == "closed" else None
    asked_on = asked_on or scene.day_within(random, 0, max(1, days - 2))
    if state == "late":
        asked_on = scene.day_within(random, days + 2, days + 5)
    at = scene.moment(asked_on, 12, random.randrange(60))
    answered_at = min(at + timedelta(hours=random.randrange(5, 60)), scene.at)
    answer = {"closed": "done", "open": "", "late": ""}.get(state, state)
    said = {"answer_words": random.choice(notes.ANSWERS), "answered_at": answered_at}
    scene.add(
        FamilyRequest,
        school_id=scene.school.pk,
        student_id=seat.student_id,
        adult_id=adult_id,
        words=words,
        due_on=asked_on + timedelta(days=days),
        asked_by_id=scene.teacher_of(seat),
        asked_at=at,
        answer=answer,
        closed_at=answered_at if state == "closed" else None,
        **(said if answer else {}),
    )


def _help(scene: Scene, random: Random, seat: Place, home: list[int]) -> None:
    kind = random.choice(["staff", "somebody", "adult"] if home else ["staff", "somebody"])
    helpers: dict[str, dict[str, Any]] = {
        "staff": {"staff_id": scene.teacher_of(seat)},
        "somebody": {"somebody": random.choice(notes.HELPERS)},
        "adult": {"adult_id": home[0] if home else None},
    }
    starts_on = scene.day_within(random, 7, 60)
    scene.add(
        HomeworkHelp,
        school_id=scene.school.pk,
        student_id=seat.student_id,
        weekdays=sorted(random.sample(range(5), k=random.choice([1, 2]))),
        starts_at=time(16, 40),
        words=random.choice(notes.HELP_WITH),
        starts_on=starts_on,
        assigned_by_id=scene.teacher_of(seat),
        assigned_at=scene.moment(starts_on, 12),
        **helpers[kind],
    )
