"""The two sides of the clock: where the child contradicts the parent."""

from collections.abc import Sequence
from datetime import timedelta

from demo.families import Household
from demo.scene import Scene, seats_of
from demo.story_school import Cast
from guardians.clock import actions as clock_actions
from guardians.models import Adult, Contact
from students.models import Student

RECENT_DAYS = 5


def tell(scene: Scene, cast: Cast, households: Sequence[Household]) -> None:
    """Let one child of the class deny talking on days for which the parent reported a talk."""
    for household, seat in seats_of(households):
        talk = household.last_talk
        is_ours = seat.school_class.pk == scene.home_class.pk and seat.child.name not in cast
        if not is_ours or talk is None or talk.is_confirmed or not talk.by_parent:
            continue
        home_says = Contact.objects.filter(student_id=seat.student_id, retracted_at=None).exclude(
            reported_by=Contact.ReportedBy.PARENT
        )
        days_ago = (scene.on - talk.on).days
        since = scene.on - timedelta(days=7)
        if days_ago > RECENT_DAYS or home_says.filter(happened_on__gte=since).exists():
            continue
        clock_actions.say_not_talked(
            student=Student.objects.get(pk=seat.student_id),
            adult=Adult.objects.get(pk=talk.adult_id),
            said_by=Contact.ReportedBy.CHILD,
            on=scene.on - timedelta(days=min(1, days_ago)),
            source_key="demo:denial",
            at=scene.yesterday_at(16, 5),
        )
        return
