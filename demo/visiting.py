"""The term's duties and what was done about them: home visits, calls to parents, carers' meetings."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from uuid import UUID

from demo import notes
from demo.families import Household, Place
from demo.scene import Scene, seats_of
from visits.models import Agreement, CallLog, Duty, Meeting, Visit
from visits.rules import (
    HOME_VISIT_WITHIN_DAYS,
    call_key,
    home_key,
    home_visit_due_on,
    meeting_key,
    month_of,
)

# Shares, made up: of visits carried out by the end of the period; of the open ones; of the month's calls.
VISITED_BY_THE_END, PLANNED, NOBODY_THERE = 0.78, 0.15, 0.08
CALLED_IN_A_MONTH = 0.9
CAME_TO_MEETING = 0.62
ALSO_ASKED = 0.02  # children with a visit beyond the term's; a few of these are late
DISTANT = 0.97  # families so hard to reach that the school's calls go unanswered
FACTS = ["adult_there", "child_there", "food", "own_bed", "desk", "phone"]


def write(scene: Scene, households: Iterable[Household]) -> None:
    """Write the term's duties; between terms there are none."""
    if scene.term is None:
        return
    random = scene.lots("visits")
    away = [(home, seat) for home, seat in seats_of(households) if home.family.parents_away]
    for household, seat in away:
        _home_visit(scene, random, household, seat)
        _calls(scene, random, household, seat)
        if scene.is_whole and random.random() < ALSO_ASKED and not household.family.is_story:
            scene.add(
                Visit,
                school_id=scene.school.pk,
                student_id=seat.student_id,
                reason=random.choice(notes.VISIT_REASONS),
                due_on=scene.on + timedelta(days=random.randint(-9, 9)),
                asked_by_id=scene.teacher_of(seat),
            )
    for number, school_class in enumerate(scene.classes):
        came = [home for home, seat in away if seat.school_class.pk == school_class.pk]
        if came:
            _meeting(scene, random, number, school_class.pk, came)


def _key(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128))


def _home_visit(scene: Scene, random: Random, household: Household, seat: Place) -> None:
    term = scene.term
    assert term is not None  # noqa: S101 - write() looked
    due_on = home_visit_due_on(term.starts_on, term.ends_on, term.starts_on)
    elapsed = min(1.0, (scene.on - term.starts_on).days / HOME_VISIT_WITHIN_DAYS)
    is_made = random.random() < VISITED_BY_THE_END * elapsed and not household.family.is_story
    visited_on = scene.day_within(random, 1, max(1, (scene.on - term.starts_on).days - 7))
    duty = scene.add(
        Duty,
        school_id=scene.school.pk,
        kind=Duty.Kind.HOME_VISIT,
        school_class_id=seat.school_class.pk,
        student_id=seat.student_id,
        starts_on=term.starts_on,
        due_on=due_on,
        done_on=visited_on if is_made else None,
        key=home_key(term.pk, seat.student_id),
    )
    about = {
        "school_id": scene.school.pk,
        "student_id": seat.student_id,
        "duty_id": duty,
        "kind": Visit.Kind.HOME,
        "due_on": due_on,
    }
    if is_made:
        if random.random() < NOBODY_THERE:
            before = visited_on - timedelta(days=3)
            _made(scene, random, household, seat, about, before, "nobody")
        _made(scene, random, household, seat, about, visited_on, "met_carer")
        return
    plan = {}
    if random.random() < PLANNED and not household.family.is_story:
        planned_on = scene.on + timedelta(days=random.randint(1, 6))
        plan = {"planned_on": planned_on, "goes_id": scene.teacher_of(seat)}
    scene.add(Visit, **about, **plan)


