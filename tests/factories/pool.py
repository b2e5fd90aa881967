"""The shared queue: 十八里堡小学 without a counsellor, and two counsellors of other schools of the county."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from counselling.models import Brief, Case
from counselling.pool import actions
from safeguarding import actions as concerns
from safeguarding.levels import triage
from safeguarding.models import Concern
from tests.factories.cast import (
    Cast,
    make_guardianship,
    make_post,
    make_school,
    make_student,
    make_user,
)

SAID = "夜里常醒，上课没有精神，下课一个人坐着"
SHOWN = {
    "troubles": ["sleep", "alone"],
    "done": ["talked"],
    "asks": ["phone"],
    "language": "dialect",
    "reach": "far",
    "weekdays": [2, 4],
}


def make_pool(cast: Cast) -> None:
    """Users `far_principal` of the child's school, and `guest` (学校三), who takes part beside
    `counsellor`.
    """
    at = timezone.now() - timedelta(days=30)
    principal = cast.users["far_principal"] = make_user(
        "far-principal", "柴校长", phone="+8613909350011"
    )
    make_post(principal, "principal", school=cast.other_school, is_duty=True)
    third = make_school(cast.county, "泗水小学", "620622003")
    guest = cast.users["guest"] = make_user("guest", "孙静", phone="+8613909350012")
    make_post(guest, "counsellor", school=third)
    for number in range(4):
        child = cast.students[f"far{number}"] = make_student(cast.far_class, f"马小{number}")
        make_guardianship(child, cast.adults["far_mother"], "mother")
    actions.join(school=cast.other_school, by=principal, at=at)
    for who in ("counsellor", "guest"):
        actions.offer(by=cast.users[who], county_id=cast.county.pk, capacity=2, at=at)


def make_concern(
    cast: Cast, level: str = "orange", at: datetime | None = None, student: str = "yuan"
) -> Concern:
    """Of 马思源, judged by the principal."""
    at, by = at or timezone.now(), cast.users["far_principal"]
    concern = concerns.raise_worry(
        student=cast.students[student],
        by=cast.users["far_teacher"],
        words="思源这两周夜里不睡",
        is_urgent=False,
        at=at,
        key=str(uuid4()),
    )
    if level:
        triage.set_level(concern=concern, by=by, level=level, words="两周了", at=at)
    return Concern.objects.select_related("school", "student").get(pk=concern.pk)


def make_brief(
    cast: Cast,
    concern: Concern | None = None,
    at: datetime | None = None,
    student: str = "yuan",
    **facts,
) -> Brief:
    at = at or timezone.now()
    consent = {
        "consent_by": cast.adults["far_mother"],
        "consent_how": "phone",
        "consent_on": timezone.localdate(at),
    }
    return actions.hand_on(
        concern=concern or make_concern(cast, at=at, student=student),
        by=cast.users["far_principal"],
        at=at,
        **{"key": uuid4(), "words": SAID, **SHOWN, **consent, **facts},
    )


def accept(brief: Brief, by: User, at: datetime | None = None) -> Case:
    return actions.accept(brief=brief, by=by, at=at or timezone.now(), ip=None)


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the addresses of the shared queue (tests/access)."""
    names = ("counselling:brief", "counselling:case_give_back", "counselling:case_report")
    if name not in names:
        return {}
    make_pool(cast)
    brief = make_brief(cast)
    if name == "counselling:brief":
        return {"brief_id": brief.pk}
    return {"pk": accept(brief, cast.users["counsellor"]).pk}
