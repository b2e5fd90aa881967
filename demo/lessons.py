"""Lessons that the main demo school has approved, and a training course.

The home class's families have one lesson, and three are on the classes' timetable.
"""

from datetime import timedelta
from random import Random
from uuid import UUID

from core.weeks import monday_of
from demo.scene import Scene
from learning import actions, policies
from learning.curriculum import actions as curriculum
from learning.curriculum.rules import WEEK
from learning.models import Lesson, LessonSent, PlannedLesson, Training
from learning.reach import readers_around
from learning.training import actions as trainings
from schools.roles import Role

READ = ("praise", "listening")
TAUGHT = ("feelings", "friends", "asking-for-help")
DAYS_AGO = 3
# Shares of adults, made up: who opened it; of these, who said anything; of these, who found it useful.
OPENED, SAID, OF_USE = 0.6, 0.9, 0.8


def tell(scene: Scene) -> None:
    actions.load_shipped(at=scene.at - timedelta(days=20))
    counsellor = scene.colleagues[Role.COUNSELLOR]
    lessons = Lesson.objects.filter(key__in=READ, place__isnull=False).order_by("place")
    for lesson in lessons:
        actions.let_out(
            lesson=lesson, school=scene.school, by=counsellor, at=scene.at - timedelta(days=12)
        )
    # Written as rows: its messages were sent days ago, and none may be sent today.
    first = lessons[0]
    lots = Random(f"{scene.seed}:lessons")
    sent_at = scene.at - timedelta(days=DAYS_AGO)
    children = policies.children_of(scene.home_class, scene.on).values_list("pk", flat=True)
    rows = []
    readers = readers_around(list(children), scene.on)
    for reader in filter(lambda one: one.is_meant_by(first), readers):
        row = LessonSent(school=scene.school, lesson=first, adult=reader.adult, sent_at=sent_at)
        if lots.random() < OPENED:
            row.opened_at = sent_at + timedelta(hours=lots.randint(8, 60))
            if lots.random() < SAID:
                row.answered_at, row.is_of_use = row.opened_at, lots.random() < OF_USE
        rows.append(row)
    LessonSent.objects.bulk_create(rows)
    _classes(scene)


def _classes(scene: Scene) -> None:
    """Plan lessons for the classes.

    The home class has one every other week, the first of them held a week ago. The other classes of a
    suitable grade have that same lesson this week.
    """
    counsellor = scene.colleagues[Role.COUNSELLOR]
    rows = Lesson.objects.filter(key__in=TAUGHT, place__isnull=False, minutes__isnull=False)
    taught = list(rows.order_by("place"))
    for lesson in taught:
        actions.let_out(
            lesson=lesson, school=scene.school, by=counsellor, at=scene.at - timedelta(days=25)
        )
    first = monday_of(scene.on) - WEEK
    others = [one for one in scene.classes if one != scene.home_class]
    planned = [
        (first + WEEK * 2 * number, lesson, [scene.home_class])
        for number, lesson in enumerate(taught)
    ]
    fitting = [one for one in others if taught[0].fits_grade(one.grade.number)]
    for week_on, lesson, classes in [*planned, (first + WEEK, taught[0], fitting)]:
        curriculum.plan(
            school=scene.school,
            classes=classes,
            week_on=week_on,
            lesson=lesson,
            by=counsellor,
            at=scene.at - timedelta(days=24),
        )
    teacher = scene.teachers[scene.home_class.pk]
    held = PlannedLesson.objects.get(school_class=scene.home_class, week_on=first)
    on = first + timedelta(days=2)
    at = scene.moment(on, 16)
    curriculum.record_held(planned=held, on=on, by=teacher, at=at)
    trainings.note(
        school=scene.school,
        user=counsellor,
        kind=Training.Kind.SUPPORT,
        title="儿童心理急救",
        provider="县教育局",
        hours=16,
        ended_on=scene.on - timedelta(days=40),
        certificate=None,
        key=UUID(int=scene.school.pk),
        by=counsellor,
        at=scene.at - timedelta(days=39),
    )
