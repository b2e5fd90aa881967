"""Two lessons that the first demo school has read; one is with the families of the home class."""

from datetime import timedelta
from random import Random

from demo.scene import Scene
from learning import actions, policies
from learning.models import Lesson, LessonSent
from learning.reach import readers_around
from schools.roles import Role

READ = ("praise", "listening")
DAYS_AGO = 3
# Shares of adults, made up: who opened it; of these who said anything, and who found it of use.
OPENED, SAID, OF_USE = 0.6, 0.9, 0.8


def tell(scene: Scene) -> None:
    actions.load_shipped(at=scene.at - timedelta(days=20))
    counsellor = scene.colleagues[Role.COUNSELLOR]
    lessons = Lesson.objects.filter(key__in=READ, place__isnull=False).order_by("place")
    for lesson in lessons:
        actions.let_out(
            lesson=lesson, school=scene.school, by=counsellor, at=scene.at - timedelta(days=12)
        )
    _send(scene, lessons[0])


def _send(scene: Scene, lesson: Lesson) -> None:
    """As rows: its messages went days ago, and none is to leave today."""
    lots = Random(f"{scene.seed}:lessons")
    sent_at = scene.at - timedelta(days=DAYS_AGO)
    children = policies.children_of(scene.home_class, scene.on).values_list("pk", flat=True)
    rows = []
    readers = readers_around(list(children), scene.on)
    for reader in filter(lambda one: one.is_meant_by(lesson), readers):
        row = LessonSent(school=scene.school, lesson=lesson, adult=reader.adult, sent_at=sent_at)
        if lots.random() < OPENED:
            row.opened_at = sent_at + timedelta(hours=lots.randint(8, 60))
            if lots.random() < SAID:
                row.answered_at, row.is_of_use = row.opened_at, lots.random() < OF_USE
        rows.append(row)
    LessonSent.objects.bulk_create(rows)
