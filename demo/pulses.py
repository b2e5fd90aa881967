"""Weekly questions in the home class about how the week was: who agreed, and the answers.

Nobody is low for weeks here (made up): such a row belongs in one child's story, not in a long list.
"""

from datetime import timedelta

from django.utils import timezone

from core.weeks import monday_of
from demo.scene import Scene, drawn
from demo.story_school import key
from guardians.models import Guardianship
from privacy.actions import record_consent
from privacy.models import Consent, Purpose
from privacy.policies import askable
from students.queries import current_enrolments
from surveys.models import Pulse
from surveys.pulses import actions
from surveys.pulses.queries import edition_for

FAMILIES, CARERS = 0.5, 0.4  # shares that agreed
ANSWERING = 0.75  # share of weeks that have an answer
MOODS = [("1", 0.32), ("2", 0.42), ("3", 0.26)]
LISTENED = [("3", 0.25), ("2", 0.4), ("1", 0.35)]
WEEKS = 12


def tell(scene: Scene) -> None:
    lots = scene.lots("pulses")
    held = current_enrolments(scene.on).filter(school_class=scene.home_class)
    of_class = {"student__in": held.values("student")}
    agreed_at = scene.at - timedelta(weeks=WEEKS, days=3)
    for purpose, share in ((Purpose.WEEKLY, FAMILIES), (Purpose.CARER, CARERS)):
        ties = askable(purpose, scene.on).filter(**of_class).select_related("adult", "student")
        asked: dict[int, Guardianship] = {}
        for tie in ties.order_by("student_id", "priority", "pk"):
            asked.setdefault(tie.student_id if purpose == Purpose.WEEKLY else tie.adult_id, tie)
        for pk, tie in asked.items():
            if lots.random() < share:
                record_consent(
                    adult=tie.adult,
                    student=tie.student if purpose == Purpose.WEEKLY else None,
                    purpose=purpose,
                    decision="given",
                    via=Consent.Via.FAMILY_PAGE,
                    key=key(f"pulse-{purpose}-{pk}"),
                    at=agreed_at,
                )
    agreed = Consent.objects.filter(school=scene.school, purpose=Purpose.WEEKLY, decision="given")
    rows = agreed.select_related("student").order_by("student_id")
    children = [one.student for one in rows if one.student]
    if not children:
        return
    first_at = scene.at - timedelta(weeks=WEEKS)
    for item, option in (("mood", "2"), ("listened", "2")):
        actions.answer(of=children[0], item=item, option=option, at=first_at)
    edition = edition_for(children[0])
    pulses = []
    for child in children:
        for ago in range(WEEKS - 1, 0, -1):
            if lots.random() < ANSWERING:
                at = scene.at - timedelta(weeks=ago)
                pulses.append(
                    Pulse(
                        school=scene.school,
                        student=child,
                        edition=edition,
                        week_on=monday_of(timezone.localdate(at)),
                        answers={"mood": drawn(lots, MOODS), "listened": drawn(lots, LISTENED)},
                        begun_at=at,
                        finished_at=at,
                    )
                )
    Pulse.objects.bulk_create(pulses)