def _made(
    scene: Scene,
    random: Random,
    household: Household,
    seat: Place,
    about: dict,
    on: date,
    outcome: str,
) -> None:
    is_met = outcome == "met_carer"
    facts = [fact for fact in FACTS if random.random() < 0.8] if is_met else []
    teacher = scene.teacher_of(seat)
    visit = scene.add(
        Visit,
        **about,
        planned_on=on,
        goes_id=teacher,
        visited_on=on,
        outcome=outcome,
        facts=facts,
        words=random.choice(notes.VISIT_WORDS) if is_met else "",
        key=_key(random),
        recorded_by_id=teacher,
        recorded_at=scene.moment(on, 18, random.randrange(60)),
    )
    if not is_met:
        return
    for adult_id in household.home_ids[:1]:
        scene.add(Visit.met.through, visit_id=visit, adult_id=adult_id)
    agreed = []
    if random.random() < 0.4:
        agreed = random.sample(notes.AGREED, k=random.choice([1, 2]))
    for who, what in agreed:
        by_on = on + timedelta(days=random.choice([7, 14, 30]))
        is_kept = by_on <= scene.on
        scene.add(
            Agreement,
            school_id=scene.school.pk,
            student_id=seat.student_id,
            visit_id=visit,
            who=who,
            what=what,
            by_on=by_on,
            done_at=scene.moment(by_on, 12) if is_kept else None,
            done_by_id=teacher if is_kept else None,
        )


def _calls(scene: Scene, random: Random, household: Household, seat: Place) -> None:
    """Write one call for each month of the term so far; in the other schools only for this month.

    This month gets as many as its elapsed days allow.
    """
    assert scene.term is not None  # noqa: S101 - write() looked
    months = [month_of(scene.on)]
    while scene.is_whole and months[0][0] > scene.term.starts_on:
        months.insert(0, month_of(months[0][0] - timedelta(days=1)))
    for first, last in months:
        is_over = last < scene.on
        share = CALLED_IN_A_MONTH * (1 if is_over else scene.on.day / last.day)
        reached = random.random() < share and household.family.silence < DISTANT
        days = [day for day in scene.days if first <= day <= last]
        called_on = random.choice(days) if days else None
        scene.add(
            Duty,
            school_id=scene.school.pk,
            kind=Duty.Kind.PARENT_CALL,
            school_class_id=seat.school_class.pk,
            student_id=seat.student_id,
            starts_on=first,
            due_on=last,
            done_on=called_on if reached else None,
            key=call_key(first, seat.student_id),
        )
        if called_on and (reached or random.random() < 0.5):
            outcome = "talked" if reached else random.choice(["no_answer", "calls_back"])
            hour, minute = random.choice([12, 16, 17, 19]), random.randrange(60)
            began = scene.moment(called_on, hour, minute)
            minutes = random.randint(3, 14) if reached else None
            scene.add(
                CallLog,
                school_id=scene.school.pk,
                student_id=seat.student_id,
                adult_id=household.away_ids[0],
                started_at=began,
                ended_at=began + timedelta(minutes=minutes or 1),
                minutes=minutes,
                outcome=outcome,
                words=random.choice(notes.CALL_WORDS) if minutes else "",
                key=_key(random),
                called_by_id=scene.teacher_of(seat),
            )


def _meeting(
    scene: Scene, random: Random, number: int, class_id: int, families: list[Household]
) -> None:
    term = scene.term
    assert term is not None  # noqa: S101 - write() looked
    wanted = term.starts_on + timedelta(days=38 + number % 3)
    held_on = next((day for day in scene.days if day >= wanted), None)
    is_held = held_on is not None and number % 4 != 3
    scene.add(
        Duty,
        school_id=scene.school.pk,
        kind=Duty.Kind.CARERS_MEETING,
        school_class_id=class_id,
        starts_on=term.starts_on,
        due_on=term.ends_on,
        done_on=held_on if is_held else None,
        key=meeting_key(term.pk, class_id),
    )
    if held_on is None or not is_held:
        return
    meeting = scene.add(
        Meeting,
        school_id=scene.school.pk,
        school_class_id=class_id,
        held_on=held_on,
        words=notes.MEETING_WORDS,
        key=_key(random),
        recorded_by_id=scene.teachers[class_id].pk,
        recorded_at=scene.moment(held_on, 17, 30),
    )
    carers = {adult_id for home in families for adult_id in home.home_ids[:1]}
    for adult_id in sorted(carers):
        if random.random() < CAME_TO_MEETING:
            scene.add(Meeting.came.through, meeting_id=meeting, adult_id=adult_id)
