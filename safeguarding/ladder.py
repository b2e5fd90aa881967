"""The ladder of one concern: whom we ask, rung by rung, by the posts and duty turns of this moment.

It sits below `queries` because cases, the shared queue and `opening` use it too.
"""

from datetime import datetime

from guardians.blocking.policies import blocked_ties
from safeguarding import rules
from safeguarding.models import Concern
from safeguarding.policies import handling_posts
from schools.policies import today_in
from surveys.queries import adult_beside


def beside_the_child(concern: Concern) -> int | None:
    """Return the adult who was with the child when it answered questions; None for other concerns."""
    kind, seat_id, *_later = [*concern.source_key.split(":"), ""]
    return adult_beside(int(seat_id)) if kind in ("survey", "seat") else None


def rungs_of(concern: Concern, at: datetime, *, with_duty: bool = True) -> list[tuple[int, ...]]:
    """Return the ladder of this concern with the posts of this moment (schools.models.Post).

    See rules.ladder_of. Without `with_duty` it has only the child's class teachers, counsellors and
    principals, whoever is on duty.
    """
    posts = handling_posts(concern.school_id, concern.student_id, today_in(concern.school, at), at)
    facts = [
        rules.PostFacts(
            post.user_id,
            post.role,
            post.is_duty and with_duty,
            post.is_rostered and with_duty,
            post.is_near,
            post.is_reachable,
        )
        for post in posts
        if with_duty or post.is_near
    ]
    unfit = blocked_ties(concern.student_id).values_list("adult__user_id", flat=True)
    return rules.ladder_of(
        facts,
        asked_for=concern.asked_for,
        unfit=unfit,
        by=concern.raised_by_id,
        first=beside_the_child(concern),
        is_report=concern.source == Concern.Source.REPORT,
        duty_first=concern.source == Concern.Source.NIGHT,
    )
