"""Two lessons that the first demo school has read; one is with the families of the home class."""

from datetime import timedelta
from random import Random

from delivery.models import OutboxMessage
from demo.scene import Scene
from learning import actions, policies
from learning.models import Lesson, LessonSent
from schools.roles import Role

READ = ("praise", "listening")
DAYS_AGO = 3
# Shares of adults, made up: who opened it; of these who said it was of use, and who said anything.
OPENED, OF_USE, SAID = 0.6, 0.8, 0.9


def tell(scene: Scene) -> None:
    actions.load_shipped(at=scene.at - timedelta(days=20))
    counsellor = scene.colleagues[Role.COUNSELLOR]
    lessons = Lesson.objects.filter(key__in=READ, place__isnull=False).order_by("place")
    for lesson in lessons:
        actions.let_out(
            lesson=lesson, school=scene.school, by=counsellor, at=scene.at - timedelta(days=12)
        )
    sent_at = scene.at - timedelta(days=DAYS_AGO)
    children = policies.children_of(scene.home_class, scene.on).values_list("pk", flat=True)
    actions.send(lesson=lessons[0], school=scene.school, student_ids=list(children), at=sent_at)
    OutboxMessage.objects.filter(payload__about="lesson", school=scene.school).update(
        state=OutboxMessage.State.ACCEPTED, sending_at=sent_at, finished_at=sent_at
    )
    lots = Random(f"{scene.seed}:lessons")
    for row in LessonSent.objects.filter(school=scene.school).order_by("pk"):
        if lots.random() >= OPENED:
            continue
        row.opened_at = sent_at + timedelta(hours=lots.randint(8, 60))
        if lots.random() < SAID:
            row.answered_at, row.is_of_use = row.opened_at, lots.random() < OF_USE
        row.save()
